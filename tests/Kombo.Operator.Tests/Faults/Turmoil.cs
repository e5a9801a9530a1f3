using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using Kombo.Storage;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Users and workers who do things at random to a few Integrations of a namespace.</summary>
sealed class Turmoil : IAsyncDisposable
{
    static readonly string[] Types = ["full", "delta", "default"];

    // Of a hundred acts.
    const int Finishes = 45;

    // Its coming starts a purge run, its going a full sync.
    static JsonObject Narrow => new() { ["models"] = new JsonArray(new JsonObject { ["name"] = "hris_employees" }) };

    readonly IKubernetesClient client;
    readonly KomboDatabase database;
    readonly PlayedWorker worker;
    readonly Random random;
    readonly string[] names;
    readonly List<string> tokens = [];
    readonly HashSet<string> byHand = [];
    int requests;

    Turmoil(FaultPlane plane, KomboDatabase database, string space, int seed, string[] names)
    {
        (client, this.database, Namespace, this.names) = (plane.Client, database, space, names);
        worker = new(client, TimeProvider.System);
        random = new(seed);
        Chronicle = Chronicle.Begin(client, space);
    }

    public string Namespace { get; }

    public Chronicle Chronicle { get; }

    public static async Task<Turmoil> BeginAsync(FaultPlane plane, KomboDatabase database, int seed, params string[] names)
    {
        var turmoil = new Turmoil(plane, database, await plane.NewNamespaceAsync(), seed, names);
        await turmoil.client.CreateAsync(
            new V1Alpha1SyncSchedule
            {
                Metadata = new() { Name = V1Alpha1SyncSchedule.DefaultName, NamespaceProperty = turmoil.Namespace },
                Spec = new() { Retry = new("1s", "2s", null) },
            },
            CancellationToken.None);
        foreach (var name in names)
            await turmoil.CreateAsync(name);
        return turmoil;
    }

    /// <summary>What came of it.</summary>
    public string Tally => string.Join(", ", [
        $"{Chronicle.Versions.Count} versions",
        .. Chronicle.Jobs.CountBy(job => job.Type).OrderBy(count => count.Key)
            .Select(count => $"{count.Value} {count.Key} Jobs"),
    ]);

    /// <summary>One thing, at random; then something of it has become known, or a moment has passed.</summary>
    public async Task ActAsync()
    {
        var (name, before) = (names[random.Next(names.Length)], Chronicle.Versions.Count + Chronicle.Jobs.Count);
        // Where nothing runs there is nothing to finish.
        var roll = random.Next(Chronicle.Jobs.Any(job => job.IsRunning) ? 0 : Finishes, 100);
        await TryAsync(() => ActAsync(name, roll));
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Testing.Eventually.BecomesAsync(
            () => moment.IsCancellationRequested || Chronicle.Versions.Count + Chronicle.Jobs.Count > before,
            TimeSpan.FromSeconds(10));
    }

    async Task ActAsync(string name, int roll)
    {
        if (roll < Finishes)
            await FinishAsync(succeeds: roll < 38);
        else if (Chronicle.Now(name) is null)
            await CreateAsync(name);
        else if (roll < 60)
            await RequestAsync(name);
        else if (roll < 70)
            await AskAsync(name);
        else if (roll < 78)
            await MergeAsync(name, Spec("sync", new JsonObject
            {
                ["full"] = new JsonObject { ["frequency"] = random.Next(2) == 0 ? "1s" : "10h" },
            }));
        else if (roll < 82)
            await MergeAsync(name, Spec("suspend", random.Next(3) == 0));
        else if (roll < 86)
            await MergeAsync(name, Spec("scope", random.Next(2) == 0 ? null : Narrow));
        else if (roll < 93)
            await DeleteJobAsync();
        else
            await client.DeleteAsync<V1Alpha1Integration>(
                name, Namespace, DeleteOptions.Background, CancellationToken.None);
    }

    /// <summary>A sync of everything is asked for.</summary>
    public async Task RequestAllAsync()
    {
        foreach (var name in names)
            await TryAsync(() => RequestAsync(name));
    }

    /// <summary>Everybody calms down: all that is there is to run as it should, and runs to its end.</summary>
    public async Task CalmAsync(TimeSpan within)
    {
        List<V1Alpha1Integration> calmed = [];
        foreach (var name in names)
            await TryAsync(async () => calmed.Add(await MergeAsync(name, new JsonObject
            {
                ["spec"] = new JsonObject
                {
                    ["suspend"] = false,
                    ["sync"] = new JsonObject { ["full"] = new JsonObject { ["frequency"] = "10h" } },
                },
            })));
        // The chronicle may be behind when the API server has restarted.
        await Chronicle.UntilAsync(() => names.All(name => IsKnown(name, calmed)), "the chronicle has caught up");
        string[] restless = [];
        try
        {
            await Testing.Eventually.BecomesAsync(
                async () =>
                {
                    await FinishAsync(succeeds: true);
                    var open = await UnansweredAsync();
                    restless = [.. names.Where(name => Chronicle.Now(name) is { } left && !Ending.IsQuiet(left, Chronicle.Jobs)), .. open ?? ["the database"]];
                    return restless is [];
                },
                within,
                "everything is quiet");
        }
        catch (TimeoutException exception)
        {
            throw new TimeoutException($"{exception.Message}; not so: {string.Join(", ", restless)}", exception);
        }
    }

    /// <returns>What is wrong, in words.</returns>
    public ImmutableArray<string> Check() =>
    [
        .. Invariants.Check(Chronicle, tokens, byHand),
        .. names.Select(Chronicle.Now).OfType<V1Alpha1Integration>().SelectMany(Ending.Check),
    ];

    public ValueTask DisposeAsync() => Chronicle.DisposeAsync();

    // One that could not be calmed is gone.
    bool IsKnown(string name, List<V1Alpha1Integration> calmed) =>
        (Chronicle.Now(name), calmed.Find(integration => integration.Name() == name)) switch
        {
            (null, null) => true,
            ({ } known, { } last) => known.Uid() == last.Uid() && known.Generation() >= last.Generation(),
            _ => false,
        };

    // Null: not known.
    async Task<string[]?> UnansweredAsync()
    {
        IReadOnlyList<SyncRequest>? open = null;
        await TryAsync(async () => open = (await database.Requests.ListAsync(CancellationToken.None)).Requests);
        return open is null ? null : [.. names.Select(Chronicle.Now)
            .SelectMany(integration => open.Where(row => row.IntegrationId == integration?.Status?.IntegrationId))
            .Select(row => row.ToString())];
    }

    Task<V1Alpha1Integration> CreateAsync(string name) => client.CreateAsync(
        new V1Alpha1Integration
        {
            Metadata = new() { Name = name, NamespaceProperty = Namespace },
            Spec = An.Integration().Spec! with { Sync = new(new("10h"), new("8760h")) },
        },
        CancellationToken.None);

    async Task FinishAsync(bool succeeds)
    {
        var running = Chronicle.Jobs.Where(job => job.IsRunning && Chronicle.PodsOf(job.Job).Any()).ToList();
        if (running is [])
            return;
        var job = running[random.Next(running.Count)].Job;
        var word = new RunProgress
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!, // every Job of ours has one
            Phase = "Finished",
            Result = succeeds ? "Succeeded" : "Failed",
            FinishedAt = TimeProvider.System.GetUtcNow(),
        };
        await TryAsync(async () =>
        {
            if (random.Next(4) > 0) // else only the Job tells
                await worker.ReportAsync(job, word);
            await EndAsync(job, succeeds);
        });
    }

    // What it is about may be deleted, or over.
    static async Task TryAsync(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (KubernetesException exception) when (
            exception.IsNotFound || exception.IsConflict || exception.IsAlreadyExists || exception.IsInvalid)
        {
            // Then not.
        }
        catch (DbException)
        {
            // The database restarts.
        }
    }

    // A Job whose pods fail is tried again after ten seconds and more; its deadline ends it at once.
    async Task EndAsync(V1Job job, bool succeeds)
    {
        if (!succeeds)
            await client.PatchAsync<V1Job>(
                job.Name(), Namespace, V1Patch.Merge("""{"spec":{"activeDeadlineSeconds":1}}"""), PatchOptions.None,
                CancellationToken.None);
        else if (Chronicle.PodsOf(job).FirstOrDefault() is { } pod)
            await client.PatchStatusAsync<V1Pod>(
                pod.Name(), Namespace, V1Patch.Merge("""{"status":{"phase":"Succeeded"}}"""), PatchOptions.None,
                CancellationToken.None);
    }

    async Task RequestAsync(string name)
    {
        var token = $"token-{requests++}";
        tokens.Add(token);
        await MergeAsync(name, new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["annotations"] = new JsonObject
                {
                    [Annotations.RequestedAt] = token,
                    [Annotations.RequestedSync] = Types[random.Next(Types.Length)],
                },
            },
        });
    }

    async Task AskAsync(string name)
    {
        if (Chronicle.Now(name)?.Status?.IntegrationId is { } id)
            await database.Requests.AskAsync(id, Types[random.Next(Types.Length)], "test", CancellationToken.None);
    }

    async Task DeleteJobAsync()
    {
        var running = Chronicle.Jobs.Where(job => job.IsRunning).ToList();
        if (running is [])
            return;
        var job = running[random.Next(running.Count)];
        byHand.Add(job.Name);
        await client.DeleteAsync<V1Job>(job.Name, Namespace, DeleteOptions.Background, CancellationToken.None);
    }

    static JsonObject Spec(string field, JsonNode? value) => new() { ["spec"] = new JsonObject { [field] = value } };

    Task<V1Alpha1Integration> MergeAsync(string name, JsonObject change) => client.PatchAsync<V1Alpha1Integration>(
        name, Namespace, V1Patch.Merge(change), new("kubectl"), CancellationToken.None);
}
