using Kombo.Core.Resources;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>The deletion guard where paging may pass over a record: it judges what would be deleted, not what was missed once.</summary>
public sealed class MissedGuardTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task The_guard_judges_and_releases_what_would_be_deleted()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(100);
        (await here.SyncUnstablyAsync(60)).Reason.ShouldBe(Reasons.Succeeded, "nothing would be deleted yet");

        var held = await here.SyncUnstablyAsync(50);

        held.Reason.ShouldBe(Reasons.DeletionsHeld);
        held.Counts!.Held.ShouldBe(40);
        held.Message.ShouldBe($"""
            hris_employees: 40 of 100 live records did not come. They are held until the annotation
             kombo.dev/confirmDeletions={held.RunId} releases them. hris_employees: 10 of its records did not come.
             Its paging may pass over a record, so they are marked deleted if the next full sync misses them too
            """.ReplaceLineEndings(""));
        await using var confirmed = await here.StartAsync(here.Request() with { ConfirmedRunId = held.RunId });
        await here.WriteAsync(confirmed, Rows.Employees, Rows.EmployeeRange(1, 50)); // ten more are missed twice: not released
        var progress = await here.FinishUnstablyAsync(confirmed);
        progress.Counts!.Deleted.ShouldBe(40);
        progress.Reason.ShouldBe(Reasons.Succeeded);
        (await here.SyncUnstablyAsync(50)).Counts!.Deleted.ShouldBe(10);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_second_run_confirms_what_the_first_one_held()
    {
        var here = new Scenario(fixture, "sandbox:missed-second-run") { Guard = new DeletionGuardSpec(10, 1, ConfirmBySecondRun: true) };
        await here.SyncUnstablyAsync(10);
        (await here.SyncUnstablyAsync(5)).Counts!.Held.ShouldBe(0);
        (await here.SyncUnstablyAsync(5)).Counts!.Held.ShouldBe(5);
        (await here.SyncUnstablyAsync(4)).Counts!.Deleted.ShouldBe(5);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_that_came_back_empty_is_held_at_the_second_time()
    {
        var here = fixture.NewScenario();
        await here.SyncUnstablyAsync(2);
        (await here.SyncUnstablyAsync(0)).Counts!.Held.ShouldBe(0);

        (await here.SyncUnstablyAsync(0)).Counts!.Held.ShouldBe(2);
    }

    [RequiresFact(Need.Postgres)]
    public async Task More_misses_than_a_transaction_takes_are_noted_and_marked_all()
    {
        var here = new Scenario(fixture, "sandbox:many-misses") { Guard = new DeletionGuardSpec(100, null, null) };
        await here.SyncUnstablyAsync(5000);
        (await here.SyncUnstablyAsync(1)).Message!.ShouldStartWith("hris_employees: 4999 of its records did not come.");
        (await MissedAsync(here)).ShouldBe(4999);

        (await here.SyncUnstablyAsync(1)).Counts!.Deleted.ShouldBe(4999);
        (await MissedAsync(here)).ShouldBe(0);
    }

    Task<long> MissedAsync(Scenario here) => fixture.QueryAsync<long>(
        "select count(*) from kombo.missed_records where integration_id = @IntegrationId", new { here.IntegrationId });
}
