using Kombo.Core.Resources;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Standalone.Tests.Processes;

[Trait("Level", "e2e")]
public sealed class RestartTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [RequiresFact(Need.Postgres)]
    public async Task An_interrupted_sync_goes_on_where_it_was_and_later_restarts_move_no_due_time()
    {
        var connection = await postgres.CreateDatabaseAsync();
        await using var sandbox = await SandboxProcess.StartAsync(employees: 1_000);
        await using var kombo = new KomboProcess(connection);
        await sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        WriteManifests(kombo.Manifests, sandbox.Address);
        await kombo.UpAsync();
        await Eventually.BecomesAsync(
            async () => await sandbox.HeldAsync() > 0 && await CountAsync(connection, "kombo.hris_employees") == 400,
            Deadline);

        (await kombo.StopAsync()).ShouldBe(0, kombo.Output);
        await sandbox.ControlAsync("release", new { });
        (await sandbox.Http.DeleteAsync("/control/requests")).EnsureSuccessStatusCode();
        await kombo.UpAsync();

        var finished = await WhenAsync(kombo, status => status.History is [{ Result: "Succeeded" }, ..]);
        var requests = await sandbox.RequestsAsync();
        requests.Keys.ShouldNotContain("locations", "a stream that was read completely was read again");
        requests["employees"].ShouldBe(3, "pages that were stored were read again");
        (await CountAsync(connection, "kombo.hris_employees")).ShouldBe(1_000);
        (await CountAsync(connection, "kombo.sync_runs")).ShouldBe(1);

        (await kombo.StopAsync()).ShouldBe(0, kombo.Output);
        await kombo.UpAsync();
        var again = await WhenAsync(kombo, status => status.Full?.NextSyncTime is not null);
        again.Full.ShouldBe(finished.Full);
        again.Delta.ShouldBe(finished.Delta);
        (await kombo.RunAsync("explain", "acme")).ShouldContain("The next full sync is due at");
        (await CountAsync(connection, "kombo.sync_runs")).ShouldBe(1);
    }

    static async Task<IntegrationStatus> WhenAsync(
        KomboProcess kombo, Predicate<IntegrationStatus> condition) => await Eventually.GetsAsync(
        async () => (await kombo.GetAsync("acme")).Status is { } status && condition(status) ? status : null, Deadline);

    static async Task<long> CountAsync(string connection, string table)
    {
        await using var source = NpgsqlDataSource.Create(connection);
        await using var command = source.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!; // a count is never null
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
            """);
    }
}
