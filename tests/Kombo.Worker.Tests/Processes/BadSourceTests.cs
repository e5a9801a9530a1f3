using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Whatever a source answers: an error or a recorded record error with its place, the other records arrive, and
/// nothing is deleted.</summary>
public sealed class BadSourceTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    [RequiresTheory(Need.Postgres)]
    [InlineData(403, "spec.scope")]
    [InlineData(404, "spec.parameters")]
    public async Task A_refused_list_makes_its_models_incomplete_and_nothing_is_deleted_anywhere(int status, string remedy)
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.Sandbox.DeleteAsync("employees", await AnyAsync(request, "hris_employees"));
        await world.Sandbox.ControlAsync("fail", new { status, collection = "teams" });
        var end = await world.SyncAsync(request with { RunId = request.RunId + "-again" });
        end.ExitCode.ShouldBe(0, end.Output);
        end.Word.ShouldNotBeNull().ShouldSatisfyAllConditions(
            word => word.Result.ShouldBe("PartiallyFailed"),
            word => word.Message.ShouldNotBeNull().ShouldContain("teams"),
            word => word.Message.ShouldNotBeNull().ShouldContain($"{status}"),
            word => word.Message.ShouldNotBeNull().ShouldContain(remedy));
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);
        (await world.DeletedAsync(request, "hris_teams")).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task When_every_list_is_refused_the_run_has_failed()
    {
        await world.ResetAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 403 });
        var end = await world.SyncAsync(world.Request());
        end.ExitCode.ShouldBe(1, end.Output);
        end.Word!.Result.ShouldBe("Failed");
    }

    [RequiresTheory(Need.Postgres)]
    [InlineData(401, "json", 2, "AuthenticationFailed", "401")]
    [InlineData(500, "json", 1, "ConnectionFailed", "500")]
    [InlineData(200, "html", 1, "SourceError", "HTML")]
    [InlineData(200, "cut", 1, "SourceError", "no whole JSON")]
    [InlineData(200, "truncated", 1, "ConnectionFailed", "broke off")]
    [InlineData(200, "empty", 1, "SourceError", "an empty body")]
    public async Task An_answer_that_is_no_page_ends_the_attempt_what_came_before_stays_and_nothing_is_deleted(
        int status, string body, int exitCode, string reason, string words)
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.Sandbox.DeleteAsync("employees", await AnyAsync(request, "hris_employees"));
        await world.Sandbox.DeleteAsync("locations", await AnyAsync(request, "hris_locations"));
        await world.Sandbox.ChangeAsync("locations", await AnyAsync(request, "hris_locations", offset: 1), new { name = $"after {words}" });
        await world.Sandbox.ControlAsync("fail", new { status, body, collection = "employees", retryAfter = 0 });

        var end = await world.SyncAsync(request with { RunId = request.RunId + "-again" });

        end.ExitCode.ShouldBe(exitCode, end.Output);
        end.Word.ShouldNotBeNull().ShouldSatisfyAllConditions(
            word => word.Result.ShouldBe(exitCode == 2 ? "AuthenticationFailed" : null),
            word => word.Reason.ShouldBe(reason),
            word => word.Message.ShouldNotBeNull().ShouldContain("\"employees\""),
            word => word.Message.ShouldNotBeNull().ShouldContain(words),
            word => word.Message.ShouldNotBeNull().ShouldNotContain("<html>"));
        (await world.QueryAsync<long>("select count(*) from kombo.hris_locations where integration_id = $1 and name = $2",
            request.IntegrationId, $"after {words}")).ShouldBe(1, "the stream before arrived");
        (await world.DeletedAsync(request, "hris_locations")).ShouldBe(0);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);

        await world.ResetAsync();
        (await world.SyncAsync(request with { RunId = request.RunId + "-at last" })).ExitCode.ShouldBe(0);
        (await world.DeletedAsync(request, "hris_locations")).ShouldBe(1);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_cannot_be_stored_is_recorded_with_its_place_and_the_others_arrive()
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.Sandbox.DeleteAsync("locations", await AnyAsync(request, "hris_locations"));
        await world.Sandbox.ControlAsync("extra/locations", new { name = "without an id", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.ControlAsync("extra/locations", new { id = "extra-1", name = "zero\0here", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.ControlAsync("extra/locations", new { id = "extra-2", name = "first", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.ControlAsync("extra/locations", new { id = "extra-2", name = "second", updated_at = "2026-01-01T00:00:00.000Z" });
        var again = request with { RunId = request.RunId + "-again" };
        var end = await world.SyncAsync(again);
        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Result.ShouldBe("PartiallyFailed", "a record without an id may be any of those in the mirror");
        end.Word.Counts!.Errors.ShouldBe(2);
        (await world.QueryAsync<string>(
            "select string_agg(coalesce(nullif(remote_id, ''), '-') || ' ' || regexp_replace(path, '[0-9]+', 'n'), ', ' order by remote_id nulls first) "
            + "from kombo.record_errors where run_id = $1", again.RunId))
            .ShouldBe("- data[n], extra-1 hris_locations.name");
        (await world.QueryAsync<string>(
            "select string_agg(remote_id || ' ' || name, ', ') from kombo.hris_locations where integration_id = $1 and remote_id like 'extra-%'",
            request.IntegrationId)).ShouldBe("extra-2 second");
        (await world.DeletedAsync(request, "hris_locations")).ShouldBe(0);
    }

    Task<string> AnyAsync(RunRequest request, string table, int offset = 0) => world.QueryAsync<string>(
        $"select remote_id from kombo.{table} where integration_id = $1 and remote_deleted_at is null order by remote_id offset {offset} limit 1",
        request.IntegrationId);
}
