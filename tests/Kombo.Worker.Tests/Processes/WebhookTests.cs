using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Webhook runs: a real process that reads the records which events tell of from a real HTTP source.</summary>
public sealed class WebhookTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.Postgres)]
    public async Task The_records_of_events_are_read_one_by_one_and_written_like_those_of_a_sync()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "Chief of Events", ssn = "078-05-1120" });
        await world.Sandbox.DeleteAsync("absences", await world.IdAsync(request, "hris_absences", 0));
        await world.TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", ids[1]), ("hris_employees", ids[0]));

        var end = await world.WebhookAsync(request, "-w");

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).ShouldBe([$"employees/{ids[0]}", $"employees/{ids[1]}"]);
        (await world.TextAsync(request, ids[0], "job_title")).ShouldBe("Chief of Events");
        (await world.TextAsync(request, ids[0], "ssn")).ShouldBe("-", "it is out of scope");
        (end.Word!.Result, end.Word.Message).ShouldBe(("Succeeded", null));
        end.Word.Counts.ShouldNotBeNull().ShouldSatisfyAllConditions(
            counts => counts.Read.ShouldBe(2), counts => counts.Changed.ShouldBe(1), counts => counts.Unchanged.ShouldBe(1));
        (await world.EventsAsync(request)).ShouldBe("done:3");
        (await world.DeletedAsync(request, "hris_absences")).ShouldBe(0, "no event told of it");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_storm_of_ten_thousand_events_for_fifty_records_is_fifty_requests()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.TellAsync(request, [.. Enumerable.Range(0, 10_000).Select(n => ("hris_employees", ids[n % 50]))]);

        var end = await world.WebhookAsync(request, "-w");

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).Count.ShouldBe(50);
        end.Word!.Counts!.Read.ShouldBe(50);
        (await world.EventsAsync(request)).ShouldBe("done:10000");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_the_source_has_no_more_is_marked_deleted_and_one_that_nobody_has_is_looked_for_again()
    {
        var (request, ids) = await world.SyncedAsync();
        var gone = await world.IdAsync(request, "hris_absences", 0);
        await world.Sandbox.DeleteAsync("absences", gone);
        await world.TellAsync(request, ("hris_absences", gone), ("hris_employees", "not there yet"));

        var end = await world.WebhookAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        end.Word.Counts!.Deleted.ShouldBe(1);
        end.Word.Message.ShouldBe("of the events of the source, 1 was gone from the source and marked deleted; "
            + "1 was not found by the source, which the next full sync settles");
        (await world.DeletedAsync(request, "hris_absences")).ShouldBe(1);
        (await world.EventsAsync(request)).ShouldBe("done:1 pending:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_cannot_be_read_by_itself_has_one_delta_asked_for()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.TellAsync(request, (null, null), (null, "x"), ("hris_employees", null), ("no_such_model", "1"), ("ats_jobs", "1"));

        var end = await world.WebhookAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        (await world.QueryAsync<string>(
            "select string_agg(type || ' ' || requested_by, ',') from kombo.sync_requests where integration_id = $1", request.IntegrationId))
            .ShouldBe("delta webhook");
        (await world.EventsAsync(request)).ShouldBe("done:5");
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task More_records_than_are_worth_single_requests_are_left_to_a_delta()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.TellAsync(request, [.. Enumerable.Range(0, 600).Select(n => ("hris_employees", $"e{n}")), ("hris_teams", "t")]);

        var end = await world.WebhookAsync(request, "-w");

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).ShouldBe(["teams/t"]);
        (await world.EventsAsync(request)).ShouldBe("done:600 pending:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task One_record_that_the_source_cannot_send_waits_and_holds_up_no_other()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 500, collection = $"employees/{ids[0]}" });
        await world.TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", ids[1]), ("hris_employees", ids[2]));

        var end = await world.WebhookAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "PartiallyFailed"), end.Output);
        end.Word.Message.ShouldBe("of the events of the source, 2 were read; 1 was not sent by the source and tried again later");
        (await world.EventsAsync(request)).ShouldBe("done:2 pending:1");
        (await world.QueryAsync<bool>(
            "select due_at > clock_timestamp() from kombo.upstream_events where integration_id = $1 and state = 'pending'",
            request.IntegrationId)).ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_source_that_is_away_ends_the_attempt_and_loses_nothing()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 503 });
        await world.TellAsync(request, [.. ids.Take(10).Select(id => ("hris_employees", id))]);

        var end = await world.WebhookAsync(request, "-w");

        end.ExitCode.ShouldBe(WorkerExitCode.TryAgain, end.Output);
        end.Word!.Result.ShouldBeNull();
        (await world.EventsAsync(request)).ShouldBe("pending:10");
        (await world.QueryAsync<long>(
            "select sum(attempts) from kombo.upstream_events where integration_id = $1", request.IntegrationId))
            .ShouldBe(3, "only what was asked for was tried");

        await world.ResetAsync();
        await world.DueAsync(request);
        (await world.WebhookAsync(request, "-w")).Word!.Result.ShouldBe("Succeeded", "the same run goes on");
        (await world.EventsAsync(request)).ShouldBe("done:10");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Refused_credentials_end_the_run_and_keep_the_events()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 401 });
        await world.TellAsync(request, ("hris_employees", ids[0]));

        var end = await world.WebhookAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((WorkerExitCode.BadCredentials, "AuthenticationFailed"), end.Output);
        (await world.EventsAsync(request)).ShouldBe("pending:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_the_credentials_may_not_read_is_given_up_and_said()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 403, collection = $"employees/{ids[0]}" });
        await world.TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", ids[1]));

        var end = await world.WebhookAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "PartiallyFailed"), end.Output);
        (await world.EventsAsync(request)).ShouldBe("done:1 failed:1");
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(1000);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_killed_worker_loses_no_event()
    {
        var (request, ids) = await world.SyncedAsync();
        foreach (var id in ids.Take(5))
            await world.Sandbox.ChangeAsync("employees", id, new { job_title = "Survivor" });
        await world.Sandbox.ControlAsync("hold", new { collection = $"employees/{ids[2]}" });
        await world.TellAsync(request, [.. ids.Take(5).Select(id => ("hris_employees", id))]);
        var webhook = request.Webhook("-w");

        await using (var killed = world.Start(webhook, ("KOMBO_LEASE_SECONDS", "2")))
        {
            await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
            killed.Process.Kill();
            await killed.EndAsync(Soon);
        }

        (await world.TextAsync(request, ids[1], "job_title")).ShouldBe("Survivor", "each record is there as soon as it is read");
        (await world.EventsAsync(request)).ShouldBe("taken:5");
        await world.Sandbox.ControlAsync("release", new { });
        var end = await world.SyncAsync(webhook, ("KOMBO_LEASE_SECONDS", "2"));

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        (await world.EventsAsync(request)).ShouldBe("done:5");
        foreach (var id in ids.Take(5))
            (await world.TextAsync(request, id, "job_title")).ShouldBe("Survivor");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Beside_a_full_sync_whatever_was_asked_for_later_stays()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 4 });
        await using var full = world.Start(request with { RunId = request.RunId + "-full" });
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
        // The full has read the first page, and has asked for the last one but one and not got it.
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "After its page" });
        await world.Sandbox.ControlAsync("records/employees", new { id = "0-before-all", first_name = "New" });
        await world.TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", "0-before-all"));

        var webhook = await world.WebhookAsync(request, "-w");
        await world.Sandbox.ControlAsync("release", new { });
        var end = await full.EndAsync(Soon);

        (webhook.ExitCode, webhook.Word!.Result).ShouldBe((0, "Succeeded"), webhook.Output);
        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Counts!.Deleted.ShouldBe(0, "what the webhook run brought was on no page of the full, and is not deleted");
        (await world.TextAsync(request, ids[0], "job_title")).ShouldBe("After its page");
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(1001);
        await world.Sandbox.DeleteAsync("employees", "0-before-all");
    }
}
