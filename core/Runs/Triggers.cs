namespace Kombo.Core.Runs;

/// <summary>Why a run was started.</summary>
public static class Triggers
{
    /// <summary>The first sync of an Integration.</summary>
    public const string Initial = "Initial";
    public const string Schedule = "Schedule";

    /// <summary>Asked for by a token or by a confirmation of held deletions.</summary>
    public const string Manual = "Manual";

    /// <summary>The one before failed.</summary>
    public const string Retry = "Retry";

    /// <summary>The scope lets more through than the last full sync covered.</summary>
    public const string ScopeWidened = "ScopeWidened";

    /// <summary>Of purge runs: something is stored that the scope does not let through any more.</summary>
    public const string ScopeNarrowed = "ScopeNarrowed";

    /// <summary>Of purge runs: the daily one.</summary>
    public const string Retention = "Retention";

    /// <summary>The source has told of changes.</summary>
    public const string Webhook = "Webhook";

    /// <summary>Of purge runs: the Integration is being deleted, and its data with it.</summary>
    public const string Deletion = "Deletion";
}
