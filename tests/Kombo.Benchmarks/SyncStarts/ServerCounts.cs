using System.Globalization;
using System.Text.RegularExpressions;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>Writes that the API server has counted since it started.</summary>
/// <param name="Integrations">To Integrations and their status: the operator's, and each worker's last word.</param>
/// <param name="Jobs">To Jobs, their status apart, which belongs to the Job controller: the operator's.</param>
sealed partial record ServerCounts(long Integrations, long Jobs)
{
    public static async Task<ServerCounts> ReadAsync(TestCluster cluster)
    {
        var (integrations, jobs) = (0L, 0L);
        foreach (var line in (await cluster.KubectlAsync("get", "--raw", "/metrics")).Split('\n'))
        {
            if (!line.StartsWith("apiserver_request_total{", StringComparison.Ordinal))
                continue;
            var labels = Labels().Matches(line).ToDictionary(match => match.Groups[1].Value, match => match.Groups[2].Value);
            if (labels["verb"] is not ("POST" or "PUT" or "PATCH" or "APPLY"))
                continue;
            var value = (long)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);
            if (labels["resource"] == "integrations")
                integrations += value;
            else if (labels["resource"] == "jobs" && labels["subresource"].Length == 0)
                jobs += value;
        }
        return new(integrations, jobs);
    }

    public static ServerCounts operator -(ServerCounts after, ServerCounts before) =>
        new(after.Integrations - before.Integrations, after.Jobs - before.Jobs);

    [GeneratedRegex("([a-z_]+)=\"([^\"]*)\"")]
    private static partial Regex Labels();
}
