using Kombo.Core.Runs;

namespace Kombo.Storage.Registry;

/// <summary>A row of sync_runs.</summary>
sealed record StoredRun
{
    public const string SelectSql = """
        select run_id, integration_id, type, trigger, attempts, started_at, finished_at, result, reason, message,
               read, new, changed, unchanged, deleted, undeleted, held, errors
          from kombo.sync_runs
        """;

    public required string RunId { get; init; }
    public required string IntegrationId { get; init; }
    public required string Type { get; init; }
    public required string Trigger { get; init; }
    public int Attempts { get; init; }
    public DateTimeOffset StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
    public string? Result { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public long Read { get; init; }
    public long New { get; init; }
    public long Changed { get; init; }
    public long Unchanged { get; init; }
    public long Deleted { get; init; }
    public long Undeleted { get; init; }
    public long Held { get; init; }
    public long Errors { get; init; }

    public RunProgress ToProgress() => new()
    {
        RunId = RunId,
        Phase = Result is null ? null : "Finished",
        Message = Message,
        Result = Result,
        Reason = Reason,
        FinishedAt = FinishedAt,
        Records = Read,
        Changed = New + Changed + Undeleted,
        Counts = new()
        {
            Read = Read,
            New = New,
            Changed = Changed,
            Unchanged = Unchanged,
            Deleted = Deleted,
            Undeleted = Undeleted,
            Held = Held,
            Errors = Errors,
        },
    };

    public RunRow ToRow() => new()
    {
        IntegrationId = IntegrationId,
        Type = Type == "delta" ? SyncType.Delta : SyncType.Full,
        Trigger = Trigger,
        Attempts = Attempts,
        StartedAt = StartedAt,
        Progress = ToProgress(),
    };
}
