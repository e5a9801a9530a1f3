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
        (await TextAsync(connection, "select string_agg(type, ' ' order by type) from kombo.sync_runs")).ShouldBe("full webhook");
    }

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
