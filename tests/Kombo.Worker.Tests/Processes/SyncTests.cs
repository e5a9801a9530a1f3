using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Whole syncs of a real HTTP source into a real Postgres, by the real process.</summary>
public sealed class SyncTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.Postgres)]
    public async Task A_full_sync_brings_everything_and_says_so()
    {
        await world.ResetAsync();
        var request = world.Request();
        var end = await world.SyncAsync(request);
        end.ExitCode.ShouldBe(0, end.Output);
        var counts = await world.Sandbox.CountsAsync();
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(counts["employees"]);
        (await world.LiveAsync(request, "hris_teams")).ShouldBe(counts["teams"]);
        (await world.LiveAsync(request, "hris_absences")).ShouldBe(counts["absences"]);
        (await world.LiveAsync(request, "hris_join_employees_teams")).ShouldBe(counts["memberships"]);
        var word = end.Word.ShouldNotBeNull();
        word.RunId.ShouldBe(request.RunId);
        word.Result.ShouldBe("Succeeded");
        word.Percent.ShouldBe(100);
        word.FinishedAt.ShouldNotBeNull();
        word.Counts.ShouldNotBeNull().ShouldSatisfyAllConditions(
            sums => sums.Read.ShouldBe(counts.Values.Sum()),
            sums => sums.New.ShouldBe(counts.Values.Sum()),
            sums => sums.Errors.ShouldBe(0));
    }

    [RequiresFact(Need.Postgres)]
    public async Task Rows_are_visible_while_the_sync_goes_on()
    {
        await world.ResetAsync();
        var request = world.Request();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        await using var worker = world.Start(request);
        await Eventually.BecomesAsync(async () => await world.LiveAsync(request, "hris_employees") >= 200, Soon);
        worker.Process.HasExited.ShouldBeFalse();
        await world.Sandbox.ControlAsync("release", new { });
        (await worker.EndAsync(Soon)).ExitCode.ShouldBe(0);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_unchanged_source_changes_nothing()
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        var before = await FingerprintAsync(request);
        var again = await world.SyncAsync(request with { RunId = request.RunId + "-again" });
        again.ExitCode.ShouldBe(0, again.Output);
        again.Word!.Counts.ShouldNotBeNull().ShouldSatisfyAllConditions(
            counts => counts.Unchanged.ShouldBe(counts.Read),
            counts => (counts.New + counts.Changed + counts.Deleted).ShouldBe(0));
        (await FingerprintAsync(request)).ShouldBe(before);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_delta_brings_changes_and_deletes_nothing_and_the_next_full_deletes()
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        var (changed, vanished, kept) = (await IdAsync(request, 0), await IdAsync(request, 1), await IdAsync(request, 2));
        var (changedAt, keptAt) = (await ChangedAtAsync(request, changed), await ChangedAtAsync(request, kept));
        await world.Sandbox.ChangeAsync("employees", changed, new { job_title = "Chief of Tests" });
        await world.Sandbox.DeleteAsync("employees", vanished);
        await world.Sandbox.ClearRequestsAsync();

        var delta = await world.SyncAsync(request with { RunId = request.RunId + "-delta", Type = SyncType.Delta });
        delta.ExitCode.ShouldBe(0, delta.Output);
        (await world.Sandbox.RequestsAsync()).ShouldContain(asked => asked.StartsWith("employees?") && asked.Contains("updated_since="));
        (await world.QueryAsync<string>(
            "select job_title from kombo.hris_employees where integration_id = $1 and remote_id = $2", request.IntegrationId, changed))
            .ShouldBe("Chief of Tests");
        (await ChangedAtAsync(request, changed)).ShouldBeGreaterThan(changedAt);
        (await ChangedAtAsync(request, kept)).ShouldBe(keptAt);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);

        var full = await world.SyncAsync(request with { RunId = request.RunId + "-full" });
        full.ExitCode.ShouldBe(0, full.Output);
        (await world.QueryAsync<bool>(
            "select remote_deleted_at is not null from kombo.hris_employees where integration_id = $1 and remote_id = $2",
            request.IntegrationId, vanished)).ShouldBeTrue();
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_row_says_when_its_data_was_asked_for_not_when_it_came()
    {
        await world.ResetAsync();
        var request = world.Request();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees" });
        await using var worker = world.Start(request);
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
        var asked = await world.QueryAsync<DateTime>("select clock_timestamp()");
        await world.Sandbox.ControlAsync("release", new { });

        var end = await worker.EndAsync(Soon);

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.QueryAsync<DateTime>("select min(requested_at) from kombo.hris_employees where integration_id = $1", request.IntegrationId))
            .ShouldBeLessThan(asked);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_first_delta_reads_everything()
    {
        await world.ResetAsync();
        var request = world.Request(SyncType.Delta);
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        (await world.LiveAsync(request, "hris_employees")).ShouldBe((await world.Sandbox.CountsAsync())["employees"]);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_full_lets_a_delta_go_first_and_goes_on_in_its_place()
    {
        await world.ResetAsync();
        var request = world.Request();
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.ResetAsync();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        await using var full = world.Start(request with { RunId = request.RunId + "-full" });
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
        await using var delta = world.Start(request with { RunId = request.RunId + "-delta", Type = SyncType.Delta });
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 2, Soon);
        // Both get their page; the delta is held at its next stream, and the full has written what it got.
        await world.Sandbox.ControlAsync("hold", new { collection = "employments" });
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1 && await PagesAsync(request) == 3, Soon);
        await world.Sandbox.ControlAsync("release", new { });
        (await delta.EndAsync(Soon)).ExitCode.ShouldBe(0);
        var end = await full.EndAsync(Soon);
        end.ExitCode.ShouldBe(0, end.Output);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);

        var requests = (await world.Sandbox.RequestsAsync()).ToList();
        var endOfDelta = requests.FindLastIndex(asked => asked.Contains("updated_since="));
        bool IsOfFull(string asked) => asked.StartsWith("employees?") && !asked.Contains("updated_since=");
        requests.Take(endOfDelta).Count(IsOfFull).ShouldBe(3, "two pages, and the one that was being asked for");
        requests.Count(IsOfFull).ShouldBe(5);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_API_server_that_is_away_does_not_fail_the_run()
    {
        await world.ResetAsync();
        var kubeconfig = Path.GetTempFileName();
        await File.WriteAllTextAsync(kubeconfig, """
            {"current-context": "away", "contexts": [{"name": "away", "context": {"cluster": "away", "user": "away"}}],
             "clusters": [{"name": "away", "cluster": {"server": "https://127.0.0.1:1"}}], "users": [{"name": "away", "user": {"token": "hunter2"}}]}
            """);
        var end = await world.SyncAsync(world.Request(), ("KUBECONFIG", kubeconfig));
        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Result.ShouldBe("Succeeded");
        end.Output.Split('\n').Count(line => line.Contains("its progress could not be reported")).ShouldBe(1, end.Output);
        end.Output.ShouldNotContain("hunter2");
        File.Delete(kubeconfig);
    }

    /// <summary>Of employees, that the full sync has committed.</summary>
    Task<int> PagesAsync(RunRequest request) => world.QueryAsync<int>(
        "select coalesce(max(pages), 0) from kombo.sync_checkpoints where integration_id = $1 and type = 'full' and stream = 'employees'",
        request.IntegrationId);

    // Of every row: its version, which any write moves.
    Task<string> FingerprintAsync(RunRequest request) => world.QueryAsync<string>(
        "select md5(string_agg(id || xmin::text || changed_at::text, ',' order by id)) from kombo.hris_employees where integration_id = $1",
        request.IntegrationId);

    Task<string> IdAsync(RunRequest request, int offset) => world.QueryAsync<string>(
        $"select remote_id from kombo.hris_employees where integration_id = $1 and manager_id is not null order by remote_id desc offset {offset} limit 1",
        request.IntegrationId);

    Task<DateTime> ChangedAtAsync(RunRequest request, string remoteId) => world.QueryAsync<DateTime>(
        "select changed_at from kombo.hris_employees where integration_id = $1 and remote_id = $2", request.IntegrationId, remoteId);
}
