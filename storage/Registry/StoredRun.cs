using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Kombo.Core.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Registry;

/// <summary>A row of sync_runs.</summary>
sealed record StoredRun
{
    const string SelectSql = """
        select run_id, integration_id, type, trigger, attempts, started_at, finished_at, result, reason, message,
               read, new, changed, unchanged, deleted, undeleted, held, errors, outdated, anonymized, pruned
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
    public RunCounts Counts { get; init; } = new();

    /// <param name="rest">What follows the select list and the table.</param>
    public static Task<ImmutableArray<StoredRun>> QueryAsync<
        [DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicProperties)] T>(
        NpgsqlConnection connection, string rest, T parameters, CancellationToken cancellationToken)
        where T : notnull =>
        connection.QueryAsync<StoredRun, RunCounts, StoredRun>(
            Statement.Of($"{SelectSql} {rest}", parameters), (run, counts) => run with { Counts = counts }, cancellationToken);

    /// <summary>The result of a run that has ended; null while it goes on, or if it is not known.</summary>
    public static async Task<RunProgress?> FindFinishedAsync(
        NpgsqlConnection connection, string runId, CancellationToken cancellationToken)
    {
        var runs = await QueryAsync(
            connection, "where run_id = @runId and finished_at is not null", new { runId }, cancellationToken);
        return runs.SingleOrDefault()?.ToProgress();
    }

    public RunProgress ToProgress() => new()
    {
        RunId = RunId,
        Phase = Result is null ? null : RunPhase.Finished,
        Message = Message,
        Result = Result,
        Reason = Reason,
        FinishedAt = FinishedAt,
        Records = Counts.Read,
        Changed = Counts.Written(),
        Counts = Counts,
    };

    public RunRow ToRow() => new()
    {
        IntegrationId = IntegrationId,
        Type = SyncTypeColumns.Parse(Type),
        Trigger = Trigger,
        Attempts = Attempts,
        StartedAt = StartedAt,
        Progress = ToProgress(),
    };
}
