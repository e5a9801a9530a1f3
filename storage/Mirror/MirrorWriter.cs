using Kombo.Core.Records;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>Writes pages into the mirror: only what changed, in one short transaction with the checkpoint.</summary>
public sealed partial class MirrorWriter
{
    readonly TransactionRunner transactions;
    readonly ILogger logger;

    internal MirrorWriter(TransactionRunner transactions, ILogger<MirrorWriter> logger) =>
        (this.transactions, this.logger) = (transactions, logger);

    /// <returns>The counts of this page.</returns>
    /// <exception cref="LeaseLostException">Another worker has taken over; nothing was written.</exception>
    /// <exception cref="SeenSetLostException">The run must be released and read again.</exception>
    public async Task<RunCounts> WriteAsync(RunHandle run, PageWrite page, CancellationToken cancellationToken)
    {
        var errors = page.Errors.ToList();
        var models = ModelPage.Of(page, run.IntegrationId, errors);
        var write = new PageTransaction(run, page, models, errors);
        var written = await RunAsync(run, page, write, errors, cancellationToken);
        run.Update(written.State);
        if (written.Counts.Errors > 0)
            LogErrors(written.Counts.Errors, page.Stream, run.RunId);
        if (models.Sum(model => model.Repeated) is > 0 and var repeated)
            LogRepeated(repeated, page.Stream, run.RunId);
        return written.Counts;
    }

    // A page is written without what is refused of it, rather than not at all. Each round leaves out a row at least.
    async Task<PageWritten> RunAsync(
        RunHandle run, PageWrite page, PageTransaction write, List<RecordError> errors, CancellationToken cancellationToken)
    {
        while (true)
            try
            {
                return await RunAsync(run, write, cancellationToken);
            }
            catch (PostgresException refusal) when (RefusedRows.MayBeOfRow(refusal))
            {
                var refused = await new RefusedRows(transactions, run, page).LeaveOutAsync(write.Sent, cancellationToken);
                if (refused.Count == 0)
                    throw;
                errors.AddRange(refused);
            }
    }

    async Task<PageWritten> RunAsync(RunHandle run, PageTransaction write, CancellationToken cancellationToken)
    {
        try
        {
            return await transactions.RunFencedAsync(
                run, (connection, token) => write.RunAsync(connection, allowDirect: true, token), cancellationToken);
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            // A row of that id is there under another remote id, put there by hand: the way through staging repairs it.
            LogDirectCopyRefused(failure.TableName ?? "");
            return await transactions.RunFencedAsync(
                run, (connection, token) => write.RunAsync(connection, allowDirect: false, token), cancellationToken);
        }
    }

    [LoggerMessage(4201, LogLevel.Warning, "{Errors} records of stream {Stream} could not be stored as they came; see record_errors of run {Run}")]
    partial void LogErrors(long errors, string stream, string run);

    // Not an error: a list may hold a record twice, and pages drift.
    [LoggerMessage(4203, LogLevel.Information,
        "{Records} records of stream {Stream} came more than once in what was read together, the last one is kept; run {RunId}")]
    partial void LogRepeated(int records, string stream, string runId);

    [LoggerMessage(4202, LogLevel.Information, "Rows of {Table} were changed by hand; writing the page by key")]
    partial void LogDirectCopyRefused(string table);
}

/// <param name="State">Of the stream, once the page is committed.</param>
sealed record PageWritten(RunCounts Counts, StreamState State);
