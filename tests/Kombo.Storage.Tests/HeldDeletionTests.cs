using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Storage.Tests;

/// <summary>What is held, and what releases it, where a worker dies in the finish phase.</summary>
public sealed class HeldDeletionTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Another_attempt_or_a_run_that_goes_on_with_the_same_pass_is_no_second_look()
    {
        var here = new Scenario(fixture, "sandbox:no-second-look") { Guard = new(10, 1, ConfirmBySecondRun: true) };
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 10));
        var request = here.Request();
        await using (var first = await here.StartAsync(request))
        {
            await here.WriteAsync(first, Rows.Employees, Rows.EmployeeRange(1, 5));
            await Should.ThrowAsync<InvalidOperationException>(() => DieAfterHoldingAsync(first));
            await fixture.Database.Finisher.ReleaseAsync(first, CancellationToken.None);
        }

        await using (var second = await here.StartAsync(request))
        {
            await Should.ThrowAsync<InvalidOperationException>(() => DieAfterHoldingAsync(second));
            await fixture.Database.Finisher.ReleaseAsync(second, CancellationToken.None);
        }

        await using var heir = await here.StartAsync();
        (await here.FinishAsync(heir, Rows.Employees)).Counts!.Held.ShouldBe(5);
        (await here.StoredAsync(Rows.Employees)).ShouldAllBe(row => row.RemoteDeletedAt == null);
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 5))).Counts!.Deleted.ShouldBe(5, "it has looked again");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_release_that_is_cut_short_holds_for_the_next_attempt()
    {
        var here = new Scenario(fixture, "sandbox:cut-short");
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 1300));
        var held = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 100));
        held.Counts!.Held.ShouldBe(1200);
        var request = here.Request() with { ConfirmedRunId = held.RunId };
        await using (var first = await here.StartAsync(request))
        {
            await here.WriteAsync(first, Rows.Employees, Rows.EmployeeRange(1, 100));
            await fixture.ExecuteAsync(RefuseTheLast);
            (await Should.ThrowAsync<PostgresException>(() => here.FinishAsync(first, Rows.Employees))).MessageText.ShouldBe("not this one");
            await fixture.ExecuteAsync("drop trigger refuse_the_last on kombo.hris_employees");
            await fixture.Database.Finisher.ReleaseAsync(first, CancellationToken.None);
        }

        (await here.StoredAsync(Rows.Employees)).Count(row => row.RemoteDeletedAt is not null).ShouldBe(1000, "the first page of them");
        await using var second = await here.StartAsync(request);
        var progress = await here.FinishAsync(second, Rows.Employees);

        progress.Reason.ShouldBe(Reasons.Succeeded);
        (progress.Counts!.Deleted, progress.Counts.Held).ShouldBe((1200, 0));
        (await fixture.QueryAsync<long>(
            "select count(*) from kombo.held_deletions where integration_id = @IntegrationId", new { here.IntegrationId })).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_confirmed_run_marks_only_what_was_held_also_where_the_guard_would_let_more_through()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 100));
        var held = await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 60));
        held.Counts!.Held.ShouldBe(40);

        await using (var confirmed = await here.StartAsync(here.Request() with { ConfirmedRunId = held.RunId }))
        {
            await here.WriteAsync(confirmed, Rows.Employees, Rows.EmployeeRange(11, 85)); // 5 of the held ones, 10 others
            (await here.FinishAsync(confirmed, Rows.Employees)).Counts!.Deleted.ShouldBe(5);
        }

        (await here.StoredAsync(Rows.Employees)).Where(row => row.RemoteDeletedAt is not null)
            .Select(row => row.RemoteId).ShouldBe(["e0096", "e0097", "e0098", "e0099", "e0100"]);
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(11, 85))).Counts!.Deleted.ShouldBe(10, "the next full sync judges them");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_confirmed_run_marks_nothing_in_models_of_which_nothing_was_held()
    {
        var here = fixture.NewScenario();
        await SyncBothAsync(here, employees: 100, teams: 4);
        var held = await SyncBothAsync(here, employees: 60, teams: 4);

        (await SyncBothAsync(here, employees: 60, teams: 2, held.RunId)).Counts!.Deleted.ShouldBe(40);

        (await here.StoredAsync(Rows.Teams)).ShouldAllBe(row => row.RemoteDeletedAt == null);
        (await SyncBothAsync(here, employees: 60, teams: 2)).Counts!.Deleted.ShouldBe(2, "the next full sync marks them");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_confirmed_run_holds_what_the_guard_holds_and_nobody_confirmed()
    {
        var here = fixture.NewScenario();
        await SyncBothAsync(here, employees: 100, teams: 100);
        var held = await SyncBothAsync(here, employees: 60, teams: 100);

        var run = await SyncBothAsync(here, employees: 60, teams: 50, held.RunId);

        (run.Counts!.Deleted, run.Counts.Held, run.Reason).ShouldBe((40, 50, Reasons.DeletionsHeld));
        (await SyncBothAsync(here, employees: 60, teams: 50, run.RunId)).Counts!.Deleted.ShouldBe(50);
    }

    static async Task<RunProgress> SyncBothAsync(Scenario here, int employees, int teams, string? confirmed = null)
    {
        await using var run = await here.StartAsync(here.Request() with { ConfirmedRunId = confirmed });
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, employees));
        await here.WriteAsync(run, Rows.Teams, [.. Enumerable.Range(1, teams).Select(number => new Row($"t{number:000}"))]);
        return await here.FinishAsync(run, Rows.Employees, Rows.Teams);
    }

    // They are marked in the order of their ids.
    const string RefuseTheLast = """
        create or replace function kombo.refuse_the_last() returns trigger language plpgsql as $$
        begin
            if new.id = (select max(id) from kombo.hris_employees
                          where integration_id = 'sandbox:cut-short' and remote_id > 'e0100') then
                raise exception 'not this one';
            end if;
            return new;
        end $$;
        create trigger refuse_the_last before update on kombo.hris_employees for each row
        when (new.integration_id = 'sandbox:cut-short') execute function kombo.refuse_the_last();
        """;

    Task<RunProgress> DieAfterHoldingAsync(RunHandle run) => fixture.Database.Finisher.FinishAsync(
        run,
        new FinishRequest { Streams = [new StreamModels("hris_employees", [Rows.Employees])] },
        phase =>
        {
            if (phase == RunPhase.Validating)
                throw new InvalidOperationException("dies here");
        },
        CancellationToken.None);
}
