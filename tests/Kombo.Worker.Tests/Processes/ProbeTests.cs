using System.Collections.Immutable;
using Kombo.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker.Tests.Processes;

/// <summary>kombo-worker probe, which helm test runs: each thing that does not work is named.</summary>
public sealed class ProbeTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    [RequiresFact(Need.Postgres)]
    public async Task A_ready_operator_and_a_usable_database_are_good()
    {
        await using var operatorServer = await ServeAsync(StatusCodes.Status200OK);
        var (code, output) = await ProbeAsync(operatorServer.Urls.Single(), world.Connection);
        code.ShouldBe(0, output);
        output.ShouldContain("is ready");
        output.ShouldContain("is at schema version");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_operator_that_is_not_ready_or_away_and_a_database_without_schema_are_both_named()
    {
        await using var operatorServer = await ServeAsync(StatusCodes.Status503ServiceUnavailable);
        var empty = await world.CreateDatabaseAsync();
        var (code, output) = await ProbeAsync(operatorServer.Urls.Single(), empty);
        code.ShouldBe(1, output);
        output.ShouldContain("is not ready (503)");
        output.ShouldContain("has no schema kombo");
        (code, output) = await ProbeAsync("http://127.0.0.1:1", world.Connection);
        code.ShouldBe(1, output);
        output.ShouldContain("does not answer");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Without_an_address_or_with_a_malformed_connection_string_it_ends_with_3()
    {
        var (code, output) = await ProbeAsync("kombo-operator", world.Connection);
        code.ShouldBe(3, output);
        output.ShouldContain("variable KOMBO_OPERATOR_URL");
        await using var operatorServer = await ServeAsync(StatusCodes.Status200OK);
        (code, output) = await ProbeAsync(operatorServer.Urls.Single(), "postgres://user:hunter2@db");
        code.ShouldBe(3, output);
        output.ShouldNotContain("hunter2");
    }

    static async Task<WebApplication> ServeAsync(int status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var server = builder.Build();
        server.Urls.Add("http://127.0.0.1:0");
        server.MapGet("/readyz", () => Results.StatusCode(status));
        await server.StartAsync();
        return server;
    }

    static async Task<(int Code, string Output)> ProbeAsync(string address, string connection)
    {
        await using var process = ChildProcess.Start(BuiltProgram.Worker.With("probe") with
        {
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add("KOMBO_OPERATOR_URL", address)
                .Add("KOMBO_DATABASE_CONNECTION", connection),
        });
        return (await process.WaitForExitAsync(Deadline), process.Output);
    }
}
