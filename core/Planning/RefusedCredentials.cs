using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Planning;

/// <summary>A source that refuses the credentials is retried like any failure, for three days; then nothing more is
/// tried until the Secret or the Integration changes or a sync is asked for.</summary>
static class RefusedCredentials
{
    static readonly TimeSpan Patience = TimeSpan.FromDays(3);

    /// <summary>The Secret or the Integration is another than the one refused: worth a try at once.</summary>
    public static bool HaveChanged(Draft draft) => draft.Status.CredentialsFailure is { } failure
        && (failure.CredentialsVersion != draft.Seen.CredentialsVersion
            || failure.Generation != draft.Integration.Generation);

    public static Obstacle? Obstacle(Draft draft)
    {
        if (draft.Status.CredentialsFailure is not { } failure || HaveChanged(draft)
            || draft.Now < Seconds.Add(failure.Since, Patience))
            return null;
        return new(ObstacleKind.CredentialsRefused, Reasons.AuthenticationFailed,
            $"the source has refused the credentials since {Texts.Time(failure.Since)}, so nothing more is tried: "
            + $"{Remedies.Credentials(draft.Integration.Spec)}, or ask for a sync with kombo.dev/requestedAt");
    }

    /// <summary>What is known after a run. One that asked the source for nothing says nothing.</summary>
    public static CredentialsFailure? After(Draft draft, SyncType type, Outcome outcome) => outcome switch
    {
        _ when type == SyncType.Purge => draft.Status.CredentialsFailure,
        { MovesClock: true, Counts: not { Read: > 0 } } when type == SyncType.Webhook => draft.Status.CredentialsFailure,
        { MovesClock: true } => null,
        { Result: RunResult.AuthenticationFailed } => new(
            draft.Status.CredentialsFailure?.Since ?? outcome.FinishedAt,
            draft.Seen.CredentialsVersion,
            draft.Integration.Generation),
        _ => draft.Status.CredentialsFailure, // a source that is away says nothing about the credentials
    };

    /// <summary>A run with the changed ones begins: patience begins anew.</summary>
    public static Draft Retried(Draft draft) =>
        HaveChanged(draft) ? draft with { Status = draft.Status with { CredentialsFailure = null } } : draft;
}
