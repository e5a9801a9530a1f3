using System.Collections.Immutable;
using System.Globalization;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Tests.Planning;

/// <summary>A cluster with one Integration, its Jobs and a database, and an operator that may die anywhere. Each number
/// is an event; after it the operator reconciles until nothing is left to do, and the rules are checked.</summary>
sealed class Simulation
{
    static readonly string[] Frequencies = ["10h", "3h", "45m", "1h30m"];
    static readonly string[] Scopes =
    [
        "hris_employees=-;hris_teams=3:7", "hris_employees=-;hris_teams=3:1", "hris_employees=28:1;hris_teams=3:7",
        "hris_employees=28:1;hris_teams=-",
    ];
    static readonly string?[] Asked = [null, "full", "delta", "default", "everything"];
    readonly List<string> trace = [];
    readonly List<ObservedJob> jobs = [];
    readonly HashSet<string> created = new(StringComparer.Ordinal);
    readonly HashSet<(string Job, string? Token)> forgotten = [];
    readonly Dictionary<string, TokenFate> tokens = new(StringComparer.Ordinal);
    readonly Dictionary<string, RunProgress> rows = new(StringComparer.Ordinal);
    ImmutableArray<ObservedJob>? stale;
    ObservationBuilder cluster = An.Observation().Every("10h", "30m");
    IntegrationStatus status = new();
    DateTimeOffset now = An.Time("09:00");
    string? token;
    string? asked;
    bool suspended;
    bool broken;
    bool full;
    bool dies;
    bool dead;
    bool down;
    long events;
    bool told;

    sealed record TokenFate
    {
        public int Jobs { get; init; }
        public bool Rejected { get; init; }
        public bool Replaced { get; init; }
    }

    public static void Run(IEnumerable<int> events)
    {
        var simulation = new Simulation();
        try
        {
            foreach (var number in events)
                simulation.Step(number);
            simulation.Settle();
        }
        catch (Exception failure)
        {
            throw new InvalidOperationException($"{failure.Message}\n{string.Join('\n', simulation.trace)}", failure);
        }
    }

    void Step(int number)
    {
        var magnitude = Math.Abs((long)number);
        var (kind, detail) = ((int)(magnitude % 16), (int)(magnitude / 16 % 10_000));
        stale = null;
        trace.Add(string.Create(CultureInfo.InvariantCulture, $"-- {now:dd HH:mm:ss} event {kind} {detail}"));
        Happen(kind, detail);
        dead = false; // it is started again
        if (!down)
            ReconcileUntilQuiet();
    }

    void Happen(int kind, int detail)
    {
        switch (kind)
        {
            case 0 or 1: now = now.AddMilliseconds(detail * 97); break;
            case 2:
                now = now.AddSeconds(detail * 5);
                (events, told) = detail % 3 == 0 && !told ? (events + 1, true) : (events, told);
                break;
            case 3 or 4: End(TypeOf(detail), detail, succeeded: true); break;
            case 5: End(TypeOf(detail), detail, succeeded: false); break;
            case 6: Vanish(detail); break;
            case 7 or 8: Ask(detail); break;
            case 9: suspended = !suspended; break;
            case 10: cluster = cluster.Every(Frequencies[detail % Frequencies.Length], "30m"); break;
            case 11: cluster = cluster.Scope(Scopes[detail % Scopes.Length]); break;
            case 12: dies = true; break;
            case 13: stale = [.. jobs.SkipLast(1)]; break;
            case 14: (broken, full) = detail % 3 == 0 ? (!broken, full) : (broken, !full); break;
            default: down = !down; break;
        }
    }

    static SyncType TypeOf(int detail) =>
        detail % 11 > 8 ? SyncType.Webhook : detail % 11 > 6 ? SyncType.Purge : detail % 2 == 0 ? SyncType.Full : SyncType.Delta;

    void End(SyncType type, int detail, bool succeeded)
    {
        var index = jobs.FindIndex(job => job.Succeeded is null && job.Type == type);
        if (index < 0)
            return;
        var job = jobs[index] with { Succeeded = succeeded, FinishedAt = now };
        told &= type != SyncType.Webhook || !succeeded;
        var word = new RunProgress
        {
            RunId = job.RunId,
            Result = succeeded ? detail % 5 == 0 ? "PartiallyFailed" : "Succeeded" : detail % 3 == 0 ? "AuthenticationFailed" : "Failed",
            FinishedAt = now.AddMilliseconds((detail % 5000) - 4500),
            Counts = new RunCounts { Read = 1, New = 1 },
        };
        jobs[index] = detail % 7 == 1 ? job with { Reported = word } : job;
        if (detail % 7 is 2 or 3)
            rows[job.RunId] = word;
        if (detail % 7 is 4 or 5 or 6)
            status = status with { Progress = (status.Progress ?? new(null, null)).With(job.Type, word) };
    }

    // Somebody deletes the Job of a run that status knows.
    void Vanish(int detail)
    {
        var type = TypeOf(detail);
        jobs.RemoveAll(job => job.Name == status.Active?[type]?.JobName);
    }

    void Ask(int detail)
    {
        if (token is not null && tokens[token] is { Jobs: 0, Rejected: false } open)
            tokens[token] = open with { Replaced = true };
        (token, asked) = ($"t{tokens.Count}", Asked[detail % Asked.Length]);
        tokens[token] = new();
    }

    void ReconcileUntilQuiet()
    {
        for (var round = 0; round < 10; round++)
        {
            if (!Reconcile())
                CheckQuiet();
            else if (!dead)
                continue;
            return;
        }

        throw new InvalidOperationException("still not quiet after ten reconciles");
    }

    /// <returns>False when there was nothing to do.</returns>
    bool Reconcile()
    {
        var seen = Observe(stale ?? [.. jobs]);
        var plan = SyncPlanner.Decide(seen);
        if (plan.Steps.Any(step => step is Decision.StartRun))
            plan = SyncPlanner.Decide(seen = Observe([.. jobs])); // what starts a run rests on a live list
        stale = null;
        CheckPlan(seen, plan);
        Apply(plan);
        CheckJobs();
        return !plan.Steps.IsEmpty || !StatusText.AreEqual(seen.Integration.Status, plan.Status);
    }

    // The store may lag; a Job that status names is then read live.
    Observation Observe(ImmutableArray<ObservedJob> list)
    {
        var named = jobs.Where(job => status.Active?[job.Type]?.JobName == job.Name && !list.Any(other => other.Name == job.Name));
        var known = list.Select(job => jobs.FirstOrDefault(live => live.Name == job.Name && live.Name == status.Active?[live.Type]?.JobName) ?? job);
        var seen = cluster.Status(_ => status).Token(token, asked).Build();
        return seen with
        {
            Integration = seen.Integration with { Spec = seen.Integration.Spec with { Suspend = suspended, UpstreamWebhooks = new(true) } },
            Problems = broken ? [new(Reasons.CredentialsNotFound, "no Secret", NeedsEdit: false)] : [],
            Capacity = full ? new(0, 0) { Webhook = 0 } : Capacity.Unlimited,
            Events = told ? new(events, An.Time("08:00")) : null,
            Jobs = [.. known, .. named],
            RunRows = rows.ToImmutableDictionary(),
            Now = now,
        };
    }

    void Apply(Plan plan)
    {
        var ended = jobs.Where(job => plan.Steps.Contains(new Decision.DeleteJob(job.Name))).ToList();
        foreach (var step in plan.Steps)
        {
            trace.Add($"   {step}");
            if (step is Decision.StartRun { Run: var run } && !jobs.Any(job => job.Name == run.JobName))
                Create(run);
            else if (step is Decision.DeleteJob delete)
                jobs.RemoveAll(job => job.Name == delete.JobName);
        }

        var progress = status.Progress;
        if (dies && plan.Steps.Any(step => step is Decision.StartRun))
        {
            (dies, dead) = (false, true); // before the status was written
            // Ended on purpose, which nobody knows any more: a new Job of that name finds the row closed and says so.
            created.ExceptWith(ended.Select(job => job.Name));
            forgotten.UnionWith(ended.Select(job => (job.Name, job.Token)));
        }
        else
            status = plan.Status with { Progress = progress };
        if (status.LastRequest is { Result: "Rejected", Token: { } rejected })
            tokens[rejected] = tokens[rejected] with { Rejected = true };
    }

    void Create(StartRun run)
    {
        created.Add(run.JobName).ShouldBeTrue($"a second Job {run.JobName}");
        jobs.Add(Applied.Job(run, new DateTimeOffset(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerSecond), TimeSpan.Zero)));
        if (run.Token is not null && !forgotten.Remove((run.JobName, run.Token)))
            tokens[run.Token] = tokens[run.Token] with { Jobs = tokens[run.Token].Jobs + 1 };
    }

    void CheckPlan(Observation seen, Plan plan)
    {
        if (suspended || broken || this.full)
            plan.Steps.OfType<Decision.StartRun>().Where(step => step.Run.Type != SyncType.Purge)
                .ShouldBeEmpty("something stands in the way");
        var (before, after) = (seen.Integration.Status, plan.Status);
        // Only the end of a run and another frequency move a stored time.
        if (before.Effective != after.Effective || Runs(before) != Runs(after))
            return;
        if (before.Full?.NextSyncTime is { } full)
            after.Full?.NextSyncTime.ShouldBe(full, "the full slot moved by itself");
        if (before.Delta?.NextSyncTime is { } delta)
            after.Delta?.NextSyncTime.ShouldBe(delta, "the delta slot moved by itself");
    }

    static string Runs(IntegrationStatus status) => string.Join(' ', (status.History ?? []).Select(run => run.RunId));

    void CheckJobs()
    {
        foreach (var group in jobs.Where(job => job.Succeeded is null).GroupBy(job => job.Type))
            group.Count().ShouldBe(1, $"active {group.Key} Jobs: {string.Join(", ", group.Select(job => job.Name))}");
        jobs.Count(job => job.Succeeded is not null).ShouldBeLessThanOrEqualTo(8, "old Jobs are deleted");
        foreach (var (name, fate) in tokens)
            (fate.Jobs + (fate.Rejected ? 1 : 0)).ShouldBeLessThanOrEqualTo(1, $"{name} was answered twice: {fate}");
    }

    void CheckQuiet()
    {
        var wanted = Observe([.. jobs]).Connector!.Scope; // the simulation always knows it
        foreach (var run in new[] { status.Active?.Full, status.Active?.Delta, status.Active?.Webhook }.OfType<ActiveRun>())
            wanted.Forbids(new(run.Scope!)).ShouldBeFalse($"{run.JobName} writes what is out of scope");
        if (status.Active?.Purge is { } purge)
            new ScopeFingerprint(purge.Scope!).Forbids(wanted).ShouldBeFalse($"{purge.JobName} removes what is in scope");
        var isStopped = status.CredentialsFailure is { } failure && now - failure.Since >= TimeSpan.FromDays(3);
        if (suspended || broken || full || isStopped)
            return;
        var isFullActive = jobs.Any(job => job is { Type: SyncType.Full, Succeeded: null });
        if (!isFullActive)
            (status.Full?.NextSyncTime > now).ShouldBeTrue("a full sync is due and nothing starts it");
        if (status.Full?.LastSyncTime is not null && !jobs.Any(job => job is { Type: SyncType.Delta, Succeeded: null }))
            (status.Delta?.NextSyncTime > now).ShouldBeTrue("a delta sync is due and nothing starts it");
        if (told && (isFullActive || status.Full?.LastSyncTime is not null)
            && !jobs.Any(job => job is { Type: SyncType.Webhook, Succeeded: null }))
            (status.Webhook is { } clock && (clock.NextSyncTime > now || clock.LastSyncTime > now.AddSeconds(-10)))
                .ShouldBeTrue("events wait and nothing takes them");
        SyncPlanner.Decide(Observe([.. jobs])).WakeAt.ShouldNotBe(now, "awake for nothing");
    }

    // All is well again, and everything that was asked for gets its answer.
    void Settle()
    {
        (suspended, broken, full, dies, down) = (false, false, false, false, false);
        for (var round = 0; round < 4; round++)
        {
            ReconcileUntilQuiet();
            End(SyncType.Full, 0, succeeded: true);
            End(SyncType.Delta, 1, succeeded: true);
            End(SyncType.Purge, 1, succeeded: true);
            End(SyncType.Webhook, 1, succeeded: true);
            now = now.AddSeconds(1);
        }

        ReconcileUntilQuiet();
        var wanted = Observe([.. jobs]).Connector!.Scope; // the simulation always knows it
        if (status.StoredScope is { } stored && status.Purge?.ConsecutiveFailures is null)
            wanted.Covers(new(stored)).ShouldBeTrue($"{stored} may be stored, and only {wanted.Text} is in scope");
        foreach (var (name, fate) in tokens)
            (fate.Jobs + (fate.Rejected || fate.Replaced ? 1 : 0)).ShouldBe(1, $"{name}: {fate}");
        if (token is not null)
            status.LastHandledReconcileAt.ShouldBe(token);
    }
}
