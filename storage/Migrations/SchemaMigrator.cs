using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Migrations;

/// <summary>Brings the schema <c>kombo</c> up to this program's, forward only, in small steps: each is a transaction of
/// its own that looks whether there is something to do. A step that waits for a table holds up everybody who comes after
/// it, so it gives up soon, lets the others through, and comes back.</summary>
/// <param name="scripts">In their order; the last one is what this program knows.</param>
sealed partial class SchemaMigrator(
    TransactionRunner transactions, ModelCatalog catalog, ImmutableArray<MigrationScript> scripts, ILogger<SchemaMigrator> logger)
{
    readonly ImmutableArray<ModelTable> tables = ModelTables.Of(catalog);

    public MigrationPatience Patience { get; init; } = MigrationPatience.Default;

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

    /// <summary>Safe to repeat, to break off and to run in several processes at a time: each step is done once.</summary>
    /// <exception cref="MigrationBlockedException">Somebody held a table for too long; what is done stays.</exception>
    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var steps = new MigrationSteps(transactions, Patience, logger);
        await steps.RunAsync("the schema kombo", (connection, token) => MigrationSteps.ExecuteAsync(connection, BootstrapSql, token), cancellationToken);
        foreach (var script in scripts)
            await steps.RunAsync(script.Name, (connection, token) => ApplyAsync(connection, script, token), cancellationToken);
        var hash = ModelTables.Hash(tables);
        if (await transactions.RunAsync(StoredHashAsync, cancellationToken) != hash)
            foreach (var table in tables)
                await steps.RunAsync(
                    $"table kombo.{table.Name}", (connection, token) => CompleteAsync(connection, table, token), cancellationToken);
        await steps.RunAsync("roles and privileges", async (connection, token) =>
        {
            await connection.ExecuteAsync(Statement.Of(SaveCatalogHashSql, new { hash }), token);
            await MigrationSteps.ExecuteAsync(connection, MigrationScripts.Roles, token);
            await MigrationSteps.ExecuteAsync(connection, MigrationScripts.Privileges, token);
        }, cancellationToken);
    }

    const string IsAppliedSql = "select exists (select from kombo.schema_versions where version = @Version)";

    const string AppliedSql = """
        insert into kombo.schema_versions (version, name, oldest_program) values (@Version, @Name, @OldestProgram)
        """;

    async Task ApplyAsync(NpgsqlConnection connection, MigrationScript script, CancellationToken cancellationToken)
    {
        if (await connection.QuerySingleAsync<bool>(Statement.Of(IsAppliedSql, script), cancellationToken))
            return;
        await MigrationSteps.ExecuteAsync(connection, script.Sql, cancellationToken);
        await connection.ExecuteAsync(Statement.Of(AppliedSql, script), cancellationToken);
        LogApplied(script.Name);
    }

    const string CatalogHashSql = "select hash from kombo.schema_catalog";

    const string SaveCatalogHashSql = """
        insert into kombo.schema_catalog (hash) values (@hash)
        on conflict (one) do update set hash = excluded.hash where schema_catalog.hash <> excluded.hash
        """;

    static Task<string?> StoredHashAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        connection.QuerySingleOrDefaultAsync<string?>(Statement.Of(CatalogHashSql), cancellationToken);

    // The system catalog is read without a lock on the table.
    const string FindTableSql = """
        select t.oid is not null as exists,
               array(select attname::text from pg_attribute where attrelid = t.oid and attnum > 0 and not attisdropped) as columns,
               array(select i.relname::text from pg_index x join pg_class i on i.oid = x.indexrelid where x.indrelid = t.oid) as indexes,
               array(select tgname::text from pg_trigger where tgrelid = t.oid and not tgisinternal) as trigger_names,
               (select triggers from kombo.schema_models where name = @Name) as triggers
          from (select to_regclass('kombo.' || @Name)::oid as oid) t
        """;

    const string SaveTableSql = """
        insert into kombo.schema_models (name, triggers) values (@Name, @TriggersHash)
        on conflict (name) do update set triggers = excluded.triggers
        """;

    async Task CompleteAsync(NpgsqlConnection connection, ModelTable table, CancellationToken cancellationToken)
    {
        var found = await connection.QuerySingleAsync<FoundTable>(Statement.Of(FindTableSql, new { table.Name }), cancellationToken);
        if (table.Missing(found) is not { Length: > 0 } missing)
            return;
        await MigrationSteps.ExecuteAsync(connection, missing, cancellationToken);
        await connection.ExecuteAsync(Statement.Of(SaveTableSql, new { table.Name, table.TriggersHash }), cancellationToken);
        LogTable(table.Name);
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
        if (!await connection.QuerySingleAsync<bool>(Statement.Of(ExistsSql), cancellationToken))
            return Schemas.Missing(connection.Database);
        var found = await connection.QuerySingleAsync<FoundSchema>(
            Statement.Of(SchemaSql, new { hash = ModelTables.Hash(tables) }), cancellationToken);
        var complete = found.SameCatalog == true || await HasAllColumnsAsync(connection, cancellationToken);
        return Schemas.Judge(connection.Database, found, scripts[^1].Version, complete);
    }

    const string ColumnsSql = """
        select table_name || '.' || column_name from information_schema.columns where table_schema = 'kombo'
        """;

    // Another catalog's hash says only that it is another: a newer one has all that this one needs.
    async Task<bool> HasAllColumnsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var columns = (await connection.QueryAsync<string>(Statement.Of(ColumnsSql), cancellationToken))
            .ToHashSet(StringComparer.Ordinal);
        return catalog.Models.All(model => model.Fields.All(field => columns.Contains($"{model.Name}.{field.Name}")));
    }

    [LoggerMessage(4001, LogLevel.Information, "Applied migration {Migration}")]
    partial void LogApplied(string migration);

    [LoggerMessage(4002, LogLevel.Information, "Made or completed table kombo.{Model}")]
    partial void LogTable(string model);
}
