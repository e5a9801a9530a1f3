using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Testing;
using Kombo.Testing.Pods;
using Npgsql;

namespace Kombo.EndToEnd.Tests.Cluster;

/// <summary>A namespace, used as a platform engineer uses it: through kubectl; and its rows, through SQL.</summary>
sealed class Tenant : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    readonly KomboCluster cluster;
    readonly NpgsqlDataSource database;
    readonly PodPlayer pods;
    int tokens;

    public Tenant(KomboCluster cluster, string name)
    {
        (this.cluster, Name) = (cluster, name);
        database = NpgsqlDataSource.Create(cluster.Database);
        pods = PodPlayer.Start(cluster.Plane, cluster.Client, new PodPlayerOptions
        {
            Namespace = name,
            Environment = ImmutableDictionary<string, string>.Empty.Add(WorkerEnvironment.SourceRetries, "0"),
        });
    }

    public string Name { get; }

    /// <summary>The workers so far.</summary>
    public IReadOnlyCollection<PlayedPod> Pods => pods.Pods;

    public Task<string> KubectlAsync(params string[] arguments) =>
        cluster.Plane.KubectlAsync(["-n", Name, .. arguments]);

    /// <summary>kubectl apply of a manifest's text.</summary>
    public async Task ApplyAsync(string yaml)
    {
        var file = Path.Combine(Path.GetTempPath(), $"kombo-{Name}-{Guid.NewGuid():N}.yaml");
        await File.WriteAllTextAsync(file, yaml);
        try
        {
            await KubectlAsync("apply", "-f", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Asks for a sync as the README says.</summary>
    /// <returns>The token.</returns>
    public async Task<string> RequestAsync(string integration, string type)
    {
        var token = $"request-{Interlocked.Increment(ref tokens)}";
        await KubectlAsync("annotate", "integration", integration, "--overwrite", $"kombo.dev/requestedSync={type}", $"kombo.dev/requestedAt={token}");
        return token;
    }

    /// <summary>Asks for a sync and waits until it has run.</summary>
    /// <returns>The status after it.</returns>
    public async Task<JsonNode> SyncAsync(string integration, string type, TimeSpan? within = null)
    {
        var token = await RequestAsync(integration, type);
        return await StatusAsync(
            integration,
            status => Text(status, "lastRequest", "token") == token
                && Text(status, "lastRequest", "result") is "Completed" or "Failed",
            within);
    }

    /// <summary>Waits until the status is as wanted.</summary>
    public async Task<JsonNode> StatusAsync(string integration, Func<JsonNode, bool> wanted, TimeSpan? within = null)
    {
        JsonNode? last = null;
        try
        {
            return await Eventually.GetsAsync(
                async () =>
                {
                    last =
                        JsonNode.Parse(await KubectlAsync("get", "integration", integration, "-o", "json"))?["status"];
                    return last is not null && wanted(last) ? last : null;
                },
                within ?? Deadline);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"{Name}/{integration} did not get there; its status:\n{last}\n{Describe()}");
        }
    }

    /// <summary>The condition of that type, or null.</summary>
    public static JsonNode? Condition(JsonNode status, string type) =>
        status["conditions"]?.AsArray().FirstOrDefault(condition => Text(condition, "type") == type);

    public static string? Text(JsonNode? node, params string[] path) =>
        path.Aggregate(node, (at, key) => at?[key])?.ToString();

    public static DateTimeOffset? Time(JsonNode? node, params string[] path) =>
        Text(node, path) is { } text
            ? DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture)
            : null;

    public async Task<T> ScalarAsync<T>(string sql, string? integrationId = null)
    {
        await using var command = database.CreateCommand(sql);
        if (integrationId is not null)
            command.Parameters.AddWithValue("integration", integrationId);
        return (T)(await command.ExecuteScalarAsync() ?? throw new InvalidOperationException($"no row: {sql}"));
    }

    public async ValueTask DisposeAsync()
    {
        await pods.DisposeAsync();
        await cluster.Plane.KubectlAsync("delete", "namespace", Name, "--wait=false");
        await database.DisposeAsync();
    }

    string Describe() => string.Join('\n', [
        .. pods.Pods.Select(pod => $"pod {pod.Pod.Metadata.Name}:\n{pod.Output}"),
        $"operator:\n{cluster.Operator.Output}",
    ]);
}
