using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Planning;

/// <summary>All that a plan may depend on, read once at the start of a reconcile.</summary>
public sealed record Observation
{
    public required ObservedIntegration Integration { get; init; }

    /// <summary>The schedule in force; the built-in defaults where no object is referred to and none is called
    /// default.</summary>
    public required ObservedSchedule Schedule { get; init; }

    /// <summary>What is known of the connector; its problems are in <see cref="Problems"/>.</summary>
    public ConnectorFacts? Connector { get; init; }

    /// <summary>Everything that keeps a sync from starting, found by the checks of spec, scope, connector, Secret and
    /// database; empty when all is well.</summary>
    public ImmutableArray<Problem> Problems { get; init; } = [];

    /// <summary>Jobs that the Integration owns (by UID), in no order. A Job named in status.active that the store does
    /// not hold was read live, because absence from a store proves nothing; a plan that starts a sync must rest on a
    /// live list.</summary>
    public ImmutableArray<ObservedJob> Jobs { get; init; } = [];

    /// <summary>Results that the database holds for runs whose outcome status and Job do not tell, by run id.</summary>
    public ImmutableDictionary<string, RunProgress> RunRows { get; init; } =
        ImmutableDictionary<string, RunProgress>.Empty;

    /// <summary>Of the database, part of the integration id; null while it is not known.</summary>
    public string? InstallationId { get; init; }

    /// <summary>The source whose records the mirror holds under the integration id, brought by this Integration or by one
    /// of its name before it; asked only while status does not tell. Null: it holds none, or it is not known whose.</summary>
    public string? MirroredIdentity { get; init; }

    /// <summary>Resource version of the credentials Secret; null where there is none.</summary>
    public string? CredentialsVersion { get; init; }

    /// <summary>What the API asks for and is not answered yet, oldest first.</summary>
    public ImmutableArray<ObservedRequest> ApiRequests { get; init; } = [];

    /// <summary>The API has switched its syncs off.</summary>
    public bool IsPausedByApi { get; init; }

    /// <summary>When upstream webhooks last delivered a verified event.</summary>
    public DateTimeOffset? LastUpstreamEventAt { get; init; }

    /// <summary>Events of the source that wait to be processed now; null if none do.</summary>
    public ObservedEvents? Events { get; init; }
    public Capacity Capacity { get; init; } = Capacity.Unlimited;

    /// <summary>Nothing can be created in the Integration's namespace any more.</summary>
    public bool IsNamespaceTerminating { get; init; }

    /// <summary>How long the purge of an Integration that is deleted with its data may be held up.</summary>
    public TimeSpan DeletionPatience { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>UTC, taken once so that every rule sees the same instant.</summary>
    public required DateTimeOffset Now { get; init; }
}

/// <summary>An Integration as it is in the cluster.</summary>
public sealed record ObservedIntegration
{
    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public required string Uid { get; init; }
    public long Generation { get; init; } = 1;
    public DateTimeOffset? CreationTimestamp { get; init; }
    public DateTimeOffset? DeletionTimestamp { get; init; }

    /// <summary>Ours is on it.</summary>
    public bool HasFinalizer { get; init; }
    public required IntegrationSpec Spec { get; init; }
    public IntegrationStatus Status { get; init; } = new();

    /// <summary>Annotation <c>kombo.dev/requestedAt</c>: an opaque token.</summary>
    public string? RequestedAt { get; init; }

    /// <summary>Annotation <c>kombo.dev/requestedSync</c>: full (default), delta or default.</summary>
    public string? RequestedSync { get; init; }

    /// <summary>Annotation <c>kombo.dev/confirmDeletions</c>: the run whose held deletions are released.</summary>
    public string? ConfirmDeletions { get; init; }
}

/// <summary>A request from the API.</summary>
/// <param name="RunId">Promised to whoever asked: the run that serves it has this id.</param>
/// <param name="Type">full, delta or default.</param>
/// <param name="Accepted">An operator was about to make its Job: its type is fixed, and its run is its own.</param>
public sealed record ObservedRequest(string RunId, string Type, bool Accepted);

/// <summary>What the source told of changes, and nobody has looked at yet.</summary>
/// <param name="Oldest">The id of the event that is due longest.</param>
/// <param name="Since">Since when that one waits.</param>
public sealed record ObservedEvents(long Oldest, DateTimeOffset Since);

/// <param name="Name">Null: built-in defaults.</param>
public sealed record ObservedSchedule(string? Name, SyncScheduleSpec Spec)
{
    public static ObservedSchedule BuiltIn { get; } = new(null, new SyncScheduleSpec());
}

/// <summary>What planning needs to know of a connector definition.</summary>
/// <param name="Name">Also the tool in ids, e.g. <c>bamboohr</c>.</param>
/// <param name="SupportsDelta">At least one model in scope can be read by change time.</param>
/// <param name="DeltaCoversScope">Every model in scope is covered by delta (by change time or by cheap
/// re-reading).</param>
/// <param name="Identity">The connector's name and the values of its identity parameters, as one text.</param>
/// <param name="Scope">The effective scope over the models that the connector provides, for comparing wider with
/// narrower.</param>
public sealed record ConnectorFacts(
    string Name, bool SupportsDelta, bool DeltaCoversScope, string Identity, ScopeFingerprint Scope);

/// <summary>Why nothing may start.</summary>
/// <param name="Reason">From <see cref="Reasons"/>.</param>
/// <param name="Message">Names the object, the field and the remedy.</param>
/// <param name="NeedsEdit">Only a change of the Integration, its schedule or its connector file helps; false: it may
/// heal by itself (a Secret that is still to come, a database that is away) and is looked at again.</param>
public sealed record Problem(string Reason, string Message, bool NeedsEdit)
{
    public Hindered Hinders { get; init; } = Reason switch
    {
        Reasons.CredentialsNotFound or Reasons.AuthenticationFailed or Reasons.InvalidSchedule => Hindered.Syncs,
        Reasons.DatabaseUnavailable or Reasons.DatabaseNotConfigured => Hindered.AllRuns,
        _ => Hindered.ScopedRuns,
    };
}

/// <summary>Which runs cannot begin because of a problem.</summary>
public enum Hindered
{
    /// <summary>Those that call the source, or have a schedule of the user's.</summary>
    Syncs,

    /// <summary>Also purges that must know what is in scope.</summary>
    ScopedRuns,

    /// <summary>Also the removal of everything, which needs no more than a database and a Job.</summary>
    AllRuns,
}

/// <summary>A worker Job.</summary>
public sealed record ObservedJob
{
    public required string Name { get; init; }
    public required string RunId { get; init; }
    public required SyncType Type { get; init; }

    /// <summary>From the Job's annotations.</summary>
    public required string Trigger { get; init; }
    public string? Token { get; init; }
    public DateTimeOffset? Slot { get; init; }

    /// <summary>Fingerprint of the scope that it covers.</summary>
    public string? Scope { get; init; }
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>Null: active.</summary>
    public bool? Succeeded { get; init; }

    /// <summary>A pod of it runs.</summary>
    public bool IsRunning { get; init; }

    /// <summary>By when one should; then something is wrong. Null where that cannot be said.</summary>
    public DateTimeOffset? StartsBy { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>The worker's own word from the pod's termination message, if it left one.</summary>
    public RunProgress? Reported { get; init; }

    /// <summary>Why the Job failed where the worker could not say: CamelCase reason and words.</summary>
    public string? FailureReason { get; init; }
    public string? FailureMessage { get; init; }
}

/// <summary>How many more runs may start now.</summary>
/// <param name="Full">Slots free for full syncs.</param>
/// <param name="Delta">Slots free for delta syncs (a share is theirs alone).</param>
public sealed record Capacity(int Full, int Delta)
{
    /// <summary>Purge runs, which take no room from syncs.</summary>
    public int Purge { get; init; } = int.MaxValue;

    /// <summary>Room for webhook runs, which is theirs alone: they are short, and no sync may hold them up.</summary>
    public int Webhook { get; init; } = int.MaxValue;

    /// <summary>Which limit of syncs is reached, in words; null where none is, or it is not known.</summary>
    public string? WaitsFor { get; init; }

    public static Capacity Unlimited { get; } = new(int.MaxValue, int.MaxValue);

    public int For(SyncType type) => type switch
    {
        SyncType.Delta => Delta,
        SyncType.Purge => Purge,
        SyncType.Webhook => Webhook,
        _ => Full,
    };

    /// <summary>None of that type.</summary>
    public Capacity Without(SyncType type) => type switch
    {
        SyncType.Delta => this with { Delta = 0 },
        SyncType.Purge => this with { Purge = 0 },
        SyncType.Webhook => this with { Webhook = 0 },
        _ => this with { Full = 0 },
    };
}
