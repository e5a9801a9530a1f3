using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Storage.Tests;

/// <summary>Values that Postgres refuses. Who refuses is undone at the end of each test, as the tables are shared.</summary>
public sealed class RefusedRecordTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    const string Canary = "c4nary";

    [RequiresTheory(Need.Postgres)]
    [InlineData(7)]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(3, 4, 21, 39)]
    public async Task They_are_record_errors_and_the_rest_of_the_page_arrives(params int[] refused)
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await fixture.ExecuteAsync($"alter table kombo.hris_employees add constraint no_canary check (first_name <> '{Canary}') not valid");

        var counts = await here.WriteAsync(run, Rows.Employees,
            [.. Enumerable.Range(1, 40).Select(number => Rows.Employee(number, refused.Contains(number) ? Canary : $"name {number}"))]);

        await fixture.ExecuteAsync("alter table kombo.hris_employees drop constraint no_canary");
        counts.ShouldBe(new RunCounts { Read = 40, New = 40 - refused.Length, Errors = refused.Length });
        (await here.StoredAsync(Rows.Employees)).Length.ShouldBe(40 - refused.Length);
        (await fixture.ListAsync<string>(
            "select remote_id || ' at ' || path || ' ' || reason from kombo.record_errors where run_id = @RunId order by 1", new { run.RunId }))
            .ShouldBe(refused.Select(number =>
                $"e{number:0000} at hris_employees was refused by the database (SQLSTATE 23514, constraint no_canary)"));
        run.Stream("hris_employees").State.ShouldBe(Storage.Runs.StreamProgress.Complete);
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_row_that_was_there_stays_as_it_was_and_is_not_taken_for_deleted()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        var before = await here.StoredAsync(Rows.Employees);
        await fixture.ExecuteAsync($"alter table kombo.hris_employees add constraint no_canary check (first_name <> '{Canary}') not valid");

        var run = await here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"), Rows.Employee(2, Canary), Rows.Employee(3, "name 3"));

        await fixture.ExecuteAsync("alter table kombo.hris_employees drop constraint no_canary");
        (run.Result, run.Counts).ShouldBe(("Succeeded", new RunCounts { Read = 3, Changed = 1, Unchanged = 1, Errors = 1 }));
        (await here.StoredAsync(Rows.Employees)).Skip(1).ShouldBe(before.Skip(1));
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData("create index refusing on kombo.hris_teams (name)", "54000")]
    [InlineData("create unique index refusing on kombo.hris_teams (integration_id, name)", "23505")]
    [InlineData("create index refusing on kombo.hris_teams ((1 / (length(name) - 9000)))", "22012")]
    public async Task An_index_of_somebody_else_refuses_no_more_than_its_records(string index, string state)
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await fixture.ExecuteAsync(index);
        var name = state == "23505" ? "t1" : Incompressible(9000);

        await here.WriteAsync(run, Rows.Teams, [Team("t1"), Team("t2")], page => page with { IsLast = false, NextPageToken = "2" });
        var counts = await here.WriteAsync(run, Rows.Teams, Team("t3"), new Row("t4", ("name", name)), Team("t5"));

        await fixture.ExecuteAsync("drop index kombo.refusing");
        counts.ShouldBe(new RunCounts { Read = 3, New = 2, Errors = 1 });
        (await fixture.QueryAsync<string>("select remote_id || ': ' || reason from kombo.record_errors where run_id = @RunId", new { run.RunId }))
            .ShouldStartWith($"t4: was refused by the database (SQLSTATE {state}");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Of_several_models_and_when_the_transaction_ends_too()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await fixture.ExecuteAsync(RefuseAtTheEnd);
        using var employees = Rows.Batch(here.IntegrationId, Rows.Employees, [.. Rows.EmployeeRange(1, 5), Rows.Employee(6, Canary)]);
        using var teams = Rows.Batch(here.IntegrationId, Rows.Teams, Team("t1"), Team("t2"));

        var counts = await here.WriteAsync(run, await here.PageAsync(Rows.Employees, employees, teams));

        await fixture.ExecuteAsync("drop trigger refuse_at_the_end on kombo.hris_employees");
        counts.ShouldBe(new RunCounts { Read = 8, New = 7, Errors = 1 });
        (await here.StoredAsync(Rows.Teams)).Length.ShouldBe(2);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_is_no_records_fault_ends_the_write_as_a_whole()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        await fixture.ExecuteAsync("alter table kombo.sync_checkpoints add constraint refused check (page_token <> 'this one') not valid");

        var refusal = await Should.ThrowAsync<PostgresException>(() => here.WriteAsync(
            run, Rows.Employees, Rows.EmployeeRange(1, 3), page => page with { IsLast = false, NextPageToken = "this one" }));

        await fixture.ExecuteAsync("alter table kombo.sync_checkpoints drop constraint refused");
        refusal.SqlState.ShouldBe("23514");
        (await here.StoredAsync(Rows.Employees)).ShouldBeEmpty();
    }

    static Row Team(string id) => new(id, ("name", id));

    static string Incompressible(int length)
    {
        var random = new Random(1);
        return string.Concat(Enumerable.Range(0, length).Select(_ => (char)random.Next('0', 'z')));
    }

    const string RefuseAtTheEnd = $$"""
        create or replace function kombo.refuse_at_the_end() returns trigger language plpgsql as $$
        begin
            if new.first_name = '{{Canary}}' then
                raise exception 'not %', new.first_name using errcode = '23514';
            end if;
            return null;
        end $$;
        create constraint trigger refuse_at_the_end after insert or update on kombo.hris_employees
            deferrable initially deferred for each row execute function kombo.refuse_at_the_end();
        """;
}
