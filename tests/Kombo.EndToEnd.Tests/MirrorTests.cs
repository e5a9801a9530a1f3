using System.Text.Json.Nodes;
using Kombo.EndToEnd.Tests.Cluster;
using Kombo.Testing;

namespace Kombo.EndToEnd.Tests;

/// <summary>The main job on a real API server: manifests by kubectl, the operator and the workers as processes, a SCIM
/// server that others wrote as source.</summary>
[Collection(ClusterTests.Name)]
[Trait("Level", "e2e")]
public sealed class MirrorTests(KomboCluster cluster)
{
    const Need Everything = Need.ControlPlane | Need.Postgres | Need.Sources;
    const string Token = "scim-canary-token";

    // A Job's attempts with growing delay between them, each of which asks the source six times: two minutes by themselves.
    static readonly TimeSpan WithAllAttempts = TimeSpan.FromMinutes(6);

    [RequiresFact(Everything)]
    public async Task A_directory_of_a_thousand_people_is_mirrored_changed_and_cleaned()
    {
        await using var source = await SourceProcess.StartScimAsync(1000, 20, Token);
        await using var tenant = await cluster.NewTenantAsync();
        await ConnectAsync(tenant, source, "full: {frequency: 10h, frequencyWithDelta: 10h}, delta: {frequency: 1h}");

        var first = await tenant.StatusAsync("acme", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        var id = Tenant.Text(first, "integrationId")!; // set with the first sync
        (await LiveAsync(tenant, "hris_employees", id)).ShouldBe(1000);
        (await LiveAsync(tenant, "hris_teams", id)).ShouldBe(20);
        (await LiveAsync(tenant, "hris_join_employees_teams", id)).ShouldBe(1000);
        (await tenant.ScalarAsync<long>("""
            select count(*) from kombo.hris_employees employee join kombo.hris_employees manager
                on manager.integration_id = employee.integration_id and manager.id = employee.manager_id
             where employee.integration_id = @integration
            """, id)).ShouldBe(999, "everybody but the first has a manager who is there");
        Tenant.Text(Tenant.Condition(first, "Ready"), "status").ShouldBe("True");
        var completed = Tenant.Time(first, "full", "lastSyncTime");
        Tenant.Time(first, "full", "nextSyncTime").ShouldBe(completed + TimeSpan.FromHours(10));

        await source.ControlAsync(new
        {
            users = new[] { new { id = "user-00007", title = "Chief Tester" } },
            deleteUsers = new[] { "user-00999" },
        });
        var before = await tenant.ScalarAsync<DateTime>(
            "select max(changed_at) from kombo.hris_employees where integration_id = @integration", id);
        var delta = await tenant.SyncAsync("acme", "delta");
        Tenant.Text(delta, "lastRequest", "result").ShouldBe("Completed");
        (await tenant.ScalarAsync<string>(
            "select string_agg(remote_id || ' ' || job_title, ', ') from kombo.hris_employees where integration_id = @integration and changed_at > "
            + $"'{before:O}'", id)).ShouldBe("user-00007 Chief Tester", "only what changed has a new changed_at");
        (await LiveAsync(tenant, "hris_employees", id)).ShouldBe(1000, "a delta cannot see a deletion");

        var missed = await tenant.SyncAsync("acme", "full");
        Tenant.Text(missed, "lastRequest", "result").ShouldBe("Completed");
        Tenant.Text(Tenant.Condition(missed, "SyncSucceeded"), "message")!.ShouldContain("hris_employees: 1 of its records did not come");
        (await LiveAsync(tenant, "hris_employees", id)).ShouldBe(1000, "startIndex may pass over a record, so one miss proves nothing");

        var full = await tenant.SyncAsync("acme", "full");
        Tenant.Text(full, "lastRequest", "result").ShouldBe("Completed");
        (await LiveAsync(tenant, "hris_employees", id)).ShouldBe(999);
        (await tenant.ScalarAsync<string>(
            "select remote_id from kombo.hris_employees where integration_id = @integration and remote_deleted_at is not null", id)).ShouldBe("user-00999");
        Tenant.Time(full, "full", "nextSyncTime").ShouldBe(
            Tenant.Time(full, "full", "lastSyncTime") + TimeSpan.FromHours(10));
        Tenant.Time(full, "full", "lastSyncTime")!.Value.ShouldBeGreaterThan(completed!.Value);
        var listed = await tenant.KubectlAsync("get", "integrations");
        listed.ShouldContain("scim");
        (await tenant.KubectlAsync("get", "events,jobs,integrations", "-o", "yaml")).ShouldNotContain(Token);
    }

    [RequiresFact(Everything)]
    public async Task Delta_and_full_syncs_follow_the_schedule()
    {
        await using var source = await SourceProcess.StartScimAsync(20, 2, Token);
        await using var tenant = await cluster.NewTenantAsync();
        await ConnectAsync(tenant, source, "full: {frequency: 20s, frequencyWithDelta: 20s}, delta: {frequency: 5s}");

        var first = await tenant.StatusAsync(
            "acme", status => Tenant.Text(status, "delta", "lastSyncTime") is not null);
        var firstFull = Tenant.Time(first, "full", "lastSyncTime");
        await source.ControlAsync(new { users = new[] { new { id = "user-00003", title = "By schedule" } } });
        var id = Tenant.Text(first, "integrationId");
        await Eventually.BecomesAsync(
            async () => await tenant.ScalarAsync<long>(
                "select count(*) from kombo.hris_employees where integration_id = @integration and job_title = 'By schedule'", id) == 1,
            TimeSpan.FromMinutes(1));
        var later = await tenant.StatusAsync("acme", status => Tenant.Time(status, "full", "lastSyncTime") > firstFull);
        // kubectl's list
        var jobs = JsonNode.Parse(await tenant.KubectlAsync("get", "jobs", "-o", "json"))!["items"]!.AsArray();
        jobs.Select(job => Tenant.Text(job, "metadata", "annotations", "kombo.dev/run-id")).ShouldBeUnique(
            "one Job for a slot");
        (Tenant.Text(later, "full", "consecutiveFailures") ?? "0").ShouldBe("0");
    }

    [RequiresFact(Everything)]
    public async Task A_failing_source_shows_its_reason_deletes_nothing_and_recovers()
    {
        await using var source = await SourceProcess.StartScimAsync(50, 2, Token);
        await using var tenant = await cluster.NewTenantAsync();
        await ConnectAsync(tenant, source, "full: {frequency: 10h, frequencyWithDelta: 10h}, delta: {frequency: 10h}, retry: {base: 1h, max: 1h}");
        var first = await tenant.StatusAsync("acme", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        var id = Tenant.Text(first, "integrationId")!; // set with the first sync

        await source.ControlAsync(new { faults = new[] { new { kind = "status", status = 401, times = 100 } } });
        var refused = await tenant.SyncAsync("acme", "full");
        Tenant.Text(refused, "lastRequest", "result").ShouldBe("Failed");
        Tenant.Text(Tenant.Condition(refused, "SyncSucceeded"), "status").ShouldBe("False");
        Tenant.Text(Tenant.Condition(refused, "SyncSucceeded"), "reason").ShouldBe("AuthenticationFailed");

        await source.ControlAsync(new { clearFaults = true, faults = new[] { new { kind = "html", path = "/scim/v2/Groups", times = 100 } } });
        var html = await tenant.SyncAsync("acme", "full", WithAllAttempts);
        Tenant.Text(Tenant.Condition(html, "SyncSucceeded"), "status").ShouldBe("False");
        Tenant.Text(Tenant.Condition(html, "SyncSucceeded"), "message")!.ShouldContain("HTML", Case.Insensitive);
        (await LiveAsync(tenant, "hris_employees", id)).ShouldBe(50);
        (await LiveAsync(tenant, "hris_teams", id)).ShouldBe(2);

        await source.ControlAsync(new { clearFaults = true });
        var recovered = await tenant.SyncAsync("acme", "full");
        Tenant.Text(recovered, "lastRequest", "result").ShouldBe("Completed");
        Tenant.Text(Tenant.Condition(recovered, "SyncSucceeded"), "status").ShouldBe("True");
    }

    [RequiresFact(Everything)]
    public async Task A_connector_from_a_ConfigMap_mirrors_json_server()
    {
        await using var source = await SourceProcess.StartJsonServerAsync(250, 5);
        await using var tenant = await cluster.NewTenantAsync();
        await tenant.KubectlAsync("create", "configmap", "connectors",
            $"--from-file=json-server.yaml={RepositoryRoot.Combine("connectors", "samples", "json-server.yaml")}");
        await tenant.ApplyAsync($$$"""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata: {name: people}
            spec:
              connectorFrom: {configMapKeyRef: {name: connectors, key: json-server.yaml}}
              parameters: {baseUrl: "{{{source.Address.GetLeftPart(UriPartial.Authority)}}}"}
            """);
        var status = await tenant.StatusAsync(
            "people", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        var id = Tenant.Text(status, "integrationId")!; // set with the first sync
        (await LiveAsync(tenant, "hris_employees", id)).ShouldBe(250);
        (await LiveAsync(tenant, "hris_teams", id)).ShouldBe(5);
        (await tenant.ScalarAsync<long>(
            "select count(*) from kombo.hris_employees where integration_id = @integration and date_of_birth is not null", id)).ShouldBe(0);
    }

    [RequiresFact(Everything)]
    public async Task A_missing_Secret_is_named_and_its_arrival_starts_the_first_sync()
    {
        await using var source = await SourceProcess.StartScimAsync(10, 1, Token);
        await using var tenant = await cluster.NewTenantAsync();
        await ApplyAcmeAsync(tenant, source, "full: {frequency: 10h}");
        var waiting = await tenant.StatusAsync(
            "acme", status => Tenant.Text(Tenant.Condition(status, "Ready"), "status") == "False");
        Tenant.Text(Tenant.Condition(waiting, "Ready"), "reason").ShouldBe("CredentialsNotFound");
        Tenant.Text(Tenant.Condition(waiting, "Ready"), "message")!.ShouldContain("acme-scim");
        (await tenant.KubectlAsync("get", "jobs", "-o", "name")).ShouldBeEmpty();

        await CreateSecretAsync(tenant);
        var status = await tenant.StatusAsync(
            "acme", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        Tenant.Text(Tenant.Condition(status, "Ready"), "status").ShouldBe("True");
    }

    [RequiresFact(Everything)]
    public async Task An_operator_that_is_killed_goes_on_where_it_was_and_starts_nothing_twice()
    {
        await using var source = await SourceProcess.StartScimAsync(50, 2, Token);
        await using var tenant = await cluster.NewTenantAsync();
        await ConnectAsync(tenant, source, "full: {frequency: 10h, frequencyWithDelta: 10h}, delta: {frequency: 10h}");
        var before = await tenant.StatusAsync(
            "acme", status => Tenant.Text(status, "full", "nextSyncTime") is not null);

        await cluster.Operator.KillAsync();
        var token = await tenant.RequestAsync("acme", "full");
        await cluster.Operator.RestartAsync();
        var after = await tenant.StatusAsync("acme", status =>
            Tenant.Text(status, "lastRequest", "token") == token && Tenant.Text(status, "lastRequest", "result") == "Completed");

        Tenant.Text(after, "lastHandledReconcileAt").ShouldBe(token);
        Tenant.Time(after, "full", "nextSyncTime")!.Value.ShouldBeGreaterThan(
            Tenant.Time(before, "full", "nextSyncTime")!.Value);
        var jobs = (await tenant.KubectlAsync("get", "jobs", "-o", "name")).Split(
            '\n', StringSplitOptions.RemoveEmptyEntries);
        jobs.Length.ShouldBe(2, "the first sync and the one asked for");
    }

    static async Task ConnectAsync(Tenant tenant, SourceProcess source, string schedule)
    {
        await CreateSecretAsync(tenant);
        await ApplyAcmeAsync(tenant, source, schedule);
    }

    static Task<string> CreateSecretAsync(Tenant tenant) =>
        tenant.KubectlAsync("create", "secret", "generic", "acme-scim", $"--from-literal=token={Token}");

    static Task ApplyAcmeAsync(Tenant tenant, SourceProcess source, string schedule) => tenant.ApplyAsync($$$"""
        apiVersion: kombo.dev/v1alpha1
        kind: SyncSchedule
        metadata: {name: standard}
        spec: { {{{schedule}}} }
        ---
        apiVersion: kombo.dev/v1alpha1
        kind: Integration
        metadata: {name: acme}
        spec:
          connector: scim
          parameters: {baseUrl: "{{{source.Address}}}scim/v2"}
          credentials: {secretRef: {name: acme-scim}}
          scheduleRef: {name: standard}
        """);

    static Task<long> LiveAsync(Tenant tenant, string table, string integrationId) => tenant.ScalarAsync<long>(
        $"select count(*) from kombo.{table} where integration_id = @integration and remote_deleted_at is null",
        integrationId);
}
