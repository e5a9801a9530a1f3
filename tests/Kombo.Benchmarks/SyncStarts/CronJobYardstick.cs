using System.Globalization;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>The same number of CronJobs, due at the same minute, on kube-controller-manager.</summary>
static class CronJobYardstick
{
    const string Namespace = "default";
    static readonly TimeSpan Most = TimeSpan.FromMinutes(60);

    /// <param name="flags">Of kube-controller-manager.</param>
    /// <returns>Seconds from the minute to the last Job.</returns>
    public static async Task<Delays> MeasureAsync(
        int count, string flags, Action<string> tell, CancellationToken cancellationToken)
    {
        await using var cluster = await TestCluster.StartAsync(flags);
        var jobs = new JobArrivals(cluster.Client, Namespace);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = jobs.WatchAsync(ending.Token);
        var minute = NextMinute(TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(20 + count / 40.0));
        await Several.ForEachAsync(
            count,
            (index, token) => cluster.Client.CreateAsync(CronJob($"cron-{index:00000}", minute), token),
            cancellationToken);
        if (TimeProvider.System.GetUtcNow() > minute)
            throw new InvalidOperationException("the CronJobs were not there before their minute: the machine is too busy");
        tell($"{count} CronJobs fall due at {minute:HH:mm:ss}");
        await Eventually.BecomesAsync(() => jobs.Count >= count, minute - TimeProvider.System.GetUtcNow() + Most);
        await ending.CancelAsync();
        await watching;
        return Delays.Of(jobs.DelaysAfter(minute));
    }

    static DateTimeOffset NextMinute(DateTimeOffset after) =>
        new(after.UtcTicks - after.UtcTicks % TimeSpan.TicksPerMinute + TimeSpan.TicksPerMinute, TimeSpan.Zero);

    static V1Beta1CronJob CronJob(string name, DateTimeOffset minute) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = Namespace },
        Spec = new()
        {
            // kube-controller-manager reads it in its own time zone, which is that of this machine.
            Schedule = minute.ToLocalTime().ToString("m H d M *", CultureInfo.InvariantCulture),
            JobTemplate = new()
            {
                Spec = new()
                {
                    BackoffLimit = 2,
                    Template = new()
                    {
                        Spec = new V1PodSpec
                        {
                            RestartPolicy = "Never",
                            Containers = [new() { Name = "worker", Image = "kombo-worker:bench" }],
                        },
                    },
                },
            },
        },
    };
}
