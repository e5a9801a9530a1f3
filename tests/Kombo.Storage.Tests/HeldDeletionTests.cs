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
