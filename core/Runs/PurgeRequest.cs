namespace Kombo.Core.Runs;

/// <summary>What a purge run is to remove. What is out of scope always goes.</summary>
public sealed record PurgeRequest
{
    /// <summary>The Integration is deleted, and all that was mirrored for it goes.</summary>
    public bool Everything { get; init; }

    /// <summary>The Integration is gone, so that its scope is not known: only retention applies.</summary>
    public bool IgnoresScope { get; init; }

    /// <summary>Fingerprint of all that may be stored; null where it is not known.</summary>
    public string? StoredScope { get; init; }
    public RetentionBounds Retention { get; init; } = RetentionBounds.Default;
}

/// <summary>How long things are kept, in days.</summary>
public sealed record RetentionBounds
{
    public static RetentionBounds Default { get; } = new();

    /// <summary>The values of a deleted record, from its deletion on; its keys stay.</summary>
    public int DeletedRecords { get; init; } = 14;

    /// <summary>Runs, from their end on, and requests of the API, from their answer on.</summary>
    public int Runs { get; init; } = 60;

    /// <summary>Where records could not be stored.</summary>
    public int RecordErrors { get; init; } = 30;

    /// <summary>That a child has left a parent. A reader that comes less often may miss that the old parent changed.</summary>
    public int Touches { get; init; } = 60;

    /// <summary>Webhooks that were delivered, and events of sources that were processed.</summary>
    public int Webhooks { get; init; } = 7;

    /// <summary>Webhooks that nobody took, and events of sources that were not processed: a full sync brings more.</summary>
    public int UndeliveredWebhooks { get; init; } = 30;
}
