using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Events;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>A webhook run beside a full sync, and records that are gone.</summary>
public sealed class WebhookWriteTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_full_does_not_delete_what_a_webhook_run_wrote_or_met_beside_it()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 4));
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        await here.WriteAsync(webhook, Rows.Employees, Rows.Employee(3, "name 3"), Rows.Employee(9, "new"));

        (await here.FinishAsync(full, Rows.Employees)).Counts!.Deleted.ShouldBe(1);

        (await here.StoredAsync(Rows.Employees)).Where(row => row.RemoteDeletedAt is null).Select(row => row.RemoteId)
            .ShouldBe(["e0001", "e0002", "e0003", "e0009"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_was_asked_for_later_wins_whichever_is_written_first()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "before"), Rows.Employee(2, "before"));
        await using var full = await here.StartAsync();
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        var (early, late) = (await here.NowAsync(), await here.NowAsync());

        await here.WriteAsync(webhook, Rows.Employees, [Rows.Employee(1, "webhook")], page => page with { RequestedAt = late });
        await here.WriteAsync(full, Rows.Employees, [Rows.Employee(1, "full"), Rows.Employee(2, "full")], page => page with { RequestedAt = early });
        await here.WriteAsync(full, Rows.Employees, [Rows.Employee(2, "full later")], page => page with { RequestedAt = late });
        await here.WriteAsync(webhook, Rows.Employees, [Rows.Employee(2, "webhook")], page => page with { RequestedAt = early });

        (await NamesAsync(here)).ShouldBe(["webhook", "full later"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_webhook_run_found_unchanged_is_not_overwritten_by_an_older_page_either()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.Employee(1, "before"));
        await using var full = await here.StartAsync();
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        var (early, late) = (await here.NowAsync(), await here.NowAsync());

        await here.WriteAsync(webhook, Rows.Employees, [Rows.Employee(1, "before")], page => page with { RequestedAt = late });
        await here.WriteAsync(full, Rows.Employees, [Rows.Employee(1, "for a moment")], page => page with { RequestedAt = early });

        (await NamesAsync(here)).ShouldBe(["before"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_is_gone_is_marked_and_an_older_page_does_not_bring_it_back()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var full = await here.StartAsync();
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        var (early, late) = (await here.NowAsync(), await here.NowAsync());

        (await GoneAsync(webhook, "e0001", late)).ShouldBe(RecordRemoval.Marked);
        (await GoneAsync(webhook, "e0001", late)).ShouldBe(RecordRemoval.NothingToMark);
        (await GoneAsync(webhook, "e0007", late)).ShouldBe(RecordRemoval.NothingToMark);
        await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(1, 2), page => page with { RequestedAt = early });

        (await here.StoredAsync(Rows.Employees)).Select(row => row.RemoteDeletedAt is null).ShouldBe([false, true]);
        (await fixture.Database.Finisher.EndWebhookAsync(webhook, null, doubt: false, CancellationToken.None))
            .Counts!.Deleted.ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_was_met_later_is_not_gone()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        await using var full = await here.StartAsync();
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        var (early, late) = (await here.NowAsync(), await here.NowAsync());
        await here.WriteAsync(
            full, Rows.Employees, [Rows.Employee(1, "name 1"), Rows.Employee(2, "changed")], page => page with { RequestedAt = late });

        (await GoneAsync(webhook, "e0001", early)).ShouldBe(RecordRemoval.NothingToMark, "it was sighted");
        (await GoneAsync(webhook, "e0002", early)).ShouldBe(RecordRemoval.NothingToMark, "it was written");
    }

    [RequiresFact(Need.Postgres)]
    public async Task More_that_are_gone_within_a_day_than_the_guard_allows_are_held()
    {
        var here = new Scenario(fixture, fixture.NewScenario().IntegrationId) { Guard = new DeletionGuardSpec(30, 3, null) };
        var events = await Support.Events.OfAsync(fixture, here);
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 6));

        await events.TellAsync("e0001", "e0002", "e0003", "e0004");

        await using (var webhook = await here.StartAsync(SyncType.Webhook))
        {
            var removals = new List<RecordRemoval>();
            foreach (var taken in await events.TakeAsync(webhook))
                removals.Add(await GoneAsync(webhook, taken, await here.NowAsync()));
            removals.ShouldBe([RecordRemoval.Marked, RecordRemoval.Marked, RecordRemoval.Held, RecordRemoval.Held]);
            (await events.StatesAsync()).ShouldBe(
                ["done 1 Gone", "done 1 Gone", "taken 1", "taken 1"], "each is counted at once, whatever becomes of the run");
            await fixture.Database.Finisher.ReleaseAsync(webhook, CancellationToken.None);
        }

        await using var next = await here.StartAsync(SyncType.Webhook);
        (await GoneAsync(next, (await events.TakeAsync(next))[0], await here.NowAsync())).ShouldBe(RecordRemoval.Held);
    }

    [RequiresFact(Need.Postgres)]
    public async Task References_of_the_first_full_sync_are_not_looked_at_before_it_ends()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        await here.WriteAsync(full, Rows.Employees, new Row("e1", ("manager_id", here.Id("boss"))), new Row("e2", ("manager_id", here.Id("nobody"))));
        var before = await here.StoredAsync(Rows.Employees, "e1");
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        await here.WriteAsync(webhook, Rows.Employees, new Row("e3"));

        await fixture.Database.Finisher.EndWebhookAsync(webhook, null, doubt: false, CancellationToken.None);
        (await IssuesAsync(here)).ShouldBe(0);
        await here.WriteAsync(full, Rows.Employees, new Row("boss"));
        await here.FinishAsync(full, Rows.Employees);

        (await IssuesAsync(here)).ShouldBe(1, "that of e2");
        (await here.StoredAsync(Rows.Employees, "e1")).ChangedAt.ShouldBe(before.ChangedAt, "its reference was never found dangling");
    }

    [RequiresFact(Need.Postgres)]
    public async Task References_of_what_a_webhook_run_brings_are_looked_at_when_it_ends()
    {
        var here = fixture.NewScenario();
        await here.SyncAsync(Rows.Employees, new Row("e1", ("manager_id", here.Id("boss"))));
        (await IssuesAsync(here)).ShouldBe(1);
        await using var webhook = await here.StartAsync(SyncType.Webhook);
        await here.WriteAsync(webhook, Rows.Employees, new Row("boss", ("manager_id", here.Id("nobody"))));

        await fixture.Database.Finisher.EndWebhookAsync(webhook, null, doubt: false, CancellationToken.None);

        (await fixture.ListAsync<string>(
            "select id from kombo.reference_issues where integration_id = @IntegrationId", new { here.IntegrationId }))
            .ShouldBe([here.Id("boss")]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_webhook_run_that_was_killed_leaves_no_counts_to_the_next()
    {
        var here = fixture.NewScenario();
        await using (var killed = await here.StartAsync(SyncType.Webhook))
        {
            await here.WriteAsync(killed, Rows.Employees, Rows.EmployeeRange(1, 2));
            await fixture.Database.Finisher.ReleaseAsync(killed, CancellationToken.None);
        }

        await using var next = await here.StartAsync(SyncType.Webhook);
        await here.WriteAsync(next, Rows.Employees, Rows.EmployeeRange(1, 1));

        (await fixture.Database.Finisher.EndWebhookAsync(next, null, doubt: false, CancellationToken.None)).Counts!.Read.ShouldBe(1);
    }

    Task<RecordRemoval> GoneAsync(RunHandle run, string remoteId, DateTimeOffset requestedAt) =>
        GoneAsync(run, new TakenEvents(Rows.Employees.Name, remoteId, [], Attempts: 1), requestedAt);

    Task<RecordRemoval> GoneAsync(RunHandle run, TakenEvents told, DateTimeOffset requestedAt) =>
        fixture.Database.PendingEvents.MarkGoneAsync(run, told, requestedAt, CancellationToken.None);

    Task<long> IssuesAsync(Scenario here) => fixture.QueryAsync<long>(
        "select count(*) from kombo.reference_issues where integration_id = @IntegrationId", new { here.IntegrationId });

    Task<IReadOnlyList<string>> NamesAsync(Scenario here) => fixture.ListAsync<string>(
        "select first_name from kombo.hris_employees where integration_id = @IntegrationId order by remote_id", new { here.IntegrationId });
}
