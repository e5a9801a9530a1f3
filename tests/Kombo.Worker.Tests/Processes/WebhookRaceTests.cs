using Kombo.Core.Runs;
using Kombo.Storage.Events;
using Kombo.Testing;

namespace Kombo.Worker.Tests.Processes;

/// <summary>Webhook runs that are killed, come late, or meet a full sync; events that come late, twice or in masses.</summary>
public sealed class WebhookRaceTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [RequiresFact(Need.Postgres)]
    public async Task A_run_takes_over_what_a_killed_one_left_and_reads_nothing_else_again()
    {
        var (request, ids) = await world.SyncedAsync();
        string[] changed = [ids[20], ids[120], ids[240]];
        foreach (var id in changed)
            await world.Sandbox.ChangeAsync("employees", id, new { job_title = "Survivor" });
        await world.TellAsync(request, [.. Enumerable.Range(0, 10_000).Select(n => ("hris_employees", ids[n % 250]))]);
        await world.Sandbox.ControlAsync("hold", new { collection = $"employees/{ids[150]}" });
        await KilledAsync(request.Webhook("-w1"));
        (await world.EventsAsync(request)).ShouldBe("done:4000 pending:2000 taken:4000");
        var written = await StampsAsync(request, changed[..2]);

        var end = await world.SyncAsync(request.Webhook("-w2"), ("KOMBO_LEASE_SECONDS", "2"));

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        (await world.EventsAsync(request)).ShouldBe("done:10000");
        foreach (var id in changed)
            (await world.TextAsync(request, id, "job_title")).ShouldBe("Survivor");
        (await StampsAsync(request, changed[..2])).ShouldBe(written, "what was read twice was written once");
        var asked = (await world.Sandbox.RequestsAsync()).CountBy(path => path).ToDictionary();
        asked.Count.ShouldBe(250);
        ids.Take(250).Where(id => asked[$"employees/{id}"] > 1).ShouldBe(ids.Skip(100).Take(50), "their portion was not closed");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_older_event_after_a_newer_one_changes_nothing()
    {
        var (request, ids) = await world.SyncedAsync();
        var began = DateTimeOffset.UnixEpoch;
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "Second" });
        (await world.ReceiveAsync(request, new UpstreamEvent("2", "hris_employees", ids[0], began.AddHours(2)))).ShouldBe(1);
        (await world.WebhookAsync(request, "-w1")).Word!.Counts!.Changed.ShouldBe(1);

        (await world.ReceiveAsync(request, new UpstreamEvent("1", "hris_employees", ids[0], began.AddHours(1)))).ShouldBe(1);
        var end = await world.WebhookAsync(request, "-w2");

        end.Word!.Counts!.Unchanged.ShouldBe(1, end.Output);
        (await world.TextAsync(request, ids[0], "job_title")).ShouldBe("Second");
    }

    [RequiresFact(Need.Postgres)]
    public async Task What_is_told_of_a_record_while_it_is_read_is_read_by_the_next_run()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "First" });
        await world.TellAsync(request, ("hris_employees", ids[0]));
        await world.Sandbox.ControlAsync("hold", new { collection = $"employees/{ids[0]}" });
        await using var first = world.Start(request.Webhook("-w1"));
        await HeldAsync();
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "Second" });
        await world.TellAsync(request, ("hris_employees", ids[0]));
        await world.Sandbox.ControlAsync("release", new { });

        (await first.EndAsync(Soon)).ExitCode.ShouldBe(0);
        (await world.TextAsync(request, ids[0], "job_title")).ShouldBe("First");
        (await world.EventsAsync(request)).ShouldBe("done:1 pending:1", "a run has an end, however often it is told");

        (await world.WebhookAsync(request, "-w2")).ExitCode.ShouldBe(0);
        (await world.TextAsync(request, ids[0], "job_title")).ShouldBe("Second");
        (await world.EventsAsync(request)).ShouldBe("done:2");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_event_that_is_delivered_again_is_read_once()
    {
        var (request, ids) = await world.SyncedAsync();
        var told = new UpstreamEvent("evt-1", "hris_employees", ids[0], null);
        (await world.ReceiveAsync(request, told, told)).ShouldBe(1);
        (await world.WebhookAsync(request, "-w1")).ExitCode.ShouldBe(0);

        (await world.ReceiveAsync(request, told)).ShouldBe(0);
        (await world.WebhookAsync(request, "-w2")).Word!.Counts!.Read.ShouldBe(0);

        (await world.Sandbox.RequestsAsync()).ShouldBe([$"employees/{ids[0]}"]);
        (await world.EventsAsync(request)).ShouldBe("done:1");
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_answer_that_comes_late_overwrites_nothing_that_a_full_sync_asked_for_later()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "Before" });
        await world.TellAsync(request, ("hris_employees", ids[0]));
        await world.Sandbox.ControlAsync("hold", new { collection = $"employees/{ids[0]}" });
        await using var webhook = world.Start(request.Webhook("-w"));
        await HeldAsync();
        await world.Sandbox.ChangeAsync("employees", ids[0], new { job_title = "After" });

        (await world.SyncAsync(request with { RunId = request.RunId + "-full" })).ExitCode.ShouldBe(0);
        await world.Sandbox.ControlAsync("release", new { });
        var end = await webhook.EndAsync(Soon);

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "Succeeded"), end.Output);
        end.Word.Counts!.Changed.ShouldBe(0);
        (await world.TextAsync(request, ids[0], "job_title")).ShouldBe("After");
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_record_that_was_gone_while_a_full_sync_ran_stays_deleted()
    {
        var (request, ids) = await world.SyncedAsync();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 4 });
        await using var full = world.Start(request with { RunId = request.RunId + "-full" });
        await HeldAsync();
        await world.Sandbox.DeleteAsync("employees", ids[0]); // on a page that the full has read
        await world.TellAsync(request, ("hris_employees", ids[0]));

        var webhook = await world.WebhookAsync(request, "-w");
        await world.Sandbox.ControlAsync("release", new { });
        var end = await full.EndAsync(Soon);

        (webhook.ExitCode, webhook.Word!.Counts!.Deleted).ShouldBe((0, 1), webhook.Output);
        end.ExitCode.ShouldBe(0, end.Output);
        (await world.TextAsync(request, ids[0], "remote_deleted_at")).ShouldNotBe("-");
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(ids.Count - 1);
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_source_that_finds_nothing_any_more_deletes_no_more_than_the_guard_allows()
    {
        var (request, ids) = await world.SyncedAsync(new(MaxPercent: 1, MinRecords: 5, ConfirmBySecondRun: null));
        await world.Sandbox.ControlAsync("fail", new { status = 404 });
        await world.TellAsync(request, [.. ids.Take(50).Select(id => ("hris_employees", id))]);
        var allowed = ids.Count / 100;

        var end = await world.WebhookAsync(request, "-w1");

        (end.ExitCode, end.Word!.Result).ShouldBe((0, "PartiallyFailed"), end.Output);
        end.Word.Message!.ShouldContain($"{50 - allowed} were gone from the source, but more within a day than spec.deletionGuard allows");
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(allowed);
        await world.TellAsync(request, ("hris_employees", ids[60]));
        (await world.WebhookAsync(request, "-w2")).Word!.Counts!.Deleted.ShouldBe(0, "the day is not over");

        await world.ResetAsync();
        (await world.SyncAsync(request with { RunId = request.RunId + "-full" })).ExitCode.ShouldBe(0);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0, "a full sync that reads them brings them back");
    }

    /// <summary>Ends with SIGKILL as soon as the source holds an answer back, which goes on then.</summary>
    async Task KilledAsync(RunRequest request)
    {
        await using var killed = world.Start(request, ("KOMBO_LEASE_SECONDS", "2"));
        await HeldAsync();
        killed.Process.Kill();
        await killed.EndAsync(Soon);
        await Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 0, Soon); // it has noticed
        await world.Sandbox.ControlAsync("release", new { });
    }

    Task HeldAsync() => Eventually.BecomesAsync(async () => await world.Sandbox.HeldAsync() == 1, Soon);

    Task<string[]> StampsAsync(RunRequest request, string[] ids) => world.QueryAsync<string[]>(
        "select array_agg(changed_at::text order by remote_id) from kombo.hris_employees where integration_id = $1 and remote_id = any($2)",
        request.IntegrationId, ids);
}
