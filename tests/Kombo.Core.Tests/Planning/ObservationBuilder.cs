using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Tests.Planning;

/// <summary>Builds an <see cref="Observation"/>; a test states only what matters to it.</summary>
sealed record ObservationBuilder
{
    public const string Uid = "0b1d7a9e-1f57-4c56-9a44-6a2f5f0c1d11";

    IntegrationSpec spec = new() { Connector = "bamboohr", Sync = new(new("10h"), null) };
    IntegrationStatus status = new();
    ObservedSchedule schedule = ObservedSchedule.BuiltIn;
    ConnectorFacts? connector =
        new("bamboohr", false, false, "bamboohr companyDomain=acme", new ScopeFingerprint("hris_teams=3:7"));
    ImmutableArray<Problem> problems = [];
    ImmutableArray<ObservedJob> jobs = [];
    ImmutableDictionary<string, RunProgress> rows = ImmutableDictionary<string, RunProgress>.Empty;
    (string? At, string? Sync, string? Confirm) annotations;
    ImmutableArray<ObservedRequest> requests = [];
    bool paused;
    Capacity capacity = Core.Planning.Capacity.Unlimited;
    DateTimeOffset now = An.Time("09:00");
    DateTimeOffset? lastEvent;
    ObservedEvents? events;
    DateTimeOffset? deleted;
    string? installation = "inst";
    string? mirrored;
    string? credentials = "1";
    long generation = 1;
    bool guarded;
    bool terminating;

    public ObservationBuilder Now(string time) => this with { now = An.Time(time) };

    public ObservationBuilder Every(string? full, string? delta = null) => this with
    {
        spec = spec with { Sync = new(full is null ? null : new(full), delta is null ? null : new(delta)) },
        connector = delta is null ? connector : connector! with { SupportsDelta = true },
    };

    public ObservationBuilder Spec(Func<IntegrationSpec, IntegrationSpec> change) => this with { spec = change(spec) };

    public ObservationBuilder Schedule(SyncScheduleSpec spec) => this with { schedule = new("standard", spec) };

    public ObservationBuilder Connector(Func<ConnectorFacts, ConnectorFacts?> change) =>
        this with { connector = change(connector!) };

    public ObservationBuilder SupportsDelta(bool coversScope = true) =>
        Connector(facts => facts with { SupportsDelta = true, DeltaCoversScope = coversScope });

    public ObservationBuilder Scope(string fingerprint) => Connector(facts => facts with { Scope = new(fingerprint) });

    public ObservationBuilder Status(Func<IntegrationStatus, IntegrationStatus> change) =>
        this with { status = change(status) };

    public ObservationBuilder Suspended() => Spec(spec => spec with { Suspend = true });

    public ObservationBuilder Deleted() => this with { deleted = now };

    public ObservationBuilder PurgeCapacity(int free) => this with { capacity = capacity with { Purge = free } };

    public ObservationBuilder Generation(long number) => this with { generation = number };

    public ObservationBuilder Credentials(string? version) => this with { credentials = version };

    public ObservationBuilder Webhook(string at) => this with
    {
        lastEvent = An.Time(at),
        spec = spec with { UpstreamWebhooks = new(true) },
    };

    /// <summary>Events of the source wait, and are to be processed.</summary>
    public ObservationBuilder Events(string since, long oldest = 1, bool enabled = true) =>
        Spec(spec => spec with { UpstreamWebhooks = new(enabled) }) with { events = new(oldest, An.Time(since)) };

    public ObservationBuilder Installation(string? id) => this with { installation = id };

    /// <summary>The registry's word on whose records the mirror holds.</summary>
    public ObservationBuilder Mirrored(string identity) => this with { mirrored = identity };

    public ObservationBuilder Capacity(int full, int delta, int webhook = int.MaxValue) =>
        this with { capacity = new(full, delta) { Webhook = webhook } };

    public ObservationBuilder Problem(string reason, bool needsEdit) =>
        this with { problems = problems.Add(new(reason, $"{reason} in words", needsEdit)) };

    public ObservationBuilder Problem(string reason, Hindered hinders) => this with
    {
        problems = problems.Add(new(reason, $"{reason} in words", NeedsEdit: false) { Hinders = hinders }),
    };

    public ObservationBuilder Token(string? token, string? sync = null) =>
        this with { annotations = annotations with { At = token, Sync = sync } };

    /// <summary>A row of the API.</summary>
    public ObservationBuilder Asked(string runId, string type, bool accepted = false) =>
        this with { requests = requests.Add(new(runId, type, accepted)) };

    public ObservationBuilder Paused() => this with { paused = true };

    /// <summary>What status says of the last request.</summary>
    public ObservationBuilder LastRequest(
        string token, string result, string type = "full", string? reason = null, string? runId = null)
    {
        var request = new RequestStatus { Token = token, Type = type, Result = result, Reason = reason, RunId = runId };
        return Status(status => status with { LastRequest = request });
    }

    /// <summary>The token that was acknowledged last.</summary>
    public ObservationBuilder Handled(string token) => Status(status => status with { LastHandledReconcileAt = token });

    /// <summary>The operator has seen the Integration before.</summary>
    public ObservationBuilder Observed() => Status(status => status with { ObservedGeneration = 1 });

    public ObservationBuilder Confirm(string runId) => this with { annotations = annotations with { Confirm = runId } };

    /// <summary>Its last syncs ended then, and the next ones are stored as the frequencies in force say.</summary>
    public ObservationBuilder Synced(string full, string? delta = null)
    {
        var frequencies = Frequencies.Of(Build());
        ClockStatus Clock(string at, TimeSpan every) => new()
        {
            LastSyncTime = An.Time(at),
            LastAttemptTime = An.Time(at) - TimeSpan.FromMinutes(1),
            NextSyncTime = An.Time(at) + every,
            LastResult = "Succeeded",
        };
        ClockStatus DeltaClock(TimeSpan every) => delta is not null
            ? Clock(delta, every) : new ClockStatus { NextSyncTime = An.Time(full) + every };
        return Status(status => status with
        {
            IntegrationId = "bamboohr:x",
            Identity = connector!.Identity,
            SyncedScope = connector.Scope.Text,
            Effective = frequencies.ToStatus(),
            ObservedGeneration = 1,
            Full = Clock(full, frequencies.Full.Every),
            Delta = frequencies.Delta is { } every ? DeltaClock(every.Every) : null,
        });
    }

    /// <summary>So many runs in a row failed; the next attempt is stored.</summary>
    public ObservationBuilder Failing(SyncType type, int times, string next) => Clock(type, clock =>
        clock with { ConsecutiveFailures = times, NextSyncTime = An.Time(next), LastResult = "Failed" });

    public ObservationBuilder Clock(SyncType type, Func<ClockStatus, ClockStatus> change) => Status(status => type switch
    {
        SyncType.Delta => status with { Delta = change(status.Delta ?? new()) },
        SyncType.Purge => status with { Purge = change(status.Purge ?? new()) },
        SyncType.Webhook => status with { Webhook = change(status.Webhook ?? new()) },
        _ => status with { Full = change(status.Full ?? new()) },
    });

    /// <summary>What may be stored.</summary>
    public ObservationBuilder Stored(string? fingerprint) => Status(status => status with { StoredScope = fingerprint });

    /// <summary>The Integration goes, with its data.</summary>
    public ObservationBuilder WithPolicy(string? policy, bool finalizer) =>
        Spec(spec => spec with { DeletionPolicy = policy }) with { guarded = finalizer };

    public ObservationBuilder Terminating() => this with { terminating = true };

    /// <summary>A run that status knows, with its Job.</summary>
    public ObservationBuilder Running(SyncType type, string since, string? token = null, string trigger = "Schedule") =>
        Active(type, since, token, trigger).Job(type, since, token, trigger);

    /// <summary>A run that status knows; no Job is there.</summary>
    public ObservationBuilder Active(SyncType type, string since, string? token = null, string trigger = "Schedule")
    {
        var run = new ActiveRun
        {
            RunId = $"run-{JobNames.Text(type)}-{since}",
            JobName = $"job-{JobNames.Text(type)}-{since}",
            Trigger = trigger,
            Token = token,
            StartTime = An.Time(since),
            Scope = connector?.Scope.Text,
        };
        return Status(status => status with { Active = (status.Active ?? new(null, null)).With(type, run) });
    }

    /// <summary>A Job that runs, or ended then.</summary>
    public ObservationBuilder Job(SyncType type, string since, string? token = null, string trigger = "Schedule")
    {
        var job = new ObservedJob
        {
            Name = $"job-{JobNames.Text(type)}-{since}",
            RunId = $"run-{JobNames.Text(type)}-{since}",
            Type = type,
            Trigger = trigger,
            Token = token,
            Scope = connector?.Scope.Text,
            CreatedAt = An.Time(since),
        };
        return this with { jobs = jobs.Add(job) };
    }

    /// <summary>The Job added last has ended.</summary>
    public ObservationBuilder Ended(string at, bool succeeded = true, string? reason = null) =>
        LastJob(job => job with { Succeeded = succeeded, FinishedAt = An.Time(at), FailureReason = reason });

    public ObservationBuilder LastJob(Func<ObservedJob, ObservedJob> change) =>
        this with { jobs = jobs.SetItem(jobs.Length - 1, change(jobs[^1])) };

    /// <summary>A pod of the Job added last runs.</summary>
    public ObservationBuilder Working() => LastJob(job => job with { IsRunning = true });

    /// <summary>The condition Stalled is there since then.</summary>
    public ObservationBuilder Stalled(string since) => Status(status => status with
    {
        Conditions = [new(ConditionTypes.Stalled, "True", "Progressing", "…") { LastTransitionTime = An.Time(since) }],
    });

    /// <summary>The Job added last, and the run of its type in status, are of that scope.</summary>
    public ObservationBuilder WithScope(string fingerprint)
    {
        var type = jobs[^1].Type;
        return LastJob(job => job with { Scope = fingerprint }).Status(status => status with
        {
            Active = status.Active?.With(type, status.Active[type]! with { Scope = fingerprint }),
        });
    }

    /// <summary>What the worker says of that run.</summary>
    public static RunProgress Word(SyncType type, string since, string? result, string? at) => new()
    {
        RunId = $"run-{JobNames.Text(type)}-{since}",
        Result = result,
        FinishedAt = at is null || result is null ? null : An.Time(at),
    };

    public ObservationBuilder Progress(SyncType type, string since, string? result, string at) => Status(status => status with
    {
        Progress = (status.Progress ?? new(null, null)).With(type, Word(type, since, result, at)),
    });

    public ObservationBuilder Row(SyncType type, string since, string result, string at) =>
        this with { rows = rows.Add($"run-{JobNames.Text(type)}-{since}", Word(type, since, result, at)) };

    /// <summary>All rows say that reason.</summary>
    public ObservationBuilder WithRowReason(string reason) =>
        this with { rows = rows.ToImmutableDictionary(row => row.Key, row => row.Value with { Reason = reason }) };

    /// <summary>A run that history holds.</summary>
    public ObservationBuilder History(
        SyncType type, string at, string result = "Succeeded", long held = 0, bool isEmpty = false)
    {
        var run = new FinishedRun
        {
            RunId = $"run-{JobNames.Text(type)}-{at}",
            Type = JobNames.Text(type),
            Trigger = "Schedule",
            Result = result,
            FinishedAt = An.Time(at),
            Counts = new RunCounts { New = isEmpty ? 0 : 1, Held = held },
        };
        return Status(status => status with { History = [run, .. status.History ?? []] });
    }

    public Observation Build() => new()
    {
        Integration = new ObservedIntegration
        {
            Namespace = "hr",
            Name = "acme",
            Uid = Uid,
            Generation = generation,
            CreationTimestamp = An.Time("08:00"),
            DeletionTimestamp = deleted,
            HasFinalizer = guarded,
            Spec = spec,
            Status = status,
            RequestedAt = annotations.At,
            RequestedSync = annotations.Sync,
            ConfirmDeletions = annotations.Confirm,
        },
        Schedule = schedule,
        Connector = connector,
        Problems = problems,
        Jobs = jobs,
        RunRows = rows,
        InstallationId = installation,
        MirroredIdentity = mirrored,
        CredentialsVersion = credentials,
        LastUpstreamEventAt = lastEvent,
        Events = events,
        Capacity = capacity,
        ApiRequests = requests,
        IsPausedByApi = paused,
        IsNamespaceTerminating = terminating,
        Now = now,
    };

    public override string ToString() => "…";
}
