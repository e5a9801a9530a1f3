using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>Integrations that have been synced before, and whose next full sync is due at the same second.</summary>
sealed class Fleet(IKubernetesClient client, int count)
{
    public const string Namespace = "default";
    public async Task CreateAsync(string connection, CancellationToken cancellationToken)
    {
        await CreateSecretAsync("kombo-database", "connectionString", connection, cancellationToken);
        await client.CreateAsync(
            new V1Alpha1SyncSchedule
            {
                Metadata = Meta("default"),
                Spec = new() { JitterPercent = 0, MaxActiveSyncs = 10_000, Full = new("24h", "24h", null), Delta = new("24h", null) },
            },
            cancellationToken);
        await Several.ForEachAsync(count, CreateAsync, cancellationToken);
    }

    /// <summary>Makes all of them due at that time, as if their syncs of the day before had succeeded.</summary>
    public Task PlanAsync(DateTimeOffset slot, CancellationToken cancellationToken) =>
        Several.ForEachAsync(count, (index, token) => PlanAsync(NameOf(index), slot, token), cancellationToken);

    /// <summary>The operator has taken in all of them.</summary>
    public async Task<bool> IsKnownAsync(CancellationToken cancellationToken) =>
        (await StatusesAsync(cancellationToken)).All(status => status?.ObservedGeneration is not null);

    /// <summary>Plays the worker of each run that has begun: its last word on the status.</summary>
    public async Task ReportAsync(CancellationToken cancellationToken)
    {
        var jobs = (await client.ListAsync<V1Job>(Namespace, ListOptions.All, cancellationToken)).Items;
        await Several.ForEachAsync(jobs.Count, (index, token) => ReportAsync(jobs[index], token), cancellationToken);
    }

    /// <summary>Ends the Jobs that have not ended: the Job controller, busy with their pods, may write over an end.</summary>
    public async Task EndJobsAsync(CancellationToken cancellationToken)
    {
        var jobs = (await client.ListAsync<V1Job>(Namespace, ListOptions.All, cancellationToken)).Items
            .Where(job => job.Status?.Conditions is null or []).ToList();
        await Several.ForEachAsync(jobs.Count, (index, token) => EndAsync(jobs[index], token), cancellationToken);
    }

    /// <summary>The operator has stored every outcome, and let every Job go.</summary>
    public async Task<bool> IsDoneAsync(CancellationToken cancellationToken) =>
        (await StatusesAsync(cancellationToken)).All(status => status?.History is [{ Result: "Succeeded" }])
        && (await client.ListAsync<V1Job>(Namespace, ListOptions.All, cancellationToken)).Items
            .All(job => job.Spec?.TtlSecondsAfterFinished is not null);

    async Task CreateAsync(int index, CancellationToken cancellationToken)
    {
        var name = NameOf(index);
        await CreateSecretAsync(name, "token", "value", cancellationToken);
        await client.CreateAsync(
            new V1Alpha1Integration
            {
                Metadata = Meta(name),
                Spec = new()
                {
                    Connector = "scim",
                    Parameters = ImmutableSortedDictionary<string, string>.Empty
                        .Add("baseUrl", $"https://{name}.example/scim/v2"),
                    Credentials = new(new LocalReference(name)),
                },
            },
            cancellationToken);
    }

    async Task PlanAsync(string name, DateTimeOffset slot, CancellationToken cancellationToken)
    {
        var before = slot - TimeSpan.FromHours(24);
        var status = new IntegrationStatus
        {
            NextSyncTime = slot,
            Full = new() { LastSyncTime = before, LastAttemptTime = before, NextSyncTime = slot, LastResult = "Succeeded" },
            Delta = new() { LastSyncTime = slot, NextSyncTime = slot + TimeSpan.FromHours(24) },
        };
        // As the operator's own, so that it may change every field later.
        await client.PatchStatusAsync<V1Alpha1Integration>(
            name, Namespace, Apply(name, CustomResources.Json.SerializeToNode(status)),
            new(FieldManagers.Operator, Force: true), cancellationToken);
    }

    async Task ReportAsync(V1Job job, CancellationToken cancellationToken)
    {
        var name = job.GetAnnotation(JobAnnotations.Integration)!; // the operator sets both
        var word = new RunProgress
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!,
            Phase = "Finished",
            Result = "Succeeded",
            FinishedAt = TimeProvider.System.GetUtcNow(),
        };
        var status = new JsonObject
        {
            ["progress"] = new JsonObject { ["full"] = CustomResources.Json.SerializeToNode(word) },
        };
        await client.PatchStatusAsync<V1Alpha1Integration>(
            name, Namespace, Apply(name, status), new(FieldManagers.Worker, Force: true), cancellationToken);
    }

    async Task EndAsync(V1Job job, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var end = new V1JobStatus
        {
            CompletionTime = now,
            Conditions = [new() { Type = "Complete", Status = "True", LastTransitionTime = now }],
        };
        await client.PatchStatusAsync<V1Job>(
            job.Name(), Namespace,
            V1Patch.Merge(new JsonObject { ["status"] = CustomResources.Json.SerializeToNode(end) }),
            new("job-controller"), cancellationToken);
    }

    async Task<IEnumerable<IntegrationStatus?>> StatusesAsync(CancellationToken cancellationToken) =>
        (await client.ListAsync<V1Alpha1Integration>(Namespace, ListOptions.All, cancellationToken)).Items
            .Select(integration => integration.Status);

    Task<V1Secret> CreateSecretAsync(string name, string key, string value, CancellationToken cancellationToken) => client.CreateAsync(
        new V1Secret { Metadata = Meta(name), StringData = new Dictionary<string, string> { [key] = value } },
        cancellationToken);

    static V1Patch Apply(string name, JsonNode status) => V1Patch.Apply(new JsonObject
    {
        ["apiVersion"] = "kombo.dev/v1alpha1",
        ["kind"] = "Integration",
        ["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = Namespace },
        ["status"] = status,
    });

    static string NameOf(int index) => $"tenant-{index:00000}";

    static V1ObjectMeta Meta(string name) => new() { Name = name, NamespaceProperty = Namespace };
}
