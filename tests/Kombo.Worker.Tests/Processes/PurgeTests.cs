using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary><c>kombo-worker purge</c> as a process.</summary>
public sealed class PurgeTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly ScopeSpec NamesOnly = new([new("hris_employees") { Include = ["first_name"] }]);

    [RequiresFact(Need.Postgres)]
    public async Task What_left_the_scope_goes_without_a_call_to_the_source()
    {
        await world.ResetAsync();
        var sync = world.Request() with { Generation = 1 };
        (await world.SyncAsync(sync)).ExitCode.ShouldBe(0);
        (await FilledAsync(sync)).ShouldBe(1000);
        await world.Sandbox.ClearRequestsAsync();

        var end = await world.SyncAsync(Purge(sync));

        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Result.ShouldBe("Succeeded");
        end.Word.Counts!.Changed.ShouldBe(1000);
        end.Word.Counts.Deleted.ShouldBeGreaterThan(0, "other models are out of scope");
        end.Word.Counts.Anonymized.ShouldBe(0);
        (await FilledAsync(sync)).ShouldBe(0);
        (await world.LiveAsync(sync, "hris_employees")).ShouldBe(1000);
        (await world.LiveAsync(sync, "hris_teams")).ShouldBe(0);
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_an_earlier_version_stored_is_not_taken_for_more_than_the_scope()
    {
        await world.ResetAsync();
        var scope = new ScopeSpec([new("hris_employees") { Include = ["first_name"], RemoteData = true }]);
        var sync = world.Request() with { Scope = scope };
        (await world.SyncAsync(sync)).ExitCode.ShouldBe(0);

        (await world.SyncAsync(Purge(sync) with { Scope = scope, Purge = new() { StoredScope = "hris_employees=27:2+" } })).ExitCode.ShouldBe(0);
        (await SourceRecordsAsync(sync)).ShouldBe(1000);

        var wide = Purge(sync) with { RunId = "again", Scope = scope, Purge = new() { StoredScope = "hris_employees=27:6+" } };
        (await world.SyncAsync(wide)).ExitCode.ShouldBe(0);
        (await SourceRecordsAsync(sync)).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_finished_purge_is_only_told_again()
    {
        await world.ResetAsync();
        var request = Purge(world.Request());
        (await world.SyncAsync(request)).Word!.Result.ShouldBe("Succeeded");

        var again = await world.SyncAsync(request);

        again.ExitCode.ShouldBe(0);
        again.Word!.Result.ShouldBe("Succeeded");
        (await world.QueryAsync<int>("select attempts from kombo.sync_runs where run_id = $1", request.RunId)).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_worker_of_the_older_wider_scope_ends_without_a_word_to_the_source()
    {
        await world.ResetAsync();
        var wide = world.Request() with { Generation = 1 };
        (await world.SyncAsync(Purge(wide))).ExitCode.ShouldBe(0);

        var end = await world.SyncAsync(wide);

        (end.Word!.Result, end.Word.Reason).ShouldBe(("Cancelled", Reasons.ScopeNarrowed));
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
        (await world.LiveAsync(wide, "hris_employees")).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Everything_of_an_integration_goes()
    {
        await world.ResetAsync();
        var sync = world.Request();
        (await world.SyncAsync(sync)).ExitCode.ShouldBe(0);
        var request = Purge(sync) with { Purge = new() { Everything = true } };

        var end = await world.SyncAsync(request);

        end.ExitCode.ShouldBe(0, end.Output);
        foreach (var model in ModelCatalog.Default.Models)
            (await world.QueryAsync<long>(
                $"select count(*) from kombo.{model.Name} where integration_id = $1", sync.IntegrationId)).ShouldBe(0, model.Name);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Of_deleted_integrations_all_goes_or_retention_goes_on_as_their_policy_says()
    {
        await world.ResetAsync();
        var (doomed, kept, living) = (world.Request(), world.Request(), world.Request());
        foreach (var (sync, policy, isDeleted) in new[] { (doomed, "Delete", true), (kept, "Retain", true), (living, "Delete", false) })
        {
            (await world.SyncAsync(sync)).ExitCode.ShouldBe(0);
            await world.QueryAsync<string>("""
                insert into kombo.integrations (integration_id, namespace, name, uid, connector, state, deletion_policy, deleted_at)
                values ($1, $2, $3, $4, 'sandbox', 'ACTIVE', $5, case when $6 then now() end) returning integration_id
                """, sync.IntegrationId, sync.Namespace, sync.Name, sync.Uid, policy, isDeleted);
        }

        await world.QueryAsync<long>("""
            with gone as (update kombo.hris_employees set remote_deleted_at = now() - interval '4 days' where integration_id = $1 and remote_id = (
                select min(remote_id) from kombo.hris_employees where integration_id = $1) returning 1) select count(*) from gone
            """, kept.IntegrationId);

        var output = await world.PurgeDeletedAsync(("KOMBO_RETENTION", """{"deletedRecords": 3}"""));

        output.ShouldContain("2 deleted integrations");
        (await world.LiveAsync(doomed, "hris_employees")).ShouldBe(0);
        (await world.QueryAsync<bool>("select purged_at is not null from kombo.integrations where integration_id = $1", doomed.IntegrationId)).ShouldBeTrue();
        (await FilledAsync(kept)).ShouldBe(999, "one was deleted long enough ago");
        (await FilledAsync(living)).ShouldBe(1000);
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_wrong_command_for_a_run_is_a_configuration_error()
    {
        var end = await world.SyncAsync(world.Request() with { Type = SyncType.Purge });

        end.ExitCode.ShouldBe(3);
        end.Word!.Message.ShouldNotBeNull().ShouldContain("does not say what to purge");
    }

    static RunRequest Purge(RunRequest sync) => sync with
    {
        RunId = sync.RunId + "-purge",
        Type = SyncType.Purge,
        Trigger = Triggers.ScopeNarrowed,
        Scope = NamesOnly,
        Generation = 2,
        Purge = new()
        {
            StoredScope = CompiledScope.Everything(ModelCatalog.Default).Fingerprint(ModelCatalog.Default.Models).Text,
        },
    };

    Task<long> SourceRecordsAsync(RunRequest sync) => world.QueryAsync<long>(
        "select count(remote_data) from kombo.hris_employees where integration_id = $1", sync.IntegrationId);

    Task<long> FilledAsync(RunRequest sync) => world.QueryAsync<long>(
        "select count(last_name) from kombo.hris_employees where integration_id = $1", sync.IntegrationId);
}
