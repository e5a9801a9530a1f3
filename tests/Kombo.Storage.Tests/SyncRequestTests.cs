using Kombo.Storage.Registry;
using Kombo.Storage.Requests;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class SyncRequestTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    SyncRequests Requests => fixture.Database.Requests;

    [RequiresFact(Need.Postgres)]
    public async Task A_request_has_the_id_of_its_run_from_the_beginning()
    {
        var here = fixture.NewScenario().IntegrationId;
        var asked = await AskAsync(here, "delta");
        asked.RunId.ShouldMatch("^[1-9A-HJ-NP-Za-km-z]{24}$");
        asked.ShouldBe(new(asked.RunId, "delta", AlreadyQueued: false));
        (await OpenAsync(here)).ShouldBe([new(here, asked.RunId, "delta", Accepted: false)]);
        (await AskAsync(fixture.NewScenario().IntegrationId, "delta")).RunId.ShouldNotBe(asked.RunId);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Requests_that_wait_are_one_of_the_strongest_type_with_the_first_ones_id()
    {
        var here = fixture.NewScenario().IntegrationId;
        var first = await AskAsync(here, "delta");
        (await AskAsync(here, "default")).ShouldBe(new(first.RunId, "default", AlreadyQueued: true));
        (await AskAsync(here, "delta")).ShouldBe(new(first.RunId, "default", AlreadyQueued: true));
        (await AskAsync(here, "full")).ShouldBe(new(first.RunId, "full", AlreadyQueued: true));
        (await AskAsync(here, "delta")).ShouldBe(new(first.RunId, "full", AlreadyQueued: true));
        (await OpenAsync(here)).ShouldHaveSingleItem();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Eight_who_ask_at_once_get_one_run()
    {
        var here = fixture.NewScenario().IntegrationId;
        var asked = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AskAsync(here, i % 2 == 0 ? "delta" : "full")));
        asked.Select(run => run.RunId).Distinct().ShouldHaveSingleItem();
        (await OpenAsync(here)).ShouldHaveSingleItem().Type.ShouldBe("full");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_accepted_one_keeps_its_type_and_a_stronger_one_is_queued_behind_it()
    {
        var here = fixture.NewScenario().IntegrationId;
        var delta = await AskAsync(here, "delta");
        (await Requests.AcceptAsync(delta.RunId, "full", "full", CancellationToken.None)).ShouldBeFalse("it is a delta");
        (await Requests.AcceptAsync(delta.RunId, "delta", "delta", CancellationToken.None)).ShouldBeTrue();
        (await Requests.AcceptAsync(delta.RunId, "delta", "delta", CancellationToken.None)).ShouldBeTrue("a crash later");
        (await AskAsync(here, "delta")).ShouldBe(new(delta.RunId, "delta", AlreadyQueued: true));
        var full = await AskAsync(here, "full");
        full.ShouldBe(new(full.RunId, "full", AlreadyQueued: false));
        full.RunId.ShouldNotBe(delta.RunId);
        (await OpenAsync(here)).Select(request => request.Accepted).ShouldBe([true, false]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_run_that_goes_on_serves_whoever_wants_no_more_than_it_brings()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync();
        (await AskAsync(here.IntegrationId, "delta")).ShouldBe(new(run.RunId, "full", AlreadyQueued: true));
        (await AskAsync(here.IntegrationId, "full")).ShouldBe(new(run.RunId, "full", AlreadyQueued: true));
        (await OpenAsync(here.IntegrationId)).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_answer_is_given_once_and_ends_it()
    {
        var here = fixture.NewScenario().IntegrationId;
        var asked = await AskAsync(here, "full");
        await Requests.AnswerAsync(asked.RunId, "Rejected", "Suspended", CancellationToken.None);
        await Requests.AnswerAsync(asked.RunId, "Completed", null, CancellationToken.None);
        (await Requests.AcceptAsync(asked.RunId, "full", "full", CancellationToken.None)).ShouldBeFalse();
        (await OpenAsync(here)).ShouldBeEmpty();
        (await fixture.QueryAsync<string>(
            "select result || ' ' || reason from kombo.sync_requests where run_id = @RunId", asked))
            .ShouldBe("Rejected Suspended");
        (await AskAsync(here, "full")).AlreadyQueued.ShouldBeFalse();
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_a_deleted_Integration_was_asked_for_is_rejected()
    {
        var here = fixture.NewScenario().IntegrationId;
        await fixture.Database.Registry.UpsertAsync(
            new IntegrationRow
            {
                IntegrationId = here,
                Namespace = "default",
                Name = here,
                Uid = here,
                Connector = "sandbox",
                State = "ACTIVE",
            },
            CancellationToken.None);
        await fixture.ExecuteAsync(
            "update kombo.integrations set paused_by_api = true where integration_id = @here", new { here });
        (await Requests.ListAsync(CancellationToken.None)).Paused.ShouldContain(here);
        var asked = await AskAsync(here, "full");
        await fixture.Database.Registry.CloseAsync(here, CancellationToken.None);
        (await OpenAsync(here)).ShouldBeEmpty();
        (await Requests.ListAsync(CancellationToken.None)).Paused.ShouldNotContain(here);
        (await fixture.QueryAsync<string>("select reason from kombo.sync_requests where run_id = @RunId", asked))
            .ShouldBe("Deleted");
    }

    Task<AskedRun> AskAsync(string integrationId, string type) =>
        Requests.AskAsync(integrationId, type, "test", CancellationToken.None);

    async Task<IReadOnlyList<SyncRequest>> OpenAsync(string integrationId) =>
        [.. (await Requests.ListAsync(CancellationToken.None)).Requests.Where(row => row.IntegrationId == integrationId)];
}
