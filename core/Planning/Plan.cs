using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;

namespace Kombo.Core.Planning;

/// <summary>One thing to do. Each is safe to apply twice.</summary>
public abstract record Decision
{
    Decision() // closed: the cases below are all there are
    {
    }

    /// <summary>Create the worker Job of a run of any type; if it exists and is ours, that is as good.</summary>
    public sealed record StartRun(Planning.StartRun Run) : Decision;

    /// <summary>Fix the type of an API request, as its run is about to begin. If it is another one by now, nothing more
    /// of the plan holds.</summary>
    /// <param name="Type">As it was seen.</param>
    /// <param name="RunsAs">With what else the run serves.</param>
    public sealed record AcceptRequest(string RunId, string Type, string RunsAs) : Decision;

    /// <summary>Answer an API request for good.</summary>
    /// <param name="Result">Completed, Failed or Rejected.</param>
    public sealed record AnswerRequest(string RunId, string Result, string? Reason) : Decision;

    /// <summary>Delete a Job: one that ended and that history does not need any more, or one whose run is to
    /// end.</summary>
    public sealed record DeleteJob(string JobName) : Decision;

    /// <summary>Keep the Integration from vanishing before its data is removed. Before anything is stored, and alone: the
    /// rest is decided on the object as it is then.</summary>
    public sealed record AddFinalizer : Decision;

    /// <summary>Let the Integration go. After all else, the status and its Events included.</summary>
    public sealed record RemoveFinalizer : Decision;

    /// <summary>Note in the registry that the Integration is deleted. Until its data is removed, the row says that data
    /// remains.</summary>
    public sealed record CloseIntegrationRow : Decision;

    /// <summary>Write an Event. Nothing depends on it.</summary>
    public sealed record Publish(EventNote Note) : Decision;

    /// <summary>Close the row of a run whose worker cannot.</summary>
    public sealed record CloseRunRow(string RunId, RunResult Result, string Reason, string Message) : Decision;
}

/// <summary>The run that a Job is made for.</summary>
public sealed record StartRun
{
    /// <summary>Deterministic: the name is the lock.</summary>
    public required string JobName { get; init; }
    public required string RunId { get; init; }
    public required SyncType Type { get; init; }

    /// <summary>From <see cref="Triggers"/>.</summary>
    public required string Trigger { get; init; }
    public string? Token { get; init; }
    public DateTimeOffset? Slot { get; init; }
    public required string IntegrationId { get; init; }

    /// <summary>Fingerprint of the scope that it covers.</summary>
    public required string Scope { get; init; }
    public required TimeSpan ActiveDeadline { get; init; }
    public string? ConfirmedRunId { get; init; }

    /// <summary>Of purge runs: fingerprint of all that may be stored.</summary>
    public string? StoredScope { get; init; }

    /// <summary>Of purge runs: all of the integration goes.</summary>
    public bool Everything { get; init; }

    /// <summary>Of purge runs: what is out of scope stays, because the scope is not known or the data is another source's.</summary>
    public bool IgnoresScope { get; init; }
}

/// <param name="Since">When it was due; now, where it was asked for.</param>
public sealed record WaitingSync(SyncType Type, DateTimeOffset Since);

/// <param name="Warning">Else Normal.</param>
/// <param name="Reason">E.g. SyncStarted.</param>
/// <param name="Action">What the operator did, CamelCase.</param>
public sealed record EventNote(bool Warning, string Reason, string Action, string Note);

/// <summary>What to do now, what to say, and when to look again.</summary>
/// <param name="Steps">In the order to apply them; empty when all is as it should be.</param>
/// <param name="Status">The operator's whole part of the status (progress is the worker's and null here); written once,
/// after the steps, if it differs (<see cref="StatusText"/>).</param>
/// <param name="Reason">Why this plan, from <see cref="Reasons"/>.</param>
/// <param name="WakeAt">UTC; null when only a change to the resource, its schedule or its Job can matter.</param>
public sealed record Plan(
    ImmutableArray<Decision> Steps, IntegrationStatus Status, string Reason, DateTimeOffset? WakeAt)
{
    /// <summary>What is due or asked for and waits for capacity; the most overdue one of all Integrations goes
    /// first.</summary>
    public ImmutableArray<WaitingSync> Waiting { get; init; } = [];

    /// <summary>In plain words: what happens next and why.</summary>
    public required string Explanation { get; init; }
}
