using Kombo.Core.Runs;
using Kombo.Storage.Events;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>Events of sources, from their delivery to their end.</summary>
public sealed class UpstreamEventTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly EventEnd Later = new(EventFate.Later, EventReasons.SourceFailed) { Delay = TimeSpan.FromHours(1) };

    [RequiresFact(Need.Postgres)]
    public async Task An_event_is_stored_once_however_often_it_is_delivered()
    {
        var (here, events) = await NewAsync();
        UpstreamEvent told = new("evt-1", "hris_employees", "e1", DateTimeOffset.UnixEpoch);

        (await events.ReceiveAsync(told)).ShouldBe(new(IsKnown: true, New: 1));
        (await events.ReceiveAsync(told, told with { RemoteId = "e2" }, told with { EventId = "evt-2" })).ShouldBe(new(true, 1));
        (await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => events.ReceiveAsync(told with { EventId = "evt-3" }))))
            .Sum(received => received.New).ShouldBe(1);

        (await events.StatesAsync()).ShouldBe(["pending 0", "pending 0", "pending 0"]);
        (await fixture.Database.Registry.LastUpstreamEventAtAsync(here.IntegrationId, CancellationToken.None)).ShouldNotBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Events_of_an_integration_that_is_not_there_are_not_stored()
    {
        var here = fixture.NewScenario();
        var events = new Support.Events(fixture, here);
        (await events.TellAsync("e1")).ShouldBe(new(IsKnown: false, New: 0));

        await fixture.RegisterAsync(here.IntegrationId, uid: here.IntegrationId);
        await fixture.Database.Registry.CloseAsync(here.IntegrationId, CancellationToken.None);

        (await events.TellAsync("e1")).ShouldBe(new(IsKnown: false, New: 0), "it is deleted");
        (await events.StatesAsync()).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Ids_that_cannot_be_stored_are_refused()
    {
        var (_, events) = await NewAsync();
        foreach (var wrong in (UpstreamEvent[])
            [
                new("", null, null, null), new(new string('x', 257), null, null, null), new("1", null, "", null),
                new("1", null, new string('x', 513), null), new("1\0", null, null, null), new("1", "a\0", null, null),
            ])
            await Should.ThrowAsync<ArgumentException>(events.ReceiveAsync(wrong));
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_waits_is_found_for_all_integrations_by_a_step_for_each()
    {
        var (_, one) = await NewAsync();
        var (_, other) = await NewAsync();
        (await one.WaitingAsync()).ShouldBeNull();
        await one.TellAsync("e1", "e2");
        await other.TellAsync("e1");

        var waiting = (await one.WaitingAsync()).ShouldNotBeNull();
        (await other.WaitingAsync()).ShouldNotBeNull().Oldest.ShouldBeGreaterThan(waiting.Oldest);
        await one.TellAsync("e3");
        (await one.WaitingAsync()).ShouldBe(waiting, "it is named by the one that waits longest");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Looking_for_what_waits_reads_no_more_of_the_index_than_there_are_integrations()
    {
        var many = fixture.NewScenario().IntegrationId;
        await fixture.ExecuteAsync("""
            insert into kombo.upstream_events (integration_id, event_id, model, remote_id)
            select @many, n::text, 'hris_employees', 'e' || n from generate_series(1, 50000) n;
            analyze kombo.upstream_events
            """, new { many });
        var plan = string.Join('\n', await fixture.ListAsync<string>($"explain (analyze, buffers, timing off) {UpstreamEvents.WaitingSql}"));
        plan.ShouldNotContain("Seq Scan on upstream_events");
        plan.ShouldNotContain("Sort", customMessage: plan);
        await fixture.ExecuteAsync("delete from kombo.upstream_events where integration_id = @many", new { many });
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_storm_of_ten_thousand_events_is_fifty_records()
    {
        var (here, events) = await NewAsync();
        await events.ReceiveAsync([.. Enumerable.Range(0, 10_000).Select(n => new UpstreamEvent($"{n}", "hris_employees", $"e{n % 50}", null))]);
        await using var run = await here.StartAsync(SyncType.Webhook);

        var taken = await events.TakeAsync(run);

        taken.Count.ShouldBe(50);
        taken.Select(one => one.RemoteId).ShouldBe(Enumerable.Range(0, 50).Select(n => $"e{n}"), "those told of first come first");
        taken.ShouldAllBe(one => one.Ids.Length == 200 && one.Attempts == 1);
        await events.SettleAsync(run, EventEnd.Read, [.. taken]);
        (await events.WaitingAsync()).ShouldBeNull();
        (await events.StatesAsync()).Distinct().ShouldBe(["done 1"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_comes_for_a_record_that_is_being_read_is_taken_again()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1");
        await using var run = await here.StartAsync(SyncType.Webhook);
        var taken = (await events.TakeAsync(run)).ShouldHaveSingleItem();
        await events.TellAsync("e1");
        await events.SettleAsync(run, EventEnd.Read, taken);

        (await events.TakeAsync(run)).ShouldHaveSingleItem().Ids.ShouldNotBe(taken.Ids);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_comes_after_a_run_began_is_left_to_the_next()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1");
        await using var run = await here.StartAsync(SyncType.Webhook);
        var began = await here.NowAsync();
        await events.TellAsync("e1", "e2");
        var pending = fixture.Database.PendingEvents;

        (await pending.TakeAsync(run, 10, began, CancellationToken.None)).ShouldHaveSingleItem().Ids.ShouldHaveSingleItem();
        (await pending.FindCrowdedAsync(run, 1, began, CancellationToken.None)).ShouldBeEmpty();
        (await pending.FindCrowdedAsync(run, 1, await here.NowAsync(), CancellationToken.None)).ShouldBe(["hris_employees"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_killed_worker_had_taken_is_taken_by_the_next()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1", "e2");
        var killed = await here.StartAsync(SyncType.Webhook);
        await events.TakeAsync(killed);
        await fixture.ExecuteAsync(
            "update kombo.sync_leases set expires_at = clock_timestamp() - interval '1 s' where integration_id = @IntegrationId",
            new { here.IntegrationId });
        (await events.WaitingAsync()).ShouldNotBeNull("taken is not done");

        await using var next = await here.StartAsync(SyncType.Webhook);
        var taken = await events.TakeAsync(next);

        taken.Select(one => (one.RemoteId, one.Attempts)).ShouldBe([("e1", 2), ("e2", 2)]);
        await Should.ThrowAsync<LeaseLostException>(events.SettleAsync(killed, EventEnd.Read, [.. taken]));
        await Should.ThrowAsync<LeaseLostException>(fixture.Database.PendingEvents.ReturnAsync(killed, [], CancellationToken.None));
        (await events.StatesAsync()).ShouldBe(["taken 2", "taken 2"]);
        await killed.DisposeAsync();
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_worker_failed_at_was_tried_and_others_come_first()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1", "e2");
        await using var run = await here.StartAsync(SyncType.Webhook);
        var taken = await events.TakeAsync(run);

        await fixture.Database.PendingEvents.ReturnAsync(run, taken[0].Ids, CancellationToken.None);

        (await events.StatesAsync()).ShouldBe(["pending 1", "pending 0"]);
        (await events.TakeAsync(run)).Select(one => one.RemoteId).ShouldBe(["e2"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_worker_gives_back_was_not_tried()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1", "e2");
        await using var run = await here.StartAsync(SyncType.Webhook);
        var taken = await events.TakeAsync(run);
        await events.SettleAsync(run, EventEnd.Read, taken[0]);

        await fixture.Database.PendingEvents.ReturnAsync(run, [], CancellationToken.None);

        (await events.StatesAsync()).ShouldBe(["done 1", "pending 0"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_is_to_be_tried_later_waits_only_then()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1");
        await using var run = await here.StartAsync(SyncType.Webhook);
        await events.SettleAsync(run, Later, [.. await events.TakeAsync(run)]);

        (await events.WaitingAsync()).ShouldBeNull();
        (await events.TakeAsync(run)).ShouldBeEmpty();
        await events.DueNowAsync();

        (await events.WaitingAsync()).ShouldNotBeNull();
        (await events.TakeAsync(run)).ShouldHaveSingleItem().Attempts.ShouldBe(2);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_delta_is_asked_for_once_and_stays_what_it_is_where_more_was_asked_for()
    {
        var (here, events) = await NewAsync();
        await events.ReceiveAsync(new("1", null, null, null), new("2", "hris_employees", null, null), new("3", null, "x", null));
        await using var run = await here.StartAsync(SyncType.Webhook);
        var taken = await events.TakeAsync(run);
        taken.Select(one => (one.Model, one.RemoteId)).ShouldBe([(null, null), ("hris_employees", null), (null, "x")]);
        EventEnd asked = new(EventFate.Done, EventReasons.DeltaRequested);

        await events.SettleAsync(run, asked, [.. taken]);
        await events.SettleAsync(run, asked, [.. taken]);

        (await RequestsAsync(here)).ShouldBe(["delta webhook"]);
        await fixture.Database.Requests.AskAsync(here.IntegrationId, "full", "api", CancellationToken.None);
        await events.SettleAsync(run, asked, [.. taken]);
        (await RequestsAsync(here)).ShouldBe(["full webhook"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Of_what_is_out_of_scope_not_even_the_key_is_kept()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1");
        await using var run = await here.StartAsync(SyncType.Webhook);
        await events.SettleAsync(run, new(EventFate.Done, EventReasons.OutOfScope), [.. await events.TakeAsync(run)]);

        (await fixture.QueryAsync<string?>(
            "select remote_id from kombo.upstream_events where integration_id = @IntegrationId", new { here.IntegrationId })).ShouldBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_webhook_run_ends_with_a_summary_and_tells_no_one_that_a_sync_finished()
    {
        var (here, events) = await NewAsync();
        await events.TellAsync("e1", "e2", "e3");
        await using var run = await here.StartAsync(SyncType.Webhook);
        var taken = await events.TakeAsync(run);
        await events.SettleAsync(run, EventEnd.Read, taken[0], taken[1]);
        await events.SettleAsync(run, Later, taken[2]);

        (await fixture.Database.PendingEvents.SummarizeAsync(run, CancellationToken.None))
            .ShouldBe([new(null, 2), new(EventReasons.SourceFailed, 1)]);
        var ended = await fixture.Database.Finisher.EndWebhookAsync(run, "one is left", doubt: true, CancellationToken.None);

        (ended.Result, ended.Message).ShouldBe(("PartiallyFailed", "one is left"));
        (await fixture.QueryAsync<long>(
            "select count(*) from kombo.webhook_outbox where integration_id = @IntegrationId and kind = 'sync-finished'",
            new { here.IntegrationId })).ShouldBe(0);
    }

    async Task<(Scenario Here, Support.Events Events)> NewAsync()
    {
        var here = fixture.NewScenario();
        return (here, await Support.Events.OfAsync(fixture, here));
    }

    Task<IReadOnlyList<string>> RequestsAsync(Scenario here) => fixture.ListAsync<string>(
        "select type || ' ' || requested_by from kombo.sync_requests where integration_id = @IntegrationId", new { here.IntegrationId });
}
