using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Testing;
using Kombo.Worker.Progress;
using Kombo.Worker.Tests.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Worker.Tests.Runs;

/// <summary>What the source says of its lists, and records that cannot be stored, on their way into the result. Each page is
/// written by itself.</summary>
public sealed class StreamReaderTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly string Definition = File.ReadAllText(RepositoryRoot.Combine("connectors", "definitions", "sandbox.yaml"));

    [RequiresFact(Need.Postgres)]
    public async Task A_list_that_the_source_cuts_makes_the_run_partial_and_nothing_is_deleted()
    {
        await world.ResetAsync();
        var request = world.Request();
        await SyncAsync(request, Definition);
        await world.Sandbox.DeleteAsync("employees", await AnyAsync(request, "hris_employees"));

        var capped = await SyncAsync(
            request with { RunId = request.RunId + "-capped" }, Changed("    stream: employees\n", "    stream: employees\n    cap: 400\n"));

        capped.Result.ShouldBe("PartiallyFailed");
        capped.Message.ShouldNotBeNull().ShouldContain("hris_employees (stream \"employees\"): the source lists at most 400 records");
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_unstable_paging_did_not_bring_is_deleted_by_the_second_full_sync_that_misses_it()
    {
        await world.ResetAsync();
        var request = world.Request();
        var unstable = Changed("    paging: stable\n", "");
        await SyncAsync(request, unstable);
        await world.Sandbox.DeleteAsync("employees", await AnyAsync(request, "hris_employees"));

        var first = await SyncAsync(request with { RunId = request.RunId + "-first" }, unstable);
        first.Result.ShouldBe("Succeeded");
        first.Message.ShouldNotBeNull().ShouldContain("hris_employees: 1 of its records did not come");
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);

        (await SyncAsync(request with { RunId = request.RunId + "-second" }, unstable)).Result.ShouldBe("Succeeded");
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Errors_of_the_first_pages_count_at_the_end_of_the_list()
    {
        await world.ResetAsync();
        var employees = (await world.Sandbox.CountsAsync())["employees"];
        var bad = employees / 5;
        for (var i = 0; i < bad; i++)
            await world.Sandbox.ControlAsync("extra/employees", new { id = $"bad-{i}", start_date = "soon" });

        var end = await SyncAsync(world.Request(), Definition);

        end.Result.ShouldBe("PartiallyFailed");
        end.Message.ShouldNotBeNull().ShouldContain($"{bad} of {employees + bad} records could not be stored");
        end.Counts!.Errors.ShouldBe(bad);
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_another_text_of_the_definition_has_read_is_read_again(bool isEdited)
    {
        await world.ResetAsync();
        var request = world.Request();
        await world.Sandbox.ControlAsync("fail", new { status = 500, collection = "employees", retryAfter = 0 });
        (await SyncAsync(request, Definition)).Result.ShouldBeNull("it ended in the middle");
        await world.ResetAsync();

        var end = await SyncAsync(request, isEdited ? Definition + "\n# edited\n" : Definition);

        end.Result.ShouldBe("Succeeded", end.Message);
        (await world.Sandbox.RequestsAsync()).Any(asked => asked.StartsWith("teams?", StringComparison.Ordinal)).ShouldBe(isEdited);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_remote_id_that_is_too_long_for_an_index_costs_that_record_alone_and_hides_no_deletion()
    {
        await world.ResetAsync();
        var request = world.Request();
        await SyncAsync(request, Definition);
        var random = new Random(4711); // what does not compress
        var id = string.Concat(Enumerable.Range(0, 1000).Select(_ => (char)random.Next(0x4e00, 0x9fff)));
        await world.Sandbox.ControlAsync("extra/employees", new { id, display_name = "Long", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.DeleteAsync("employees", await AnyAsync(request, "hris_employees"));

        var end = await SyncAsync(request with { RunId = request.RunId + "-again" }, Definition);

        end.Result.ShouldBe("Succeeded", end.Message);
        end.Counts!.Errors.ShouldBe(1);
        (await world.QueryAsync<string>("select reason from kombo.record_errors where run_id = $1", request.RunId + "-again"))
            .ShouldBe("its id is longer than 1500 bytes");
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task Records_that_come_more_than_once_are_no_errors_and_what_vanished_is_deleted()
    {
        await world.ResetAsync();
        var request = world.Request();
        await SyncAsync(request, Definition);
        var employees = (await world.Sandbox.CountsAsync())["employees"];
        for (var i = 0; i < employees / 4; i++)
            await world.Sandbox.ControlAsync("extra/employees", new { id = "again-and-again", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.DeleteAsync("employees", await AnyAsync(request, "hris_employees"));

        var end = await SyncAsync(request with { RunId = request.RunId + "-again" }, Definition);

        end.Result.ShouldBe("Succeeded", end.Message);
        end.Counts!.Errors.ShouldBe(0);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_feeds_several_models_is_one_error_of_each()
    {
        await world.ResetAsync();
        var employees = (await world.Sandbox.CountsAsync())["employees"];
        var bad = employees / 20;
        for (var i = 0; i < bad; i++)
            await world.Sandbox.ControlAsync("extra/employees", new { id = $"large-{i}", display_name = new string('x', 4000) });
        var more = string.Concat(new[] { "hris_legal_entities", "hris_employee_document_categories" }.Select(model =>
            $"  {model}:\n    stream: employees\n    remoteId: id\n    paging: stable\n    fields:\n      name: display_name\n\n"));

        var end = await SyncAsync(world.Request(), Changed("models:\n", $"limits: {{recordBytes: 3000}}\n\nmodels:\n{more}"));

        end.Result.ShouldBe("Succeeded", end.Message);
        end.Counts!.Errors.ShouldBeGreaterThan(employees / 10, "more errors than a tenth of the records");
    }

    [RequiresFact(Need.Postgres)]
    public async Task All_errors_of_all_pages_are_counted_and_so_many_of_a_run_are_kept()
    {
        await world.ResetAsync();
        var counts = await world.Sandbox.CountsAsync();
        var request = world.Request();

        var end = await SyncAsync(request, Changed(
            ("      weekly_hours: weekly_hours\n", "      weekly_hours: display_name\n"),
            ("      pay_rate: pay_rate\n", "      pay_rate: id\n")));

        end.Result.ShouldBe("PartiallyFailed");
        end.Counts!.Errors.ShouldBe(counts["employees"] + counts["employments"]);
        end.Counts.Errors.ShouldBeGreaterThan(1000);
        (await world.QueryAsync<long>("select count(*) from kombo.record_errors where run_id = $1", request.RunId)).ShouldBe(1000);
        (await world.LiveAsync(request, "hris_teams")).ShouldBe(counts["teams"]);
    }

    async Task<RunProgress> SyncAsync(RunRequest request, string definition)
    {
        var (connector, problems) = ConnectorDefinition.Load(definition, "sandbox.yaml");
        await using var database = KomboDatabase.Open(world.Connection, NullLoggerFactory.Instance);
        var outcome = await SyncRun.ExecuteAsync(new SyncRunContext
        {
            Request = request,
            Database = database,
            Connector = connector ?? throw new InvalidOperationException(string.Join("; ", problems.Select(problem => problem.Message))),
            Credentials = new SourceCredentials([KeyValuePair.Create("token", SandboxProcess.Token)]),
            AllowedHosts = AddressPolicy.Loopback,
            Progress = NoProgressSink.Instance,
            Owner = "test",
            Loggers = NullLoggerFactory.Instance,
            Limits = RunLimits.Default with { JoinedRecords = 1, Source = SourceLimits.Default with { Retries = 0 } },
        }, CancellationToken.None);
        return outcome.Progress;
    }

    static string Changed(params (string From, string To)[] changes) =>
        changes.Aggregate(Definition, (text, change) => Changed(text, change.From, change.To));

    static string Changed(string from, string to) => Changed(Definition, from, to);

    static string Changed(string text, string from, string to)
    {
        text.ShouldContain(from);
        return text.Replace(from, to, StringComparison.Ordinal);
    }

    Task<string> AnyAsync(RunRequest request, string table) => world.QueryAsync<string>(
        $"select max(remote_id) from kombo.{table} where integration_id = $1 and remote_deleted_at is null", request.IntegrationId);
}
