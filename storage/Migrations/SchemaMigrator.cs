using System.Collections.Immutable;
using Dapper;
using Kombo.Core.Models;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Migrations;

/// <summary>Brings the schema <c>kombo</c> up to this program's, forward only, in one transaction.</summary>
/// <param name="scripts">In their order; the last one is what this program knows.</param>
sealed partial class SchemaMigrator(
    TransactionRunner transactions, ModelCatalog catalog, ImmutableArray<MigrationScript> scripts, ILogger<SchemaMigrator> logger)
{
    const int NoTimeout = 0; // an index on a large table takes as long as it takes
    readonly string tables = ModelTables.Sql(catalog);

    // The key is "kombo" in ASCII.
    const string LockSql = "select pg_advisory_xact_lock(461430940271)";

    // Not "create schema if not exists": that needs the right to create one even where it exists.
    const string BootstrapSql = """
        do $$ begin
            if to_regnamespace('kombo') is null then
                create schema kombo;
            end if;
        end $$;
        create table if not exists kombo.schema_versions (
            version        integer primary key,
            name           text not null,
            oldest_program integer not null,
            applied_at     timestamptz not null default clock_timestamp()
        );
        """;

    /// <summary>Safe to repeat and to run in several processes at a time: the others wait and find nothing to do.</summary>
    public Task MigrateAsync(CancellationToken cancellationToken) => transactions.RunAsync(MigrateOnceAsync, cancellationToken);

    async Task<bool> MigrateOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        connection.Notice += OnNotice;
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await ExecuteAsync(connection, LockSql, cancellationToken);
            await ExecuteAsync(connection, BootstrapSql, cancellationToken);
            await ApplyNumberedAsync(connection, cancellationToken);
            await ApplyCatalogAsync(connection, cancellationToken);
            await ExecuteAsync(connection, MigrationScripts.Roles, cancellationToken);
            await ExecuteAsync(connection, MigrationScripts.Privileges, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            return true;
        }
        finally
        {
            connection.Notice -= OnNotice;
        }
    }

    const string VersionsSql = "select version from kombo.schema_versions";

    const string AppliedSql = """
        insert into kombo.schema_versions (version, name, oldest_program) values (@Version, @Name, @OldestProgram)
        """;

    async Task ApplyNumberedAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var applied = (await connection.QueryAsync<int>(new CommandDefinition(
            VersionsSql, cancellationToken: cancellationToken))).ToHashSet();
        foreach (var script in scripts.Where(script => !applied.Contains(script.Version)))
        {
            await ExecuteAsync(connection, script.Sql, cancellationToken);
            await connection.ExecuteAsync(new CommandDefinition(AppliedSql, script, cancellationToken: cancellationToken));
            LogApplied(script.Name);
        }
    }

    const string CatalogHashSql = "select hash from kombo.schema_catalog";

    const string SaveCatalogHashSql = """
        insert into kombo.schema_catalog (hash) values (@hash) on conflict (one) do update set hash = excluded.hash
        """;

    async Task ApplyCatalogAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var hash = ModelTables.Hash(tables);
        var stored = await connection.QuerySingleOrDefaultAsync<string>(new CommandDefinition(
            CatalogHashSql, cancellationToken: cancellationToken));
        if (stored == hash)
            return;
        await ExecuteAsync(connection, tables, cancellationToken);
        await connection.ExecuteAsync(new CommandDefinition(
            SaveCatalogHashSql, new { hash }, cancellationToken: cancellationToken));
        LogTables(catalog.Models.Length);
    }

    const string ExistsSql = "select to_regclass('kombo.schema_versions') is not null and to_regclass('kombo.schema_catalog') is not null";

    const string SchemaSql = """
        select coalesce(max(v.version), 0)                        as version,
               coalesce(max(v.oldest_program), 0)                 as oldest_program,
               (select c.hash from kombo.schema_catalog c) = @hash as same_catalog
          from kombo.schema_versions v
        """;

    /// <summary>Whether this program can work with the schema as it is, and what to do if not.</summary>
    public Task<SchemaState> CheckAsync(CancellationToken cancellationToken) => transactions.RunAsync(CheckOnceAsync, cancellationToken);

    async Task<SchemaState> CheckOnceAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (!await connection.ExecuteScalarAsync<bool>(new CommandDefinition(ExistsSql, cancellationToken: cancellationToken)))
            return Schemas.Missing(connection.Database);
        var found = await connection.QuerySingleAsync<FoundSchema>(new CommandDefinition(
            SchemaSql, new { hash = ModelTables.Hash(tables) }, cancellationToken: cancellationToken));
        var complete = found.SameCatalog == true || await HasAllColumnsAsync(connection, cancellationToken);
        return Schemas.Judge(connection.Database, found, scripts[^1].Version, complete);
    }

    const string ColumnsSql = """
        select table_name || '.' || column_name from information_schema.columns where table_schema = 'kombo'
        """;

    // Another catalog's hash says only that it is another: a newer one has all that this one needs.
    async Task<bool> HasAllColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = (await connection.QueryAsync<string>(new CommandDefinition(
            ColumnsSql, cancellationToken: cancellationToken))).ToHashSet(StringComparer.Ordinal);
        return catalog.Models.All(model => model.Fields.All(field => columns.Contains($"{model.Name}.{field.Name}")));
    }

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = NoTimeout };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    void OnNotice(object sender, NpgsqlNoticeEventArgs notice)
    {
        if (notice.Notice.InvariantSeverity == "WARNING")
            LogWarning(notice.Notice.MessageText);
    }

    [LoggerMessage(4001, LogLevel.Information, "Applied migration {Migration}")]
    partial void LogApplied(string migration);

    [LoggerMessage(4002, LogLevel.Information, "Made or completed the tables of {Models} models")]
    partial void LogTables(int models);

    [LoggerMessage(4003, LogLevel.Warning, "Migrating: {Warning}")]
    partial void LogWarning(string warning);
}
