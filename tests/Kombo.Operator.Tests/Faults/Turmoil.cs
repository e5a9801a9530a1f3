using System.Collections.Immutable;
using System.Data.Common;
using System.Text.Json.Nodes;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using Kombo.Storage.Events;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Users and workers who do things at random to a few Integrations of a namespace.</summary>
sealed class Turmoil : IAsyncDisposable
{
    static readonly string[] Types = ["full", "delta", "default"];

    // Its coming starts a purge run, its going a full sync.
    static JsonObject Narrow => new() { ["models"] = new JsonArray(new JsonObject { ["name"] = "hris_employees" }) };

    readonly IKubernetesClient client;
    readonly PlayedRows rows;
    readonly PlayedWorker worker;
    readonly Script script;
    readonly string[] names;
    readonly List<string> tokens = [];
    readonly HashSet<string> byHand = [];
    int requests;
    int events;
    int finishes;

    Turmoil(FaultPlane plane, PlayedRows rows, string space, int seed, string[] names)
    {
        (client, this.rows, Namespace, this.names) = (plane.Client, rows, space, names);
        worker = new(client, TimeProvider.System);
        script = new(seed, names.Length);
        Chronicle = Chronicle.Begin(client, space);
    }

    public string Namespace { get; }

    public Chronicle Chronicle { get; }

    /// <summary>For messages: what was done.</summary>
    public string Told => script.ToString();

    public static async Task<Turmoil> BeginAsync(FaultPlane plane, PlayedRows rows, int seed, params string[] names)
    {
        var turmoil = new Turmoil(plane, rows, await plane.NewNamespaceAsync(), seed, names);
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

    /// <summary>The next thing; then something of it has become known, or a moment has passed.</summary>
    public async Task ActAsync()
    {
        var before = Chronicle.Versions.Count + Chronicle.Jobs.Count;
        var act = script.Next(isIdle: !Chronicle.Jobs.Any(job => job.IsRunning));
        await TryAsync(() => ActAsync(act, names[act.Who]));
        using var moment = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        await Testing.Eventually.BecomesAsync(
            () => moment.IsCancellationRequested || Chronicle.Versions.Count + Chronicle.Jobs.Count > before,
            TimeSpan.FromSeconds(10));
    }

    Task ActAsync(Act act, string name) => act.Deed switch
    {
        Deed.Finish or Deed.Fail => FinishAsync(act.Deed == Deed.Finish, act.Which),
        Deed.DeleteJob => DeleteJobAsync(act.Which),
        _ when Chronicle.Now(name) is null => CreateAsync(name),
        Deed.Request => RequestAsync(name, Types[act.Which % Types.Length]),
        Deed.Ask => AskAsync(name, Types[act.Which % Types.Length]),
        Deed.Tell => TellAsync(name),
        Deed.SetFrequency => MergeAsync(name, Spec("sync", new JsonObject
        {
            ["full"] = new JsonObject { ["frequency"] = act.Which % 2 == 0 ? "1s" : "10h" },
        })),
        Deed.Suspend => MergeAsync(name, Spec("suspend", act.Which % 3 == 0)),
        Deed.SetScope => MergeAsync(name, Spec("scope", act.Which % 2 == 0 ? null : Narrow)),
        Deed.Delete => client.DeleteAsync<V1Alpha1Integration>(
            name, Namespace, DeleteOptions.Background, CancellationToken.None),
        _ => throw new InvalidOperationException($"{act.Deed} is not known"),
    };

    /// <summary>A sync of everything is asked for.</summary>
    public async Task RequestAllAsync()
    {
        foreach (var name in names)
            await TryAsync(() => RequestAsync(name, "full"));
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
                    await FinishAsync(succeeds: true, which: 0);
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
        IReadOnlyList<WaitingEvents> events = [];
        await TryAsync(async () =>
        {
            events = await rows.Database.Events.WaitingAsync(CancellationToken.None);
            open = (await rows.Database.Requests.ListAsync(CancellationToken.None)).Requests;
        });
        var ids = names.Select(name => Chronicle.Now(name)?.Status?.IntegrationId).OfType<string>().ToHashSet();
        return open is null ? null :
        [
            .. open.Where(row => ids.Contains(row.IntegrationId)).Select(row => row.ToString()),
            .. events.Where(row => ids.Contains(row.IntegrationId)).Select(row => row.ToString()),
        ];
    }

    Task<V1Alpha1Integration> CreateAsync(string name) => client.CreateAsync(
        new V1Alpha1Integration
        {
            Metadata = new() { Name = name, NamespaceProperty = Namespace },
            Spec = An.Integration().Spec! with
            {
                Sync = new(new("10h"), new("8760h")),
                UpstreamWebhooks = new(Enabled: true),
            },
        },
        CancellationToken.None);

    async Task FinishAsync(bool succeeds, int which)
    {
        var running = Chronicle.Jobs.Where(job => job.IsRunning && Chronicle.PodsOf(job.Job).Any()).ToList();
        if (running is [])
            return;
        var job = running[which % running.Count].Job;
        var word = new RunProgress
        {
            RunId = job.GetAnnotation(JobAnnotations.RunId)!, // every Job of ours has one
            Phase = "Finished",
            Result = succeeds ? "Succeeded" : "Failed",
            FinishedAt = TimeProvider.System.GetUtcNow(),
        };
        await TryAsync(async () =>
        {
            await rows.EndAsync(job, succeeds ? RunResult.Succeeded : RunResult.Failed);
            if (finishes++ % 4 > 0) // else only the Job tells
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

    async Task RequestAsync(string name, string type)
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
                    [Annotations.RequestedSync] = type,
                },
            },
        });
    }

    async Task AskAsync(string name, string type)
    {
        if (Chronicle.Now(name)?.Status?.IntegrationId is { } id)
            await rows.Database.Requests.AskAsync(id, type, "test", CancellationToken.None);
    }

    async Task TellAsync(string name)
    {
        if (Chronicle.Now(name)?.Status?.IntegrationId is { } id)
            await rows.TellAsync(id, $"event-{events++}");
    }

    async Task DeleteJobAsync(int which)
    {
        var running = Chronicle.Jobs.Where(job => job.IsRunning).ToList();
        if (running is [])
            return;
        var job = running[which % running.Count];
        byHand.Add(job.Name);
        await client.DeleteAsync<V1Job>(job.Name, Namespace, DeleteOptions.Background, CancellationToken.None);
    }

    static JsonObject Spec(string field, JsonNode? value) => new() { ["spec"] = new JsonObject { [field] = value } };

    Task<V1Alpha1Integration> MergeAsync(string name, JsonObject change) => client.PatchAsync<V1Alpha1Integration>(
        name, Namespace, V1Patch.Merge(change), new("kubectl"), CancellationToken.None);
}
