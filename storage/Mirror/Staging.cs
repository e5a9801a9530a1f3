using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>The temporary tables from which rows are upserted.</summary>
static class Staging
{
    /// <summary>Copies rows into their model's table, which the session has until its end.</summary>
    public static async Task CopyAsync(NpgsqlConnection connection, CopiedRows rows, CancellationToken cancellationToken)
    {
        var statements = rows.Page.Statements;
        await EnsureAsync(connection, statements, cancellationToken);
        await CopyRows.SendAsync(connection, statements.CopyStaging, rows, cancellationToken);
    }

    const string HasStagingSql = "select to_regclass($1) is not null";

    static async Task EnsureAsync(
        NpgsqlConnection connection, ModelStatements statements, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.Add(HasStagingSql).Text(statements.Staging);
        if (await batch.ExecuteScalarAsync(cancellationToken) is true)
            return;
        await using var create = new NpgsqlCommand(statements.CreateStaging, connection);
        await create.ExecuteNonQueryAsync(cancellationToken);
    }
}
