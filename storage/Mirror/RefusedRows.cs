using Kombo.Core.Records;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <param name="Place">In <see cref="ModelPage.Rows"/>.</param>
sealed record SentRow(ModelPage Page, int Place);

/// <summary>Finds the rows of a page that Postgres refuses, whatever the reason: a value, an index, a constraint of
/// somebody else. It tries them by halves, in transactions that are all rolled back.</summary>
sealed class RefusedRows(TransactionRunner transactions, RunHandle run, PageWrite page)
{
    readonly List<(SentRow Row, RecordError Error)> found = [];

    /// <summary>Data exception, integrity constraint violation, program limit exceeded: what one row can be refused for.</summary>
    public static bool MayBeOfRow(PostgresException refusal) => refusal.SqlState[..2] is "22" or "23" or "54";

    /// <summary>Leaves out of their pages the rows among these that are refused.</summary>
    /// <returns>An error for each of them, without its values; none if it is not their fault.</returns>
    public async Task<IReadOnlyList<RecordError>> LeaveOutAsync(IEnumerable<SentRow> rows, CancellationToken cancellationToken)
    {
        await SearchAsync(new ArraySegment<SentRow>([.. rows]), cancellationToken);
        foreach (var (row, _) in found)
            row.Page.Refused.Add(row.Place);
        return [.. found.Select(one => one.Error)];
    }

    async Task SearchAsync(ArraySegment<SentRow> rows, CancellationToken cancellationToken)
    {
        if (rows.Count == 0 || await TryAsync(rows, cancellationToken) is not { } refusal)
            return;
        if (rows is [var row])
        {
            found.Add((row, ErrorOf(row, refusal)));
            return;
        }

        await SearchAsync(rows[..(rows.Count / 2)], cancellationToken);
        await SearchAsync(rows[(rows.Count / 2)..], cancellationToken);
    }

    // Of the server's words only the names of the schema: the others may quote the value.
    static RecordError ErrorOf(SentRow row, PostgresException refusal)
    {
        var (model, constraint) = (row.Page.Model.Name, refusal.ConstraintName is { } name ? $", constraint {name}" : "");
        return new(model, row.Page.RemoteIds[row.Place], model,
            $"was refused by the database (SQLSTATE {refusal.SqlState}{constraint})");
    }

    /// <returns>Null: they are taken.</returns>
    async Task<PostgresException?> TryAsync(ArraySegment<SentRow> rows, CancellationToken cancellationToken)
    {
        try
        {
            await transactions.RunFencedAsync(
                run, (connection, token) => TryOnceAsync(connection, rows, token), cancellationToken);
            return null;
        }
        catch (PostgresException refusal) when (MayBeOfRow(refusal))
        {
            return refusal;
        }
    }

    async Task<int> TryOnceAsync(
        NpgsqlConnection connection, ArraySegment<SentRow> rows, CancellationToken cancellationToken)
    {
        await using (var begin = FencedTransaction.Begin(
            connection, run, needsSeenSet: run.Type == SyncType.Full, page.RequestedAt))
            await begin.ExecuteNonQueryAsync(cancellationToken);
        await using var end = new NpgsqlBatch(connection);
        foreach (var model in rows.GroupBy(row => row.Page))
        {
            var copied = new CopiedRows(model.Key, [.. model.Select(row => row.Place)], run.IntegrationId, page.RequestedAt);
            await Staging.CopyAsync(connection, copied, cancellationToken);
            end.Add(model.Key.Statements.Upsert);
        }

        end.Add("set constraints all immediate");
        end.Add("rollback");
        return await end.ExecuteNonQueryAsync(cancellationToken);
    }
}
