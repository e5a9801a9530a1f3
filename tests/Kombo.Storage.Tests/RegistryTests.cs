using Kombo.Core.Runs;
using Kombo.Storage.Registry;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class RegistryTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly IntegrationRow Acme = new()
    {
        IntegrationId = "sandbox:acme",
        Namespace = "default",
        Name = "acme",
        Uid = "1",
        Connector = "sandbox",
        Category = "HRIS",
        State = "ACTIVE",
        EndUserOrganizationName = "Acme Inc",
        CreatedAt = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.FromHours(1)),
    };

    [RequiresFact(Need.Postgres)]
    public async Task The_installation_has_one_id_for_ever()
    {
        var id = await fixture.Database.Registry.InstallationIdAsync(CancellationToken.None);
        id.Length.ShouldBe(32);
        await fixture.Database.MigrateAsync(CancellationToken.None);
        (await fixture.Database.Registry.InstallationIdAsync(CancellationToken.None)).ShouldBe(id);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_integration_is_written_when_it_differs_and_only_then()
    {
        (await SaveAsync(Acme)).Written.ShouldBeTrue();
        (await SaveAsync(Acme)).ShouldBe(new RowWrite(Written: false, Holder: null));
        (await SaveAsync(Acme with { State = "INACTIVE" })).Written.ShouldBeTrue();

        (await Registry.FindAsync(Acme.IntegrationId, CancellationToken.None)).ShouldBe(
            Acme with { State = "INACTIVE", CreatedAt = Acme.CreatedAt?.ToUniversalTime() });
        (await Registry.FindAsync("nobody", CancellationToken.None)).ShouldBeNull();
        (await Registry.LastUpstreamEventAtAsync(Acme.IntegrationId, CancellationToken.None)).ShouldBeNull();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_cluster_sees_its_own_open_rows_and_a_row_without_one_gets_it()
    {
        var here = Acme with { IntegrationId = "sandbox:here", Uid = "here" };
        await SaveAsync(here);
        await SaveAsync(Acme with { IntegrationId = "sandbox:there", Uid = "there", Cluster = "there" });
        (await Registry.ListOpenAsync("here", CancellationToken.None)).ShouldBeEmpty();
        (await SaveAsync(here with { Cluster = "here" })).Written.ShouldBeTrue();
        (await SaveAsync(here)).Written.ShouldBeFalse("a cluster that is not known changes nothing");
        (await Registry.ListOpenAsync("here", CancellationToken.None)).ShouldHaveSingleItem().Uid.ShouldBe("here");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_id_is_not_taken_from_a_living_Integration()
    {
        var own = Acme with { IntegrationId = "sandbox:own", Uid = "own", Cluster = "one" };
        await SaveAsync(own);
        (await SaveAsync(own with { Name = "other", Uid = "2" })).ShouldBe(new RowWrite(false, "default/acme"));
        (await SaveAsync(own with { Cluster = "two", Uid = "3" }))
            .ShouldBe(new RowWrite(false, "default/acme of another cluster"));
        (await SaveAsync(own with { Uid = "made again" })).ShouldBe(new RowWrite(true, null));
        await Registry.CloseAsync("made again", CancellationToken.None);
        (await SaveAsync(own with { Name = "other", Uid = "2" })).ShouldBe(new RowWrite(true, null));
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_source_may_be_corrected_until_something_of_it_is_mirrored_and_then_stays_with_the_id()
    {
        var here = new Scenario(fixture, "sandbox:whose") { Uid = "former" };
        var former = Acme with { IntegrationId = here.IntegrationId, Uid = "former", Identity = "sandbox baseUrl=a" };
        var next = former with { Uid = "next", Identity = "sandbox baseUrl=b" };
        await SaveAsync(former with { Identity = "sandbox baseUrl=mistyped" });
        (await MirroredAsync(here)).ShouldBeNull("nothing is mirrored");
        await SaveAsync(former);
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 1));
        (await MirroredAsync(here)).ShouldBe("sandbox baseUrl=a");

        await Registry.CloseAsync("former", CancellationToken.None);
        (await SaveAsync(next with { Identity = null })).Written.ShouldBeTrue();
        (await SaveAsync(next)).Written.ShouldBeFalse("the source is that of the records");

        (await MirroredAsync(here)).ShouldBe("sandbox baseUrl=a");
        (await Registry.FindAsync(here.IntegrationId, CancellationToken.None)).ShouldNotBeNull().Uid.ShouldBe("next");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Where_it_is_not_known_whose_records_are_there_the_first_word_holds()
    {
        var here = new Scenario(fixture, "sandbox:unknown-source") { Uid = "unknown" };
        await SaveAsync(Acme with { IntegrationId = here.IntegrationId, Uid = "unknown" });
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 1));
        (await MirroredAsync(here)).ShouldBeNull();

        await SaveAsync(Acme with { IntegrationId = here.IntegrationId, Uid = "unknown", Identity = "sandbox baseUrl=a" });

        (await MirroredAsync(here)).ShouldBe("sandbox baseUrl=a");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_operations_md_says_deletes_a_mirror_and_lets_another_source_have_the_id()
    {
        var (here, other) = (new Scenario(fixture, "scim:gone") { Uid = "gone" }, new Scenario(fixture, "scim:stays") { Uid = "stays" });
        foreach (var one in (Scenario[])[here, other])
        {
            await SaveAsync(Acme with { IntegrationId = one.IntegrationId, Uid = one.Uid, Identity = "scim baseUrl=a" });
            await one.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 2));
        }

        var page = await File.ReadAllTextAsync(RepositoryRoot.Combine("docs", "operations.md"));
        var statement = page[page.IndexOf("do $$", StringComparison.Ordinal)..];
        statement = statement[..statement.IndexOf("```", StringComparison.Ordinal)];
        await fixture.ExecuteAsync(statement.Replace("scim:…", here.IntegrationId, StringComparison.Ordinal));

        (await MirroredAsync(here)).ShouldBeNull();
        (await MirroredAsync(other)).ShouldBe("scim baseUrl=a");
        (await here.StoredAsync(Rows.Employees)).ShouldBeEmpty();
        (await other.StoredAsync(Rows.Employees)).Length.ShouldBe(2);
        (await SaveAsync(Acme with { IntegrationId = here.IntegrationId, Uid = here.Uid, Identity = "scim baseUrl=b" })).Written.ShouldBeTrue();
        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 1))).Counts!.New.ShouldBe(1);
    }

    Task<string?> MirroredAsync(Scenario here) => Registry.MirroredIdentityAsync(here.IntegrationId, CancellationToken.None);

    [RequiresFact(Need.Postgres)]
    public async Task Webhooks_tell_of_an_integrations_life_and_of_nothing_else()
    {
        var row = Acme with { IntegrationId = "sandbox:life", Uid = "life" };
        await SaveAsync(row);
        await SaveAsync(row with { Name = "acme", EndUserOriginId = "42" });
        await SaveAsync(row with { State = "INVALID" });
        await Registry.CloseAsync("life", CancellationToken.None);
        await Registry.CloseAsync("life", CancellationToken.None);
        await SaveAsync(row);
        var told = await fixture.ListAsync<(string Kind, string Payload)>("""
            select kind, (payload - 'deleted_at' - 'updated_at')::text || case when payload ? 'deleted_at' then ' deleted' else '' end
              from kombo.webhook_outbox where integration_id = 'sandbox:life' order by id
            """);
        const string EndUser =
            """{"origin_id": null, "creator_email": null, "organization_name": "Acme Inc"}""";
        var made = $$"""{"id": "sandbox:life", "tool": "sandbox", "category": "HRIS", "end_user": {{EndUser}}}""";
        told.ShouldBe(
        [
            ("integration-created", made),
            ("integration-state-changed",
                $$"""{"state": "INVALID", "end_user": {{EndUser}}, "qa_status": "PASSED", "setup_status": "COMPLETED", """
                + "\"integration_id\": \"sandbox:life\", \"integration_tool\": \"sandbox\", "
                + "\"integration_category\": \"HRIS\"}"),
            ("integration-deleted", $"{made} deleted"),
            ("integration-created", made),
        ]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_run_that_the_operator_closes_is_told_like_one_that_its_worker_closed()
    {
        await SaveAsync(Acme with { IntegrationId = "sandbox:dead", Uid = "dead" });
        var here = new Scenario(fixture, "sandbox:dead") { Uid = "dead" };
        await using var run = await here.StartAsync(runId: "dead-run");
        (await Registry.CloseRunAsync(
            new("dead-run", RunResult.DeadlineExceeded, "DeadlineExceeded", "it took too long"), CancellationToken.None))
            .ShouldBeTrue();
        (await fixture.QueryAsync<string>("""
            select kind || ' ' || (payload ->> 'sync_id') || ' ' || (payload ->> 'sync_state') || ' '
                   || (payload ->> 'integration_category') || ' ' || (payload -> 'end_user' ->> 'organization_name') || ' '
                   || ((payload ->> 'sync_duration_seconds')::bigint between 0 and 60) || ' '
                   || ((payload ->> 'sync_ended_at')::timestamptz >= (payload ->> 'sync_started_at')::timestamptz) || ' '
                   || (payload ->> 'sync_started_at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$')
              from kombo.webhook_outbox where run_id = 'dead-run'
            """)).ShouldBe("sync-finished dead-run TIMED_OUT HRIS Acme Inc true true true");
    }

    IntegrationRegistry Registry => fixture.Database.Registry;

    Task<RowWrite> SaveAsync(IntegrationRow row) => Registry.UpsertAsync(row, CancellationToken.None);
}
