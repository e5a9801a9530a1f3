using System.Net.Http.Json;
using Kombo.Core.Resources;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Standalone.Tests.Processes;

[Trait("Level", "e2e")]
public sealed class WebhookTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_an_event_tells_of_is_read_again_without_a_sync()
    {
        var connection = await postgres.CreateDatabaseAsync();
        await using var sandbox = await SandboxProcess.StartAsync(employees: 20);
        await using var kombo = new KomboProcess(connection);
        WriteManifests(kombo.Manifests, sandbox.Address);
        await kombo.UpAsync();
        await WhenAsync(kombo, status => status.History is [{ Result: "Succeeded" }, ..]);
        var id = await TextAsync(connection, "select min(remote_id) from kombo.hris_employees");
        (await sandbox.Http.PatchAsJsonAsync($"/control/records/employees/{id}", new { job_title = "Told of" })).EnsureSuccessStatusCode();

        (await kombo.RunAsync("event", "add", "acme", "hris_employees", id, "--id", "evt-1")).ShouldContain("acme: event stored");
        (await kombo.RunAsync("event", "add", "acme", "hris_employees", id, "--id", "evt-1")).ShouldContain("known already");

        var status = await WhenAsync(kombo, status => status.Webhook?.LastResult is not null);
        status.Webhook!.LastResult.ShouldBe("Succeeded");
        (await TextAsync(connection, $"select job_title from kombo.hris_employees where remote_id = '{id}'")).ShouldBe("Told of");
        (await TextAsync(connection, RunsSql)).ShouldBe("full webhook");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_storm_is_one_run_and_what_cannot_be_read_by_itself_is_one_delta()
    {
        var connection = await postgres.CreateDatabaseAsync();
        await using var sandbox = await SandboxProcess.StartAsync(employees: 20);
        await using var kombo = new KomboProcess(connection);
        WriteManifests(kombo.Manifests, sandbox.Address);
        await kombo.UpAsync();
        await WhenAsync(kombo, status => status.History is [{ Result: "Succeeded" }, ..]);
        await TextAsync(connection, """
            with told as (
                insert into kombo.upstream_events (integration_id, event_id, model, remote_id)
                select e.integration_id, e.remote_id || ' ' || n, 'hris_employees', e.remote_id
                  from (select integration_id, remote_id from kombo.hris_employees order by remote_id limit 5) e,
                       generate_series(1, 1000) n
                returning 1
            )
            select count(*)::text from told
            """);

        await WhenAsync(kombo, status => status.Webhook?.LastResult == "Succeeded");
        (await TextAsync(connection, "select string_agg(distinct state || coalesce(reason, ''), ' ') from kombo.upstream_events")).ShouldBe("done");
        (await TextAsync(connection, RunsSql)).ShouldBe("full webhook");
        (await sandbox.RequestsAsync()).Where(asked => asked.Key.StartsWith("employees/", StringComparison.Ordinal))
            .Select(asked => asked.Value).ShouldBe([1, 1, 1, 1, 1]);

        var id = await TextAsync(connection, "select max(remote_id) from kombo.hris_employees");
        (await sandbox.Http.PatchAsJsonAsync($"/control/records/employees/{id}", new { job_title = "By delta" })).EnsureSuccessStatusCode();
        await TextAsync(connection, """
            insert into kombo.upstream_events (integration_id, event_id, model)
            select integration_id, 'unknown', 'no_such_model' from kombo.integrations
            returning event_id
            """);

        await WhenAsync(kombo, status => status.Delta?.LastResult == "Succeeded");
        (await TextAsync(connection, $"select job_title from kombo.hris_employees where remote_id = '{id}'")).ShouldBe("By delta");
        (await TextAsync(connection, RunsSql)).ShouldBe("delta full webhook webhook");
        (await TextAsync(connection, "select string_agg(requested_by || ' ' || type, ',') from kombo.sync_requests")).ShouldBe("webhook delta");
    }

    const string RunsSql = "select string_agg(type, ' ' order by type) from kombo.sync_runs";

    static async Task<IntegrationStatus> WhenAsync(KomboProcess kombo, Predicate<IntegrationStatus> condition) => await Eventually.GetsAsync(
        async () => (await kombo.GetAsync("acme")).Status is { } status && condition(status) ? status : null, Deadline);

    static async Task<string> TextAsync(string connection, string sql)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!; // the statements give a value
    }

    static void WriteManifests(string folder, string source)
    {
        File.WriteAllText(Path.Combine(folder, "secret.yaml"), """
            apiVersion: v1
            kind: Secret
            metadata: {name: acme}
            stringData: {token: sandbox-token}
            """);
        File.WriteAllText(Path.Combine(folder, "acme.yaml"), $$"""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata: {name: acme}
            spec:
              connector: sandbox
              parameters: {baseUrl: "{{source}}"}
              credentials:
                secretRef: {name: acme}
              sync:
                full: {frequency: 10h}
                delta: {frequency: 10h}
              upstreamWebhooks: {enabled: true}
            """);
    }
}
