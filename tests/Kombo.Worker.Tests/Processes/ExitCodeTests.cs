using System.Collections.Immutable;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>The exit codes are a contract with the Job's retry policy: 0 done, 1 try again, 2 bad credentials,
/// 3 bad configuration, 4 stopped with a checkpoint (that one in ResumeTests).</summary>
public sealed class ExitCodeTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_finished_run_is_reported_again_without_asking_the_source()
    {
        await world.ResetAsync();
        var request = world.Request();
        var first = await world.SyncAsync(request);
        await world.Sandbox.ClearRequestsAsync();
        var second = await world.SyncAsync(request);
        second.ExitCode.ShouldBe(0, second.Output);
        second.Word!.Counts.ShouldBe(first.Word!.Counts);
        second.Word.FinishedAt.ShouldBe(first.Word.FinishedAt);
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task Refused_credentials_end_the_run_with_2_and_a_retry_does_not_try_them_again()
    {
        await world.ResetAsync();
        var request = world.Request();
        var wrong = Directory.CreateTempSubdirectory("kombo-wrong-");
        await File.WriteAllTextAsync(Path.Combine(wrong.FullName, "token"), "not-the-token");
        var end = await world.SyncAsync(request, ("KOMBO_CREDENTIALS", wrong.FullName));
        end.ExitCode.ShouldBe(2, end.Output);
        end.Word.ShouldNotBeNull().ShouldSatisfyAllConditions(
            word => word.Result.ShouldBe("AuthenticationFailed"),
            word => word.Reason.ShouldBe("AuthenticationFailed"),
            word => word.Message.ShouldNotBeNull().ShouldContain("401"));
        end.Output.ShouldNotContain("not-the-token");
        await world.Sandbox.ClearRequestsAsync();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(2);
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_parameter_that_is_missing_ends_the_run_with_3_and_a_retry_reads_the_stored_result()
    {
        await world.ResetAsync();
        var request = world.Request() with { Parameters = ImmutableSortedDictionary<string, string>.Empty };
        var end = await world.SyncAsync(request);
        end.ExitCode.ShouldBe(3, end.Output);
        end.Word.ShouldNotBeNull().ShouldSatisfyAllConditions(
            word => word.Result.ShouldBe("PermanentError"),
            word => word.Message.ShouldNotBeNull().ShouldContain("baseUrl"));
        (await world.SyncAsync(request)).ExitCode.ShouldBe(3);
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
    }

    public static TheoryData<string, string, string?, string> Environments => new()
    {
        { "no run", "KOMBO_RUN", null, "variable KOMBO_RUN is not set" },
        { "no JSON", "KOMBO_RUN", "{", "variable KOMBO_RUN is not the JSON of a run" },
        { "no database", "KOMBO_DATABASE_CONNECTION", null, "no database is configured" },
        { "no connection string", "KOMBO_DATABASE_CONNECTION", "postgres://user:hunter2@db", "connectionString in the Secret kombo-database is malformed" },
        { "no credentials", "KOMBO_CREDENTIALS", "/nowhere", "folder /nowhere of variable KOMBO_CREDENTIALS cannot be read" },
        { "no connector file", "KOMBO_CONNECTOR_FILE", "/nowhere.yaml", "connector file /nowhere.yaml cannot be read" },
    };

    [RequiresTheory(Need.Postgres), MemberData(nameof(Environments))]
    public async Task An_environment_that_cannot_work_ends_with_3(string rule, string variable, string? value, string expected)
    {
        var end = await world.SyncAsync(world.Request(), (variable, value));
        end.ExitCode.ShouldBe(3, rule + end.Output);
        end.Word.ShouldNotBeNull(rule).Message.ShouldNotBeNull().ShouldStartWith(expected);
        end.Output.ShouldNotContain("hunter2");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_unknown_connector_or_command_ends_with_3()
    {
        var end = await world.SyncAsync(world.Request() with { Connector = "abacus" });
        end.ExitCode.ShouldBe(3, end.Output);
        end.Word!.Message.ShouldNotBeNull().ShouldStartWith("connector \"abacus\" is not part of this worker; known are ");
        await using var process = ChildProcess.Start(BuiltProgram.Worker.With("snyc"));
        (await process.WaitForExitAsync(TimeSpan.FromMinutes(1))).ShouldBe(3, process.Output);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_database_that_is_away_ends_with_1()
    {
        var end = await world.SyncAsync(
            world.Request(),
            ("KOMBO_DATABASE_CONNECTION", "Host=127.0.0.1;Port=1;Username=kombo;Password=hunter2;Database=kombo"),
            ("KOMBO_DATABASE_WAIT_SECONDS", "1"));
        end.ExitCode.ShouldBe(1, end.Output);
        end.Word!.Reason.ShouldBe("DatabaseUnavailable");
        end.Word.Result.ShouldBeNull("another attempt may succeed");
        end.Output.ShouldNotContain("hunter2");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_database_without_a_connection_left_ends_with_1_and_a_reason_of_its_own()
    {
        await world.QueryAsync<object>("""
            do $$ begin create role kombo_crowd login password 'crowd' connection limit 0; end $$; select 1
            """);
        var crowded = new Npgsql.NpgsqlConnectionStringBuilder(world.Connection)
        {
            Username = "kombo_crowd",
            Password = "crowd",
        };
        var end = await world.SyncAsync(
            world.Request(),
            ("KOMBO_DATABASE_CONNECTION", crowded.ConnectionString), ("KOMBO_DATABASE_WAIT_SECONDS", "1"));
        end.ExitCode.ShouldBe(1, end.Output);
        end.Word!.Reason.ShouldBe("TooManyConnections");
        end.Word.Message.ShouldNotBeNull().ShouldContain("max_connections");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_database_that_refuses_the_password_ends_with_3()
    {
        var wrong = new Npgsql.NpgsqlConnectionStringBuilder(world.Connection) { Password = "hunter2" };
        var end = await world.SyncAsync(world.Request(), ("KOMBO_DATABASE_CONNECTION", wrong.ConnectionString));
        end.ExitCode.ShouldBe(3, end.Output);
        end.Word!.Reason.ShouldBe("DatabaseNotConfigured");
        end.Output.ShouldNotContain("hunter2");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_database_without_schema_ends_with_1_and_names_the_remedy()
    {
        var empty = await world.CreateDatabaseAsync();
        var end = await world.SyncAsync(world.Request(), ("KOMBO_DATABASE_CONNECTION", empty));
        end.ExitCode.ShouldBe(1, end.Output);
        end.Word!.Reason.ShouldBe("DatabaseNotConfigured");
        end.Word.Message.ShouldNotBeNull().ShouldContain("migrate");
        (await WorkerWorld.MigrateAsync(empty)).ShouldBe(0);
        (await WorkerWorld.MigrateAsync(empty)).ShouldBe(0, "repeating it is safe");
        (await world.SyncAsync(world.Request(), ("KOMBO_DATABASE_CONNECTION", empty))).ExitCode.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_source_that_fails_for_long_ends_with_1_and_the_next_attempt_finishes_the_run()
    {
        await world.ResetAsync();
        var request = world.Request();
        await world.Sandbox.ControlAsync("fail", new { status = 500, collection = "employees", retryAfter = 0 });
        var end = await world.SyncAsync(request);
        end.ExitCode.ShouldBe(1, end.Output);
        end.Word.ShouldNotBeNull().ShouldSatisfyAllConditions(
            word => word.Result.ShouldBeNull(),
            word => word.Reason.ShouldBe("ConnectionFailed"),
            word => word.Message.ShouldNotBeNull().ShouldContain("500"));
        await world.ResetAsync();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        (await world.Sandbox.RequestsAsync()).ShouldNotContain(asked => asked.StartsWith("locations"), "that stream was complete");
    }
}
