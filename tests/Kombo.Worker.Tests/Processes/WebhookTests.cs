using Kombo.Core.Runs;
using Kombo.Storage;
using Kombo.Storage.Events;
using Kombo.Storage.Registry;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Webhook runs: a real process that reads the records which events tell of from a real HTTP source.</summary>
public sealed class WebhookTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.Postgres)]
    public async Task The_records_of_events_are_read_one_by_one_and_written_like_those_of_a_sync()
    {
        var (request, ids) = await SyncedAsync();
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "Chief of Events", ssn = "078-05-1120" });
        await world.Sandbox.DeleteAsync("absences", await IdAsync(request, "hris_absences", 0));
        await TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", ids[1]), ("hris_employees", ids[0]));

        var end = await RunAsync(request, "-w");

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).ShouldBe([$"employees/{ids[0]}", $"employees/{ids[1]}"]);
        (await TextAsync(request, ids[0], "job_title")).ShouldBe("Chief of Events");
        (await TextAsync(request, ids[0], "ssn")).ShouldBe("-", "it is out of scope");
        (end.Word!.Result, end.Word.Message).ShouldBe(("Succeeded", null));
        end.Word.Counts.ShouldNotBeNull().ShouldSatisfyAllConditions(
            counts => counts.Read.ShouldBe(2), counts => counts.Changed.ShouldBe(1), counts => counts.Unchanged.ShouldBe(1));
        (await EventsAsync(request)).ShouldBe("done:3");
        (await world.DeletedAsync(request, "hris_absences")).ShouldBe(0, "no event told of it");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_storm_of_ten_thousand_events_for_fifty_records_is_fifty_requests()
    {
        var (request, ids) = await SyncedAsync();
        await TellAsync(request, [.. Enumerable.Range(0, 10_000).Select(n => ("hris_employees", ids[n % 50]))]);

        var end = await RunAsync(request, "-w");

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).Count.ShouldBe(50);
        end.Word!.Counts!.Read.ShouldBe(50);
        (await EventsAsync(request)).ShouldBe("done:10000");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_the_source_has_no_more_is_marked_deleted_and_one_that_nobody_has_is_looked_for_again()
    {
        var (request, ids) = await SyncedAsync();
        var gone = await IdAsync(request, "hris_absences", 0);
        await world.Sandbox.DeleteAsync("absences", gone);
        await TellAsync(request, ("hris_absences", gone), ("hris_employees", "not there yet"));

        var end = await RunAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        end.Word.Counts!.Deleted.ShouldBe(1);
        end.Word.Message.ShouldBe("of the events of the source, 1 was gone from the source and marked deleted; "
            + "1 was not found by the source, which the next full sync settles");
        (await world.DeletedAsync(request, "hris_absences")).ShouldBe(1);
        (await EventsAsync(request)).ShouldBe("done:1 pending:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_cannot_be_read_by_itself_has_one_delta_asked_for()
    {
        var (request, ids) = await SyncedAsync();
        await TellAsync(request, (null, null), (null, "x"), ("hris_employees", null), ("no_such_model", "1"), ("ats_jobs", "1"));

        var end = await RunAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        (await world.QueryAsync<string>(
            "select string_agg(type || ' ' || requested_by, ',') from kombo.sync_requests where integration_id = $1", request.IntegrationId))
            .ShouldBe("delta webhook");
        (await EventsAsync(request)).ShouldBe("done:5");
        (await world.Sandbox.RequestsAsync()).ShouldBeEmpty();
    }

    [RequiresFact(Need.Postgres)]
    public async Task More_records_than_are_worth_single_requests_are_left_to_a_delta()
    {
        var (request, ids) = await SyncedAsync();
        await TellAsync(request, [.. Enumerable.Range(0, 600).Select(n => ("hris_employees", $"e{n}")), ("hris_teams", "t")]);

        var end = await RunAsync(request, "-w");

        end.ExitCode.ShouldBe(0, end.Output);
        (await world.Sandbox.RequestsAsync()).ShouldBe(["teams/t"]);
        (await EventsAsync(request)).ShouldBe("done:600 pending:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task One_record_that_the_source_cannot_send_waits_and_holds_up_no_other()
    {
        var (request, ids) = await SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 500, collection = $"employees/{ids[0]}" });
        await TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", ids[1]), ("hris_employees", ids[2]));

        var end = await RunAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "PartiallyFailed"), end.Output);
        end.Word.Message.ShouldBe("of the events of the source, 2 were read; 1 was not sent by the source and tried again later");
        (await EventsAsync(request)).ShouldBe("done:2 pending:1");
        (await world.QueryAsync<bool>(
            "select due_at > clock_timestamp() from kombo.upstream_events where integration_id = $1 and state = 'pending'",
            request.IntegrationId)).ShouldBeTrue();
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_source_that_is_away_ends_the_attempt_and_loses_nothing()
    {
        var (request, ids) = await SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 503 });
        await TellAsync(request, [.. ids.Take(10).Select(id => ("hris_employees", id))]);

        var end = await RunAsync(request, "-w");

        end.ExitCode.ShouldBe(WorkerExitCode.TryAgain, end.Output);
        end.Word!.Result.ShouldBeNull();
        (await EventsAsync(request)).ShouldBe("pending:10");
        (await world.QueryAsync<long>(
            "select sum(attempts) from kombo.upstream_events where integration_id = $1", request.IntegrationId))
            .ShouldBe(3, "only what was asked for was tried");

        await world.ResetAsync();
        await DueAsync(request);
        (await RunAsync(request, "-w")).Word!.Result.ShouldBe("Succeeded", "the same run goes on");
        (await EventsAsync(request)).ShouldBe("done:10");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Refused_credentials_end_the_run_and_keep_the_events()
    {
        var (request, ids) = await SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 401 });
        await TellAsync(request, ("hris_employees", ids[0]));

        var end = await RunAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((WorkerExitCode.BadCredentials, "AuthenticationFailed"), end.Output);
        (await EventsAsync(request)).ShouldBe("pending:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_the_credentials_may_not_read_is_given_up_and_said()
    {
        var (request, ids) = await SyncedAsync();
        await world.Sandbox.ControlAsync("fail", new { status = 403, collection = $"employees/{ids[0]}" });
        await TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", ids[1]));

        var end = await RunAsync(request, "-w");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "PartiallyFailed"), end.Output);
        (await EventsAsync(request)).ShouldBe("done:1 failed:1");
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(1000);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_killed_worker_loses_no_event()
    {
        var (request, ids) = await SyncedAsync();
        foreach (var id in ids.Take(5))
            await world.Sandbox.ChangeAsync("employees", id, new { job_title = "Survivor" });
        await world.Sandbox.ControlAsync("hold", new { collection = $"employees/{ids[2]}" });
        await TellAsync(request, [.. ids.Take(5).Select(id => ("hris_employees", id))]);
        var webhook = request with { RunId = request.RunId + "-w", Type = SyncType.Webhook, Trigger = Triggers.Webhook };

        await using (var killed = world.Start(webhook, ("KOMBO_LEASE_SECONDS", "2")))
        {
            await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
            killed.Process.Kill();
            await killed.EndAsync(Soon);
        }

        (await TextAsync(request, ids[1], "job_title")).ShouldBe("Survivor", "each record is there as soon as it is read");
        (await EventsAsync(request)).ShouldBe("taken:5");
        await world.Sandbox.ControlAsync("release", new { });
        var end = await world.SyncAsync(webhook, ("KOMBO_LEASE_SECONDS", "2"));

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        (await EventsAsync(request)).ShouldBe("done:5");
        foreach (var id in ids.Take(5))
            (await TextAsync(request, id, "job_title")).ShouldBe("Survivor");
    }

    [RequiresFact(Need.Postgres)]
    public async Task Beside_a_full_sync_whatever_was_asked_for_later_stays()
    {
        var (request, ids) = await SyncedAsync();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 4 });
        await using var full = world.Start(request with { RunId = request.RunId + "-full" });
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);
        // The full has read the first page, and has asked for the last one but one and not got it.
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "After its page" });
        await world.Sandbox.ControlAsync("records/employees", new { id = "0-before-all", first_name = "New" });
        await TellAsync(request, ("hris_employees", ids[0]), ("hris_employees", "0-before-all"));

        var webhook = await RunAsync(request, "-w");
        await world.Sandbox.ControlAsync("release", new { });
        var end = await full.EndAsync(Soon);

        (webhook.ExitCode, webhook.Word!.Result).ShouldBe((0, "Succeeded"), webhook.Output);
        end.ExitCode.ShouldBe(0, end.Output);
        end.Word!.Counts!.Deleted.ShouldBe(0, "what the webhook run brought was on no page of the full, and is not deleted");
        (await TextAsync(request, ids[0], "job_title")).ShouldBe("After its page");
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(1001);
        await world.Sandbox.DeleteAsync("employees", "0-before-all");
    }

    /// <summary>An integration that was synced, and its employees' ids.</summary>
    async Task<(RunRequest Request, IReadOnlyList<string> Ids)> SyncedAsync()
    {
        await world.ResetAsync();
        var request = world.Request();
        await using var database = Open();
        await database.Registry.UpsertAsync(
            new IntegrationRow
            {
                IntegrationId = request.IntegrationId,
                Namespace = request.Namespace,
                Name = request.Name,
                Uid = request.Uid,
                Connector = "sandbox",
                State = "ACTIVE",
            },
            CancellationToken.None);
        (await world.SyncAsync(request)).ExitCode.ShouldBe(0);
        await world.Sandbox.ClearRequestsAsync();
        var ids = await world.QueryAsync<string[]>(
            "select array_agg(remote_id order by remote_id) from kombo.hris_employees where integration_id = $1", request.IntegrationId);
        return (request, ids);
    }

    async Task TellAsync(RunRequest request, params (string? Model, string? RemoteId)[] told)
    {
        await using var database = Open();
        var before = await world.QueryAsync<long>(
            "select count(*) from kombo.upstream_events where integration_id = $1", request.IntegrationId);
        (await database.Events.ReceiveAsync(
            request.IntegrationId,
            [.. told.Select((one, n) => new UpstreamEvent($"{before + n}", one.Model, one.RemoteId, null))],
            CancellationToken.None)).New.ShouldBe(told.Length);
    }

    Task<WorkerEnd> RunAsync(RunRequest request, string suffix) => world.SyncAsync(
        request with { RunId = request.RunId + suffix, Type = SyncType.Webhook, Trigger = Triggers.Webhook });

    Task<long> DueAsync(RunRequest request) => world.QueryAsync<long>(
        """
        with due as (update kombo.upstream_events set due_at = clock_timestamp() where integration_id = $1 returning 1)
        select count(*) from due
        """,
        request.IntegrationId);

    /// <summary>How many there are of each state.</summary>
    Task<string> EventsAsync(RunRequest request) => world.QueryAsync<string>(
        """
        select string_agg(state || ':' || n, ' ' order by state)
          from (select state, count(*) as n from kombo.upstream_events where integration_id = $1 group by state) s
        """,
        request.IntegrationId);

    Task<string> TextAsync(RunRequest request, string remoteId, string column) => world.QueryAsync<string>(
        $"select coalesce({column}, '-') from kombo.hris_employees where integration_id = $1 and remote_id = $2",
        request.IntegrationId, remoteId);

    Task<string> IdAsync(RunRequest request, string table, int number) => world.QueryAsync<string>(
        $"select remote_id from kombo.{table} where integration_id = $1 and remote_deleted_at is null order by remote_id offset $2 limit 1",
        request.IntegrationId, number);

    KomboDatabase Open() => KomboDatabase.Open(world.Connection, NullLoggerFactory.Instance);
}
