using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests.Purging;

/// <summary>What is old goes, and readers keep what they need.</summary>
public sealed class RetentionTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Deleted_records_lose_their_values_after_their_days_and_keep_their_keys_and_changed_at()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(3));
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(1));
        await one.DeletedAgoAsync("e0002", days: 15);
        await one.DeletedAgoAsync("e0003", days: 13);
        var before = await one.Here.StoredAsync(Rows.Employees);

        var end = await one.PurgeAsync(Everything);

        end.Counts.ShouldNotBeNull().Anonymized.ShouldBe(1);
        var after = await one.Here.StoredAsync(Rows.Employees);
        after[0].ShouldBe(before[0], "it lives");
        after[2].ShouldBe(before[2], "it was deleted lately");
        after[1].ShouldBe(before[1] with { ContentHash = null, RemoteData = null, RemoteDataHash = null, Version = after[1].Version });
        (await one.FindAsync("canary-2@"))
            .ShouldBeEmpty();
        (await one.PurgeAsync(Everything)).Counts.ShouldNotBeNull().Anonymized.ShouldBe(0, "it is done");
    }

    [RequiresFact(Need.Postgres)]
    public async Task References_that_a_record_cannot_be_without_stay()
    {
        var one = new PurgeScenario(fixture);
        var link = new Row("m1", ("employee_id", one.Here.Id("e0001")), ("team_id", one.Here.Id("t1", "hris_teams")));
        await one.Here.SyncAsync(Rows.Memberships, link);
        await fixture.ExecuteAsync(
            "update kombo.hris_join_employees_teams set remote_deleted_at = '2020-01-01' where integration_id = @IntegrationId",
            new { one.Here.IntegrationId });

        (await one.PurgeAsync(Everything)).Result.ShouldBe("Succeeded");

        (await fixture.QueryAsync<string>(
            "select employee_id from kombo.hris_join_employees_teams where integration_id = @IntegrationId",
            new { one.Here.IntegrationId })).ShouldBe(one.Here.Id("e0001"));
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_reappears_is_filled_again_and_has_changed()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(2));
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(1));
        await one.DeletedAgoAsync("e0002", days: 15);
        await one.PurgeAsync(Everything);
        var before = await one.Here.NowAsync();

        var end = await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(2));

        end.Counts.ShouldNotBeNull().Undeleted.ShouldBe(1);
        (await one.FindAsync("canary-2@"))["hris_employees"].ShouldBe(1);
        (await one.Here.StoredAsync(Rows.Employees, "e0002")).ChangedAt.ShouldBeGreaterThan(before);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Old_bookkeeping_is_pruned_by_its_bounds()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));
        await fixture.ExecuteAsync("""
            insert into kombo.sync_runs (run_id, integration_id, type, trigger, namespace, name, uid, scope, started_at, attempted_at, finished_at, result)
            select @id || '-' || days, @id, 'full', 'Schedule', 'hr', 'acme', 'u', '', now() - make_interval(days => days),
                   now(), case when days < 99 then now() - make_interval(days => days) end, case when days < 99 then 'Succeeded' end
              from unnest(array[59, 61, 62, 99]) as d (days);
            insert into kombo.held_deletions (integration_id, model, run_id, sweep_id, candidates, live, came_empty, sample)
            values (@id, 'hris_teams', @id || '-62', 's', 1, 1, false, '{}');
            insert into kombo.record_errors (run_id, integration_id, model, remote_id, path, reason, recorded_at)
            select 'r', @id, 'hris_employees', days::text, 'hris_employees.first_name', 'x', now() - make_interval(days => days) from unnest(array[29, 31]) as d (days);
            insert into kombo.parent_touches (integration_id, model, id, changed_at)
            select @id, 'hris_employees', days::text, now() - make_interval(days => days) from unnest(array[59, 61]) as d (days);
            insert into kombo.webhook_outbox (integration_id, kind, payload, created_at, dispatched_at)
            select @id, 'test-' || days || '-' || coalesce(sent, 0), '{}', now() - make_interval(days => days), now() - make_interval(days => sent)
              from (values (40, 8), (40, 6), (31, null), (29, null)) as d (days, sent);
            insert into kombo.sync_requests (integration_id, type, requested_at, handled_at)
            select @id, 'full', now(), now() - make_interval(days => days) from unnest(array[59, 61]) as d (days);
            """, new { id = one.Here.IntegrationId });

        var end = await one.PurgeAsync(Everything);

        end.Counts.ShouldNotBeNull().Pruned.ShouldBe(6);
        async Task<string> Left(string sql) => await fixture.QueryAsync<string>(
            sql + " where integration_id = @IntegrationId", new { one.Here.IntegrationId });
        (await Left("select string_agg(reverse(split_part(reverse(run_id), '-', 1)), ' ' order by run_id) filter (where run_id like '%-__') from kombo.sync_runs"))
            .ShouldBe("59 62 99", "deletions are held in one, and one has not ended");
        (await Left("select string_agg(remote_id, ' ') from kombo.record_errors")).ShouldBe("29");
        (await Left("select string_agg(id, ' ') from kombo.parent_touches")).ShouldBe("59");
        (await Left("select string_agg(kind, ' ' order by kind) filter (where kind like 'test%') from kombo.webhook_outbox")).ShouldBe("test-29-0 test-40-6");
        (await Left("select count(*)::text from kombo.sync_requests")).ShouldBe("1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_full_sync_noted_is_pruned_once_no_lease_names_it_whosoever_it_was()
    {
        var (one, other) = (new PurgeScenario(fixture), new PurgeScenario(fixture));
        await one.Here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        await using var open = await other.Here.StartAsync();
        await other.Here.WriteAsync(open, Rows.Employees, Rows.EmployeeRange(1, 3));
        await fixture.ExecuteAsync("""
            insert into kombo.sync_seen (sweep_id, model, sighting, requested_at, ids)
            values ('nobodys/1', '', false, now(), '{}'), ('nobodys/1', 'hris_employees', false, now(), '{a,b}');
            insert into kombo.sync_candidates (sweep_id, model, id) values ('nobodys/1', 'hris_employees', 'a');
            """);

        (await one.PurgeAsync(Everything)).Counts.ShouldNotBeNull().Pruned.ShouldBe(3);

        (await fixture.QueryAsync<long>("select count(*) from kombo.sync_seen where sweep_id = 'nobodys/1'")).ShouldBe(0);
        (await other.Here.FinishAsync(open, Rows.Employees)).Result.ShouldBe("Succeeded", "its seen set is still there");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Each_bound_is_the_one_that_was_given()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(2));
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(1));
        await one.DeletedAgoAsync("e0002", days: 4);

        (await one.PurgeAsync(Everything with { Retention = new() { DeletedRecords = 5 } })).Counts!.Anonymized.ShouldBe(0);
        (await one.PurgeAsync(Everything with { Retention = new() { DeletedRecords = 3 } })).Counts!.Anonymized.ShouldBe(1);
    }

    static Storage.Purging.PurgeOrder Everything => PurgeScenario.Order(scope: null) with { Scope = null };
}
