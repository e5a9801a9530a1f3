namespace Kombo.Core.Resources;

/// <summary>The published list of condition and result reasons; they are API.</summary>
public static class Reasons
{
    public const string Succeeded = "Succeeded";
    public const string Progressing = "Progressing";
    public const string DependencyNotReady = "DependencyNotReady";
    public const string InvalidSpec = "InvalidSpec";
    public const string InvalidSchedule = "InvalidSchedule";
    public const string InvalidScope = "InvalidScope";
    public const string InvalidConnector = "InvalidConnector";
    public const string ConnectorNotFound = "ConnectorNotFound";
    public const string IdentityChanged = "IdentityChanged";
    public const string CredentialsNotFound = "CredentialsNotFound";
    public const string DatabaseNotConfigured = "DatabaseNotConfigured";
    public const string DatabaseUnavailable = "DatabaseUnavailable";
    public const string AuthenticationFailed = "AuthenticationFailed";
    public const string ConnectionFailed = "ConnectionFailed";
    public const string RateLimited = "RateLimited";
    public const string SourceError = "SourceError";
    public const string FailureThresholdReached = "FailureThresholdReached";
    public const string Suspended = "Suspended";
    public const string PausedByApi = "PausedByApi";
    public const string SyncInProgress = "SyncInProgress";
    public const string WaitingForSchedule = "WaitingForSchedule";
    public const string WaitingForRetry = "WaitingForRetry";
    public const string WaitingForCapacity = "WaitingForCapacity";
    public const string Failed = "Failed";
    public const string PartiallyFailed = "PartiallyFailed";
    public const string DeadlineExceeded = "DeadlineExceeded";
    public const string Cancelled = "Cancelled";
    public const string Lost = "Lost";
    public const string PermanentError = "PermanentError";
    public const string DeletionsHeld = "DeletionsHeld";
    public const string ScopeWidened = "ScopeWidened";
    public const string ScopeNarrowed = "ScopeNarrowed";
    public const string Purging = "Purging";
    public const string PurgeFailed = "PurgeFailed";
    public const string WebhooksDisabled = "WebhooksDisabled";
    public const string DataRemains = "DataRemains";
    public const string TokenTooLong = "TokenTooLong";
    public const string UnknownSyncType = "UnknownSyncType";
    public const string NeverSynced = "NeverSynced";
    public const string DeltaNotSupported = "DeltaNotSupported";
    public const string Deleted = "Deleted";
    public const string JobNameConflict = "JobNameConflict";
    public const string TooManyConnections = "TooManyConnections";
    public const string OutOfMemory = "OutOfMemory";
    public const string Evicted = "Evicted";
    public const string Unschedulable = "Unschedulable";
    public const string ImagePullFailed = "ImagePullFailed";
    public const string ContainerCannotStart = "ContainerCannotStart";
    public const string StatusRefused = "StatusRefused";
    public const string NoPod = "NoPod";
    public const string PodNotStarted = "PodNotStarted";
}

/// <summary>Condition types of an Integration.</summary>
public static class ConditionTypes
{
    public const string Ready = "Ready";
    public const string Reconciling = "Reconciling";
    public const string Stalled = "Stalled";
    public const string Synchronizing = "Synchronizing";
    public const string SyncSucceeded = "SyncSucceeded";
    public const string DeletionsHeld = "DeletionsHeld";
    public const string PurgePending = "PurgePending";
    public const string EventsWaiting = "EventsWaiting";
}
