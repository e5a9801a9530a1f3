using Dapper;
using Kombo.Core.Models;
using Kombo.Storage.Migrations;
using Kombo.Storage.Tests.Support;
using Kombo.Storage.Transactions;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Storage.Tests;

public sealed class MigrationTests(StorageFixture fixture) : IClassFixture<StorageFixture>, IAsyncLifetime
{
    readonly List<NpgsqlDataSource> sources = [];

    static readonly string[] Bookkeeping =
    [
        "integration_id", "id", "remote_id", "content_hash", "requested_at", "changed_at", "created_at", "remote_deleted_at",
        "remote_data", "remote_data_hash",
    ];

    [RequiresFact(Need.Postgres)]
    public async Task Catalog_and_tables_say_the_same()
    {
        var columns = await fixture.ListAsync<Column>("""
            select c.table_name, c.column_name, c.data_type, c.is_nullable = 'YES' as nullable, coalesce(c.collation_name, '') as collation
              from information_schema.columns c join kombo.schema_models m on m.name = c.table_name
             where c.table_schema = 'kombo'
            """);

        var tables = columns.ToLookup(column => column.TableName);
        tables.Select(table => table.Key).ShouldBe(ModelCatalog.Default.Models.Select(model => model.Name), ignoreOrder: true);
        foreach (var model in ModelCatalog.Default.Models)
        {
            var own = tables[model.Name].Where(column => !Bookkeeping.Contains(column.ColumnName)).ToDictionary(column => column.ColumnName);
            own.Keys.ShouldBe(model.Fields.Select(field => field.Name), ignoreOrder: true);
            foreach (var field in model.Fields)
            {
                own[field.Name].DataType.ShouldBe(DataType(field.Type), $"{model.Name}.{field.Name}");
                own[field.Name].Nullable.ShouldBe(field.Ref is null || field.Nullable, $"{model.Name}.{field.Name}");
                own[field.Name].Collation.ShouldBe(field.Ref is null ? "" : "C", $"{model.Name}.{field.Name}");
            }

            tables[model.Name].Count().ShouldBe(model.Fields.Length + Bookkeeping.Length);
        }
    }

    [RequiresFact(Need.Postgres)]
    public async Task Every_table_has_its_triggers_and_begins_its_keys_with_the_integration()
    {
        var triggers = await fixture.ListAsync<(string Table, long Count)>("""
            select c.relname, count(*) from pg_trigger t join pg_class c on c.oid = t.tgrelid
              join kombo.schema_models m on m.name = c.relname where not t.tgisinternal group by 1
            """);
        triggers.Count.ShouldBe(ModelCatalog.Default.Models.Length);
        triggers.ShouldAllBe(trigger => trigger.Count == 4);
        (await fixture.ListAsync<string>("""
            select indexdef from pg_indexes i join kombo.schema_models m on m.name = i.tablename
             where i.schemaname = 'kombo' and i.indexdef !~ '\(integration_id, '
            """)).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Every_field_is_watched_for_changes()
    {
        var definitions = (await fixture.ListAsync<(string Table, string Definition)>("""
            select c.relname, pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
             where t.tgname = 'stamp_update'
            """)).ToDictionary(row => row.Table, row => row.Definition);
        foreach (var model in ModelCatalog.Default.Models)
            foreach (var field in model.Fields)
                definitions[model.Name].Split('(', ')', ',', ' ').Select(word => word.Replace("\"", ""))
                    .ShouldContain($"old.{field.Name}", $"{model.Name}.{field.Name}");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Migrating_twice_and_in_parallel_is_migrating_once()
    {
        var connection = await fixture.CreateDatabaseAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(connection))));
        await MigrateAsync(connection);

        await using var database = new NpgsqlConnection(connection);
        await database.ExecuteAsync(EarlierCatalogSql);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => MigrateAsync(connection))));
        (await database.QuerySingleAsync<long>(ColumnSql, new { table = "hris_teams" })).ShouldBe(1);
        (await database.QueryAsync<int>("select version from kombo.schema_versions order by version"))
            .ShouldBe(MigrationScripts.Numbered.Select(script => script.Version));
        (await database.QuerySingleAsync<long>("select count(*) from kombo.installation")).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_schema_says_what_it_is_and_what_to_do()
    {
        var connection = await fixture.CreateDatabaseAsync();
        await using var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
        var missing = await database.CheckSchemaAsync(CancellationToken.None);
        missing.Status.ShouldBe(SchemaStatus.Missing);
        missing.Message.ShouldContain("has no schema kombo: run \"kombo-worker migrate\"");

        await database.MigrateAsync(CancellationToken.None);
        (await database.CheckSchemaAsync(CancellationToken.None)).ShouldSatisfyAllConditions(
            state => state.Status.ShouldBe(SchemaStatus.Ready), state => state.Usable.ShouldBeTrue());

        await using var hand = new NpgsqlConnection(connection);
        await hand.ExecuteAsync("insert into kombo.schema_versions (version, name, oldest_program) values (999, 'later', 1)");
        (await database.CheckSchemaAsync(CancellationToken.None)).ShouldSatisfyAllConditions(
            state => state.Status.ShouldBe(SchemaStatus.Ahead), state => state.Usable.ShouldBeTrue());
        await hand.ExecuteAsync("update kombo.schema_versions set oldest_program = 998 where version = 999");
        (await database.CheckSchemaAsync(CancellationToken.None)).ShouldSatisfyAllConditions(
            state => state.Status.ShouldBe(SchemaStatus.Ahead), state => state.Usable.ShouldBeFalse());

        await hand.ExecuteAsync("delete from kombo.schema_versions where version > 1");
        (await database.CheckSchemaAsync(CancellationToken.None)).Status.ShouldBe(SchemaStatus.Behind);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_field_that_a_later_catalog_has_becomes_a_column_with_its_trigger()
    {
        var connection = await fixture.CreateDatabaseAsync();
        await MigrateAsync(connection);
        await using var hand = new NpgsqlConnection(connection);
        // As an earlier catalog left it: without the column, and with a trigger that does not know it.
        await hand.ExecuteAsync(EarlierCatalogSql);
        await using var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
        (await database.CheckSchemaAsync(CancellationToken.None)).Status.ShouldBe(SchemaStatus.Behind);

        await MigrateAsync(connection);

        (await database.CheckSchemaAsync(CancellationToken.None)).Status.ShouldBe(SchemaStatus.Ready);
        await hand.ExecuteAsync("insert into kombo.hris_teams (integration_id, id, remote_id) values ('i', 't', 't')");
        var before = await hand.QuerySingleAsync<DateTime>("select changed_at from kombo.hris_teams");
        await hand.ExecuteAsync("update kombo.hris_teams set type = 'TEAM'");
        (await hand.QuerySingleAsync<DateTime>("select changed_at from kombo.hris_teams")).ShouldBeGreaterThan(before);
    }

    const string EarlierCatalogSql = """
        alter table kombo.hris_teams drop column type cascade;
        update kombo.schema_catalog set hash = 'earlier';
        """;

    const string ColumnSql = """
        select count(*) from information_schema.columns where table_schema = 'kombo' and table_name = @table and column_name = 'type'
        """;

    [RequiresFact(Need.Postgres)]
    public async Task A_table_that_lacks_nothing_is_not_touched_whoever_uses_it()
    {
        var connection = await fixture.CreateDatabaseAsync();
        await MigrateAsync(connection);
        await using var hand = new NpgsqlConnection(connection);
        await hand.ExecuteAsync(EarlierCatalogSql);
        await using var user = await UsingAsync(connection, "hris_employees", "access exclusive");

        await NewMigrator(connection, attempts: 1).MigrateAsync(CancellationToken.None);

        (await hand.QuerySingleAsync<long>(ColumnSql, new { table = "hris_teams" })).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_table_that_somebody_reads_for_too_long_is_named_with_the_reader_and_the_others_are_done()
    {
        var connection = await fixture.CreateDatabaseAsync();
        await MigrateAsync(connection);
        await using var hand = new NpgsqlConnection(connection);
        await hand.ExecuteAsync("alter table kombo.hris_locations drop column type cascade;" + EarlierCatalogSql);
        var order = ModelCatalog.Default.Models.Select(model => model.Name).ToList();
        string[] tables = order.IndexOf("hris_teams") < order.IndexOf("hris_locations") ? ["hris_teams", "hris_locations"] : ["hris_locations", "hris_teams"];
        await using (var reader = await UsingAsync(connection, tables[1], "access share"))
        {
            var blocked = await Should.ThrowAsync<MigrationBlockedException>(
                () => NewMigrator(connection, attempts: 3).MigrateAsync(CancellationToken.None));

            blocked.Message.ShouldContain($"table kombo.{tables[1]} could not be changed");
            blocked.Message.ShouldContain("at each of 3 attempts");
            blocked.Message.ShouldContain($"process {reader.ProcessID} (reporting, idle in transaction)");
            (await hand.QuerySingleAsync<long>($"set lock_timeout = '5s'; select count(*) from kombo.{tables[1]}")).ShouldBe(0, "nobody waits behind it");
            (await hand.QuerySingleAsync<long>(ColumnSql, new { table = tables[0] })).ShouldBe(1, "what is done stays");
            await using var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
            (await database.CheckSchemaAsync(CancellationToken.None)).Usable.ShouldBeFalse();
        }

        await MigrateAsync(connection);
        (await hand.QuerySingleAsync<long>(ColumnSql, new { table = tables[1] })).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_migration_that_was_in_the_way_comes_back_when_the_table_is_free()
    {
        var connection = await fixture.CreateDatabaseAsync();
        await MigrateAsync(connection);
        await using var hand = new NpgsqlConnection(connection);
        await hand.ExecuteAsync(EarlierCatalogSql);
        var clock = new ManualClock();
        Task migrating;
        await using (await UsingAsync(connection, "hris_teams", "access share"))
        {
            migrating = NewMigrator(connection, attempts: 2, clock).MigrateAsync(CancellationToken.None);
            await Eventually.BecomesAsync(() => clock.PendingTimers == 1, TimeSpan.FromSeconds(30));
        }

        clock.Advance(TimeSpan.FromMinutes(1));
        await migrating.WaitAsync(TimeSpan.FromSeconds(30));
        (await hand.QuerySingleAsync<long>(ColumnSql, new { table = "hris_teams" })).ShouldBe(1);
    }

    SchemaMigrator NewMigrator(string connection, int attempts, TimeProvider? clock = null)
    {
        var source = NpgsqlDataSource.Create(connection);
        sources.Add(source);
        return new(
            new TransactionRunner(source, TimeProvider.System, NullLogger.Instance, DatabasePatience.None), ModelCatalog.Default,
            MigrationScripts.Numbered, NullLogger<SchemaMigrator>.Instance)
        {
            Patience = new(TimeSpan.FromMilliseconds(200), attempts, clock is null ? TimeSpan.FromMilliseconds(1) : TimeSpan.FromMinutes(1))
            {
                Clock = clock ?? TimeProvider.System,
            },
        };
    }

    public async Task DisposeAsync()
    {
        foreach (var source in sources)
            await source.DisposeAsync();
    }

    public Task InitializeAsync() => Task.CompletedTask;

    // Until it is disposed.
    static async Task<NpgsqlConnection> UsingAsync(string connection, string table, string mode)
    {
        var user = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(connection) { ApplicationName = "reporting", Pooling = false }.ConnectionString);
        await user.OpenAsync();
        await user.ExecuteAsync($"begin; lock table kombo.{table} in {mode} mode");
        return user;
    }

    static async Task MigrateAsync(string connection)
    {
        await using var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
        await database.MigrateAsync(CancellationToken.None);
    }

    static string DataType(FieldType type) => type switch
    {
        FieldType.Text or FieldType.Enum => "text",
        FieldType.Number => "numeric",
        FieldType.Integer => "bigint",
        FieldType.Boolean => "boolean",
        FieldType.DateTime => "timestamp with time zone",
        FieldType.Date => "date",
        FieldType.Time => "time without time zone",
        FieldType.Json => "jsonb",
        _ => throw new InvalidOperationException($"{type} is not known"),
    };

    sealed record Column(string TableName, string ColumnName, string DataType, bool Nullable, string Collation);
}
