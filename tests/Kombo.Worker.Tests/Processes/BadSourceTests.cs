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
        await world.Sandbox.DeleteAsync("employees", await world.QueryAsync<string>(
            "select remote_id from kombo.hris_employees where integration_id = $1 and remote_deleted_at is null limit 1", request.IntegrationId));
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
    [InlineData("html")]
    [InlineData("truncated")]
    [InlineData("empty")]
    public async Task A_body_that_cannot_be_read_ends_the_attempt_and_nothing_is_deleted(string body)
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.Sandbox.ControlAsync("fail", new { status = 200, body, collection = "employees", retryAfter = 0 });
        var end = await world.SyncAsync(request with { RunId = request.RunId + "-again" });
        end.ExitCode.ShouldBe(1, end.Output);
        end.Word.ShouldNotBeNull().ShouldSatisfyAllConditions(
            word => word.Result.ShouldBeNull(),
            word => word.Reason.ShouldBeOneOf("SourceError", "ConnectionFailed"),
            word => word.Message.ShouldNotBeNull().ShouldNotContain("<html>"));
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_cannot_be_stored_is_recorded_with_its_place_and_the_others_arrive()
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        var before = await world.LiveAsync(request, "hris_locations");
        await world.Sandbox.ControlAsync("extra/locations", new { name = "without an id", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.ControlAsync("extra/locations", new { id = "extra-1", name = "zero\0here", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.ControlAsync("extra/locations", new { id = "extra-2", name = "first", updated_at = "2026-01-01T00:00:00.000Z" });
        await world.Sandbox.ControlAsync("extra/locations", new { id = "extra-2", name = "second", updated_at = "2026-01-01T00:00:00.000Z" });
        var again = request with { RunId = request.RunId + "-again" };
        var end = await world.SyncAsync(again);
        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Result.ShouldBe("PartiallyFailed", "a record without an id may be any of those in the mirror");
        end.Word.Counts!.Errors.ShouldBe(3);
        (await world.QueryAsync<string>(
            "select string_agg(coalesce(nullif(remote_id, ''), '-') || ' ' || regexp_replace(path, '[0-9]+', 'n'), ', ' order by remote_id nulls first) "
            + "from kombo.record_errors where run_id = $1", again.RunId))
            .ShouldBe("- data[n], extra-1 hris_locations.name, extra-2 hris_locations.remote_id");
        (await world.LiveAsync(request, "hris_locations")).ShouldBeGreaterThan(before);
        (await world.DeletedAsync(request, "hris_locations")).ShouldBe(0);
        end.Output.ShouldNotContain("without an id\"");
    }
}
