using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests.Purging;

/// <summary>What left the scope goes, and nothing else is touched.</summary>
public sealed class NarrowingTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly ScopeSpec NamesOnly = PurgeScenario.Employees("first_name");

    [RequiresFact(Need.Postgres)]
    public async Task Purged_values_are_found_in_no_table_and_the_change_is_told()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(2500));
        (await one.FindAsync("canary-")).Keys.ShouldBe(["hris_employees"]);
        var before = await one.Here.NowAsync();

        var end = await one.PurgeAsync(PurgeScenario.Order(NamesOnly));

        (await one.FindAsync("canary-")).ShouldBeEmpty();
        end.Result.ShouldBe("Succeeded");
        end.Counts.ShouldNotBeNull().Changed.ShouldBe(2 * 2500, "each lost an address and its source record");
        var rows = await one.Here.StoredAsync(Rows.Employees);
        rows.ShouldAllBe(row => row.ChangedAt > before && row.RemoteDataHash == null && row.ContentHash == null);
        (await fixture.QueryAsync<bool>("""
            select changed_at > @before from kombo.changed_models where integration_id = @IntegrationId and model = 'hris_employees'
            """, new { before, one.Here.IntegrationId })).ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Rows_without_such_values_and_other_integrations_are_not_written()
    {
        var (one, other) = (new PurgeScenario(fixture), new PurgeScenario(fixture));
        await one.Here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"), new Row("e0002", ("work_email", "canary-2@acme.test")));
        await other.Here.SyncAsync(Rows.Employees, PurgeScenario.People(3));
        var (ada, others) = (await one.Here.StoredAsync(Rows.Employees, "e0001"), await other.Here.StoredAsync(Rows.Employees));

        await one.PurgeAsync(PurgeScenario.Order(NamesOnly));

        (await one.Here.StoredAsync(Rows.Employees, "e0001")).ShouldBe(ada);
        (await other.Here.StoredAsync(Rows.Employees)).ShouldBe(others);
        (await one.PurgeAsync(PurgeScenario.Order(NamesOnly))).Counts.ShouldNotBeNull().Changed.ShouldBe(0, "all is done");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_model_out_of_scope_goes_with_all_that_speaks_of_it()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, Rows.Employee(1, "Ada"));
        await one.Here.SyncAsync(Rows.Teams, [.. Enumerable.Range(1, 1500).Select(n => new Row($"t{n}", ("name", $"canary-{n}")))]);
        await using (var run = await one.Here.StartAsync())
            await one.Here.WriteAsync(run, Rows.Teams, [], page => page with
            {
                Errors = [new("hris_teams", "canary-team", "hris_teams.name", "is no text"), new("hris_employees", "e9", "hris_employees.first_name", "is no text")],
            });

        var end = await one.PurgeAsync(PurgeScenario.Order(NamesOnly));

        end.Counts.ShouldNotBeNull().Deleted.ShouldBe(1500);
        (await one.FindAsync("canary-")).ShouldBeEmpty();
        (await one.Here.StoredAsync(Rows.Employees)).ShouldHaveSingleItem();
        (await fixture.ListAsync<string>(
            "select model from kombo.record_errors where integration_id = @IntegrationId", new { one.Here.IntegrationId }))
            .ShouldBe(["hris_employees"], "its record errors stay");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Record_errors_of_a_field_go_with_the_field()
    {
        var one = new PurgeScenario(fixture);
        await using (var run = await one.Here.StartAsync())
            await one.Here.WriteAsync(run, Rows.Employees, [], page => page with
            {
                Errors = [new("hris_employees", "e1", "hris_employees.work_email", "x"), new("hris_employees", "e2", "hris_employees.first_name", "x")],
            });

        await one.PurgeAsync(PurgeScenario.Order(NamesOnly));

        (await fixture.ListAsync<string>(
            "select path from kombo.record_errors where integration_id = @IntegrationId", new { one.Here.IntegrationId }))
            .ShouldBe(["hris_employees.first_name"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Source_records_cut_to_a_wider_scope_go_and_those_cut_to_the_new_one_stay()
    {
        var one = new PurgeScenario(fixture);
        var scope = new ScopeSpec([new("hris_employees") { Include = ["first_name"], RemoteData = true }]);
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(2));
        await using var purge = await one.Here.StartAsync(one.PurgeRequest(scope));
        var sync = one.Request(SyncType.Full, scope, generation: 2);
        await one.SyncAsync(
            sync,
            new Row("e0001", ("first_name", "Ada")) { RemoteData = """{"cut":1}""" },
            new Row("e0002") { RemoteData = """{"mail":"canary-2@acme.test"}""" });
        await fixture.ExecuteAsync(
            "update kombo.hris_employees set requested_at = '2020-01-01' where integration_id = @IntegrationId and remote_id = 'e0002'",
            new { one.Here.IntegrationId });

        await one.PurgeAsync(purge, PurgeScenario.Order(scope, isNarrowed: true));

        (await one.FindAsync("canary-")).ShouldBeEmpty();
        (await one.Here.StoredAsync(Rows.Employees, "e0001")).RemoteData.ShouldBe("""{"cut": 1}""");
        await one.SyncAsync(
            one.Request(SyncType.Full, scope, generation: 2),
            new Row("e0001", ("first_name", "Ada")) { RemoteData = """{"cut":1}""" },
            new Row("e0002") { RemoteData = """{"cut":2}""" });
        (await one.Here.StoredAsync(Rows.Employees, "e0002")).RemoteData.ShouldBe("""{"cut": 2}""", "it is filled again");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_sync_of_the_wider_scope_writes_nothing_back()
    {
        var one = new PurgeScenario(fixture);
        await using var wide = await one.Here.StartAsync(one.Request(SyncType.Full, scope: null, generation: 1));
        await one.Here.WriteAsync(wide, Rows.Employees, PurgeScenario.People(3));
        await one.PurgeAsync(PurgeScenario.Order(NamesOnly), one.PurgeRequest(NamesOnly, generation: 2));

        await Should.ThrowAsync<LeaseLostException>(one.Here.WriteAsync(wide, Rows.Employees, PurgeScenario.People(4)));
        (await StartAsync(one, one.Request(SyncType.Delta, scope: null, generation: 1)))
            .ShouldBeOfType<RunStart.AlreadyFinished>().Progress.Reason.ShouldBe(Reasons.ScopeNarrowed);

        (await one.FindAsync("canary-")).ShouldBeEmpty();
        (await Database.Registry.FindRunsAsync([wide.RunId], CancellationToken.None))[wide.RunId].Reason.ShouldBe(Reasons.ScopeNarrowed);
        (await StartAsync(one, one.Request(SyncType.Delta, NamesOnly, generation: 1)))
            .ShouldBeOfType<RunStart.Started>("the same scope, whatever else was edited");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_sync_of_the_same_scope_goes_on_beside_a_purge()
    {
        var one = new PurgeScenario(fixture);
        await using var sync = await one.Here.StartAsync(one.Request(SyncType.Full, NamesOnly, generation: 1));
        await using var purge = await one.Here.StartAsync(one.PurgeRequest(NamesOnly, generation: 7));

        await one.Here.WriteAsync(sync, Rows.Employees, Rows.Employee(1, "Ada"));
        (await one.PurgeAsync(purge, PurgeScenario.Order(NamesOnly))).Result.ShouldBe("Succeeded");

        (await one.Here.FinishAsync(sync, Rows.Employees)).Result.ShouldBe("Succeeded");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_purge_of_a_wider_or_reordered_scope_ends_no_sync()
    {
        var one = new PurgeScenario(fixture);
        var (teams, both) = (new ScopeModelSpec("hris_teams"), NamesOnly.Models!.Value[0]);
        await using var sync = await one.Here.StartAsync(one.Request(SyncType.Full, new([both, teams]), generation: 1));
        (await one.PurgeAsync(PurgeScenario.Order(scope: null), one.PurgeRequest(new([teams, both]), generation: 2))).Result.ShouldBe("Succeeded");
        (await one.PurgeAsync(PurgeScenario.Order(scope: null), one.PurgeRequest(scope: null, generation: 3))).Result.ShouldBe("Succeeded");

        await one.Here.WriteAsync(sync, Rows.Employees, Rows.Employee(1, "Ada"));
        (await StartAsync(one, one.Request(SyncType.Delta, NamesOnly, generation: 1))).ShouldBeOfType<RunStart.Started>("it may wait as long as it wants");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_narrower_sync_ends_no_purge_of_the_wider_scope()
    {
        var one = new PurgeScenario(fixture);
        await using var purge = await one.Here.StartAsync(one.PurgeRequest(scope: null, generation: 1));
        await using var sync = await one.Here.StartAsync(one.Request(SyncType.Full, NamesOnly, generation: 2));

        (await one.PurgeAsync(purge, PurgeScenario.Order(scope: null))).Result.ShouldBe("Succeeded");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Scopes_that_another_version_told_are_compared_as_the_operator_does()
    {
        var one = new PurgeScenario(fixture);
        RunRequest Told(RunRequest request, string fingerprint) => request with { Fingerprint = fingerprint };
        await using var sync = await one.Here.StartAsync(Told(one.Request(SyncType.Full, scope: null, generation: 1), "hris_employees=27:7"));
        await one.PurgeAsync(PurgeScenario.Order(scope: null), Told(one.PurgeRequest(scope: null, generation: 2), "hris_employees=28:fffffff"));
        await one.Here.WriteAsync(sync, Rows.Employees, Rows.Employee(1, "Ada"));

        await one.PurgeAsync(PurgeScenario.Order(scope: null), Told(one.PurgeRequest(scope: null, generation: 3), "hris_employees=28:ffffffe"));
        await Should.ThrowAsync<LeaseLostException>(one.Here.WriteAsync(sync, Rows.Employees, Rows.Employee(2, "Bob")));
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_older_purge_that_comes_late_lets_no_wider_sync_through()
    {
        var one = new PurgeScenario(fixture);
        await one.PurgeAsync(PurgeScenario.Order(NamesOnly), one.PurgeRequest(NamesOnly, generation: 3));
        await one.PurgeAsync(PurgeScenario.Order(scope: null), one.PurgeRequest(scope: null, generation: 2));

        (await StartAsync(one, one.Request(SyncType.Full, scope: null, generation: 1)))
            .ShouldBeOfType<RunStart.AlreadyFinished>().Progress.Reason.ShouldBe(Reasons.ScopeNarrowed);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_purge_of_an_older_scope_removes_nothing_of_a_newer_one()
    {
        var one = new PurgeScenario(fixture);
        await using var purge = await one.Here.StartAsync(one.PurgeRequest(NamesOnly, generation: 2));
        await using var wide = await one.Here.StartAsync(one.Request(SyncType.Full, scope: null, generation: 3));
        await one.Here.WriteAsync(wide, Rows.Employees, PurgeScenario.People(2));

        await Should.ThrowAsync<LeaseLostException>(one.PurgeAsync(purge, PurgeScenario.Order(NamesOnly)));
        (await StartAsync(one, one.PurgeRequest(NamesOnly, generation: 2)))
            .ShouldBeOfType<RunStart.AlreadyFinished>().Progress.Reason.ShouldBe(Reasons.ScopeWidened);

        (await one.FindAsync("canary-"))["hris_employees"].ShouldBe(2);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_purge_that_died_is_gone_on_with_and_counts_all_of_it()
    {
        var one = new PurgeScenario(fixture);
        await one.Here.SyncAsync(Rows.Employees, PurgeScenario.People(10));
        var request = one.PurgeRequest(NamesOnly);
        await using (var first = await one.Here.StartAsync(request))
        {
            using var dies = new CancellationTokenSource();
            await Should.ThrowAsync<OperationCanceledException>(Database.Purge.RunAsync(
                first, PurgeScenario.Order(NamesOnly), (_, step) => (step.Cleared > 0 ? dies : new()).Cancel(), dies.Token));
            await Database.Finisher.ReleaseAsync(first, CancellationToken.None);
        }

        var end = await one.PurgeAsync(PurgeScenario.Order(NamesOnly), request);

        end.Result.ShouldBe("Succeeded");
        end.Counts.ShouldNotBeNull().Changed.ShouldBe(20);
        (await one.FindAsync("canary-")).ShouldBeEmpty();
        (await fixture.ListAsync<string>(
            "select kind from kombo.webhook_outbox where run_id = @RunId", new { request.RunId })).ShouldBeEmpty("it is no sync");
    }

    KomboDatabase Database => fixture.Database;

    static Task<RunStart> StartAsync(PurgeScenario one, RunRequest request) =>
        one.Here.Database.Runs.StartAsync(request, "worker-2", CancellationToken.None);
}
