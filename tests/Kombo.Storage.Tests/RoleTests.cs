using Dapper;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Registry;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Kombo.Storage.Tests;

/// <summary>Each role, by a user who is nothing else: it can do its work, and no more.</summary>
public sealed class RoleTests(StorageFixture fixture) : IClassFixture<StorageFixture>, IAsyncLifetime
{
    readonly Dictionary<string, string> users = [];

    public async Task InitializeAsync()
    {
        foreach (var role in (string[])["kombo_writer", "kombo_api", "kombo_reader", "kombo_registry"])
        {
            users[role] = $"test_{Guid.NewGuid():N}";
            await fixture.ExecuteAsync($"create role {users[role]} login password 'test' in role {role}");
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var user in users.Values)
            await fixture.ExecuteAsync($"drop role {user}");
    }

    // As table: privileges; "mirror" stands for all tables of models.
    const string MayReader = "mirror: select";

    const string MayApi = """
        changed_models: select
        installation: select
        integrations: select, update (paused_by_api, last_upstream_event_at)
        mirror: select
        parent_touches: select
        reference_issues: select
        schema_catalog: select
        schema_versions: select
        sync_requests: select, insert, update
        sync_runs: select
        upstream_events: select (id, integration_id, event_id), insert (integration_id, event_id, model, remote_id, occurred_at)
        webhook_outbox: select, insert, update, delete
        """;

    const string MayRegistry = """
        changed_models: select
        held_deletions: select
        installation: select
        integrations: select, insert, update, delete
        schema_catalog: select
        schema_versions: select
        sync_leases: select, update
        sync_requests: select, update
        sync_runs: select, update
        sync_ticks: select, update
        upstream_events: select (id, integration_id, received_at, due_at, closed_at)
        webhook_outbox: select (id), insert
        """;

    const string MayWriter = """
        changed_models: select, insert, update, delete
        held_deletion_ids: select, insert, update, delete
        held_deletions: select, insert, update, delete
        installation: select
        integrations: select, update (end_user_organization_name, end_user_origin_id, end_user_creator_email, purged_at)
        mirror: select, insert, update, delete
        missed_records: select, insert, update, delete
        parent_touches: select, insert, update, delete
        rate_askers: select, insert, update, delete
        rate_budgets: select, insert, update, delete
        record_errors: select, insert, update, delete
        reference_issues: select, insert, update, delete
        schema_catalog: select
        schema_versions: select
        scope_fences: select, insert, update, delete
        sync_candidates: select, insert, update, delete
        sync_checkpoints: select, insert, update, delete
        sync_leases: select, insert, update, delete
        sync_requests: select, insert (integration_id, type, requested_by), delete
        sync_runs: select, insert, update, delete
        sync_seen: select, insert, update, delete
        sync_ticks: select, insert, update, delete
        sync_watermarks: select, insert, update, delete
        upstream_events: select, update, delete
        webhook_outbox: select, insert, delete
        """;

    [RequiresTheory(Need.Postgres)]
    [InlineData("kombo_reader", MayReader)]
    [InlineData("kombo_api", MayApi)]
    [InlineData("kombo_registry", MayRegistry)]
    [InlineData("kombo_writer", MayWriter)]
    public async Task A_role_may_do_this_and_no_more(string role, string expected)
    {
        // Something that an earlier version gave too much is taken back by the next migration.
        await fixture.ExecuteAsync($"grant truncate, delete on kombo.hris_employees, kombo.sync_runs to {role}");
        await fixture.Database.MigrateAsync(CancellationToken.None);

        string.Join('\n', await fixture.ListAsync<string>(PrivilegesSql, new { user = users[role] })).ShouldBe(expected);
    }

    const string PrivilegesSql = """
        with privileges as (
            select case when m.name is null then c.relname else 'mirror' end as relation, c.relname, p.place,
                   case when has_table_privilege(@user, c.oid, p.name) then p.name
                        else p.name || ' (' || (
                            select string_agg(a.attname, ', ' order by a.attnum) from pg_attribute a
                             where a.attrelid = c.oid and a.attnum > 0 and p.name in ('select', 'insert', 'update')
                               and has_column_privilege(@user, c.oid, a.attnum, p.name)) || ')' end as privilege
              from pg_class c
              left join kombo.schema_models m on m.name = c.relname
             cross join unnest(array['select', 'insert', 'update', 'delete', 'truncate', 'references', 'trigger'])
                        with ordinality as p (name, place)
             where c.relnamespace = 'kombo'::regnamespace and c.relkind = 'r'
               and (has_table_privilege(@user, c.oid, p.name)
                    or (p.name in ('select', 'insert', 'update') and has_any_column_privilege(@user, c.oid, p.name)))
        ), tables as (
            select relation, relname, string_agg(privilege, ', ' order by place) as all_of_it
              from privileges
             group by relation, relname
        )
        select distinct relation || ': ' || all_of_it from tables order by 1
        """;

    [RequiresFact(Need.Postgres)]
    public async Task A_worker_does_whole_runs_as_writer()
    {
        await using var database = Open("kombo_writer");
        var here = fixture.NewScenario();
        var worker = new Scenario(fixture, here.IntegrationId) { Database = database };
        (await database.CheckSchemaAsync(CancellationToken.None)).Usable.ShouldBeTrue();

        (await worker.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3))).Result.ShouldBe("Succeeded");
        (await worker.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"), Rows.Employee(2, "name 2"))).Counts
            .ShouldNotBeNull().ShouldSatisfyAllConditions(counts => counts.Changed.ShouldBe(1), counts => counts.Deleted.ShouldBe(1));
        (await worker.SyncAsync(Rows.Teams)).Result.ShouldBe("Succeeded");
        await using var open = await worker.StartAsync();
        await worker.WriteAsync(open, Rows.Employees, [], page => page with { Errors = [new("hris_employees", "e9", "x", "y")] });
        await database.Finisher.ReleaseAsync(open, CancellationToken.None);

        await RefusedAsync("kombo_writer", "update kombo.integrations set state = 'INACTIVE'");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_operator_keeps_its_rows_as_registry_and_sees_no_record()
    {
        await using var database = Open("kombo_registry");
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        var row = new IntegrationRow
        {
            IntegrationId = here.IntegrationId,
            Namespace = "hr",
            Name = "acme",
            Uid = "1",
            Connector = "sandbox",
            State = "ACTIVE",
        };

        (await database.CheckSchemaAsync(CancellationToken.None)).Usable.ShouldBeTrue();
        (await database.Registry.InstallationIdAsync(CancellationToken.None)).ShouldNotBeEmpty();
        (await database.Registry.UpsertAsync(row, CancellationToken.None)).Written.ShouldBeTrue();
        (await database.Registry.UpsertAsync(row with { State = "INVALID" }, CancellationToken.None)).Written.ShouldBeTrue();
        (await database.Registry.FindAsync(here.IntegrationId, CancellationToken.None))!.State.ShouldBe("INVALID");
        (await database.Registry.LastUpstreamEventAtAsync(here.IntegrationId, CancellationToken.None)).ShouldBeNull();
        (await database.Registry.LastRunsAsync(here.IntegrationId, 5, CancellationToken.None)).ShouldHaveSingleItem();
        (await database.Registry.CloseRunAsync(
            new Decision.CloseRunRow(run.RunId, RunResult.Lost, Reasons.Lost, "gone"), CancellationToken.None)).ShouldBeTrue();
        (await database.Registry.FindRunsAsync([run.RunId], CancellationToken.None))[run.RunId].Result.ShouldBe("Lost");

        await RefusedAsync("kombo_registry", "select 1 from kombo.hris_employees");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_reader_reads_the_mirror_and_nothing_beside_it()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));

        (await AsAsync("kombo_reader", $"select count(*) from kombo.hris_employees where integration_id = '{here.IntegrationId}'")).ShouldBe(2);

        await RefusedAsync("kombo_reader", "select 1 from kombo.integrations");
        await RefusedAsync("kombo_reader", "update kombo.hris_employees set first_name = 'x'");
        await RefusedAsync("kombo_reader", "select kombo.take_tick('x')");
        await RefusedAsync("kombo_reader", "create table kombo.mine (x int)");
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_API_reads_the_mirror_and_writes_its_requests()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));

        (await AsAsync("kombo_api", $"select count(*) from kombo.hris_employees where integration_id = '{here.IntegrationId}'")).ShouldBe(2);
        (await AsAsync("kombo_api", """
            insert into kombo.sync_requests (integration_id, type, token) values ('x', 'full', 'token-of-the-api') returning 1
            """)).ShouldBe(1);
        await AsAsync("kombo_api", "update kombo.integrations set paused_by_api = true where false; select 1");

        await RefusedAsync("kombo_api", "update kombo.integrations set state = 'INACTIVE'");
        await RefusedAsync("kombo_api", "update kombo.hris_employees set first_name = 'x'");
        await RefusedAsync("kombo_api", "select 1 from kombo.sync_checkpoints");
        await RefusedAsync("kombo_api", "update kombo.sync_leases set owner = null");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_event_goes_from_the_API_by_the_operator_to_the_worker_with_their_own_rights()
    {
        await using var api = Open("kombo_api");
        await using var registry = Open("kombo_registry");
        await using var writer = Open("kombo_writer");
        var here = fixture.NewScenario();
        await fixture.RegisterAsync(here.IntegrationId);
        var worker = new Scenario(fixture, here.IntegrationId) { Database = writer };

        (await api.Events.ReceiveAsync(
            here.IntegrationId, [new("1", "hris_employees", "e1", null)], CancellationToken.None)).ShouldBe(new(true, 1));
        (await registry.Events.WaitingAsync(CancellationToken.None)).ShouldContain(one => one.IntegrationId == here.IntegrationId);
        await using var run = await worker.StartAsync(SyncType.Webhook);
        var taken = (await writer.PendingEvents.TakeAsync(run, 10, await worker.NowAsync(), CancellationToken.None)).ShouldHaveSingleItem();
        await writer.PendingEvents.SettleAsync(
            run, [new(taken.Ids, new(EventFate.Done, EventReasons.DeltaRequested))], CancellationToken.None);
        (await writer.Finisher.EndWebhookAsync(run, null, doubt: false, CancellationToken.None)).Result.ShouldBe("Succeeded");
        (await registry.Requests.ListAsync(CancellationToken.None)).Requests
            .ShouldContain(request => request.IntegrationId == here.IntegrationId && request.Type == "delta");

        await RefusedAsync("kombo_registry", "select count(remote_id) from kombo.upstream_events");
        await RefusedAsync("kombo_api", "select count(remote_id) from kombo.upstream_events");
        await RefusedAsync("kombo_api", "update kombo.upstream_events set state = 'done'");
    }

    KomboDatabase Open(string role) => KomboDatabase.Open(ConnectionOf(role), NullLoggerFactory.Instance);

    string ConnectionOf(string role) => new NpgsqlConnectionStringBuilder(fixture.ConnectionString)
    {
        Username = users[role],
        Password = "test",
        Pooling = false,
    }.ConnectionString;

    async Task<long> AsAsync(string role, string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionOf(role));
        return await connection.ExecuteScalarAsync<long>(sql);
    }

    async Task RefusedAsync(string role, string sql) =>
        (await Should.ThrowAsync<PostgresException>(AsAsync(role, sql))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege, sql);
}
