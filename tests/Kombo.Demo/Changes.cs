using System.Text.Json.Nodes;
using Kombo.Core.Resources;

namespace Kombo.Demo;

/// <summary>What changes and vanishes at the source, and what only a full sync can know.</summary>
sealed class Changes(Stage stage, Story story)
{
    const string Changed = "emp-000042";
    const string Deleted = "emp-000007";

    public async Task TellAsync(CancellationToken cancellationToken)
    {
        await story.StepAsync(
            "delta", "a change arrives by itself with a new changed_at; every other row keeps its own", ChangeAsync);
        cancellationToken.ThrowIfCancellationRequested();
        await story.StepAsync("deletion, delta", "a deletion is not seen by a delta sync", DeleteAsync);
        cancellationToken.ThrowIfCancellationRequested();
        await story.StepAsync(
            "annotation",
            "an edited annotation forces a full sync; the next is due one frequency after its end; the source's 429 is waited out",
            ForceAsync);
        cancellationToken.ThrowIfCancellationRequested();
        await story.StepAsync(
            "deletion, full", "the full sync has marked what vanished, and nothing else", CheckDeletedAsync);
    }

    async Task ChangeAsync()
    {
        var before = await stage.Mirror.ScalarAsync("select max(changed_at) from kombo.hris_employees");
        await stage.Sandbox.ChangeAsync("employees", Changed, new JsonObject { ["job_title"] = "Chief Demonstrator" });
        Story.Say(
            $"{Changed} gets a new job title at the source; the schedule asks for a delta sync every two seconds");
        await stage.Status.WaitAsync(
            async () =>
                await stage.Mirror.CountAsync("hris_employees", $"remote_id = '{Changed}' and job_title = 'Chief Demonstrator'") == 1,
            "the change arrives");
        var status = await stage.Status.WaitAsync(
            status => StatusView.Finished(status, "delta").Any(), "a delta sync is in the history");
        Story.Check(
            StatusView.Finished(status, "full").Count() == 1, "a full sync has run, which should not have been due");
        var moved = Convert.ToInt64(
            await stage.Mirror.ScalarAsync(
                "select count(*) from kombo.hris_employees where changed_at > $1",
                new Npgsql.NpgsqlParameter { Value = before }),
            System.Globalization.CultureInfo.InvariantCulture);
        Story.Check(moved == 1, $"{moved} employees have a new changed_at; one was changed");
    }

    async Task DeleteAsync()
    {
        await stage.Sandbox.DeleteAsync("employees", Deleted);
        var since = await stage.Mirror.ScalarAsync("select clock_timestamp()");
        Story.Say($"{Deleted} is deleted at the source");
        await stage.Status.WaitAsync(
            async () => (bool?)await stage.Mirror.ScalarAsync(
                "select exists (select from kombo.sync_runs where type = 'delta' and result = 'Succeeded' and started_at > $1)",
                new Npgsql.NpgsqlParameter { Value = since }) == true,
            "a delta sync runs after the deletion");
        Story.Check(
            await stage.Mirror.CountAsync("hris_employees", $"remote_id = '{Deleted}' and remote_deleted_at is null") == 1,
            "a delta sync marked the employee as deleted");
    }

    async Task ForceAsync()
    {
        var before = await stage.Status.WaitAsync(
            status => status.Full?.NextSyncTime is not null, "the next full sync is scheduled");
        var token = TimeProvider.System.GetUtcNow().ToString("O", System.Globalization.CultureInfo.InvariantCulture);
        await stage.Sandbox.ControlAsync("throttle", new JsonObject { ["count"] = 2, ["retryAfter"] = 1 });
        stage.Manifests.WriteIntegration(token);
        Story.Say($"kombo.dev/requestedAt is set to {token} in the manifest; the source will answer 429 twice");
        var after = await stage.Status.WaitAsync(
            status => status.LastRequest is { Result: "Completed" } last && last.Token == token,
            "the request is completed");
        Story.Check(after.LastHandledReconcileAt == token, "the token was not acknowledged");
        CheckSchedule(before, after);
        var throttled = (await stage.Sandbox.RequestsAsync()).GetProperty("newest").EnumerateArray()
            .Count(request => request.GetProperty("status").GetInt32() == 429);
        Story.Check(throttled == 2, $"the source answered 429 {throttled} times instead of twice");
        await stage.ShowAsync("explain", ManifestFiles.Name);
    }

    static void CheckSchedule(IntegrationStatus before, IntegrationStatus after)
    {
        var run = StatusView.Finished(after, "full").First();
        Story.Check(
            run is { Trigger: "Manual", Result: "Succeeded" }, $"the newest full sync is {run.Trigger}, {run.Result}");
        var (next, end) = (after.Full?.NextSyncTime, run.FinishedAt);
        Story.Check(
            next > before.Full?.NextSyncTime,
            $"the next full sync was due at {before.Full?.NextSyncTime:O} and still is at {next:O}");
        Story.Check(
            (next - end - ManifestFiles.FullFrequency)?.Duration() <= TimeSpan.FromSeconds(1),
            $"the full sync ended at {end:O} and the next one is due at {next:O}, which is not one hour later");
    }

    async Task CheckDeletedAsync()
    {
        Story.Check(
            await stage.Mirror.CountAsync("hris_employees", $"remote_id = '{Deleted}' and remote_deleted_at is not null") == 1,
            "the full sync did not mark the employee as deleted");
        var marked = await stage.Mirror.CountAsync("hris_employees", "remote_deleted_at is not null");
        Story.Check(marked == 1, $"{marked} employees are marked as deleted; one was");
        foreach (var table in (string[])["hris_employments", "hris_absences", "hris_join_employees_teams"])
        {
            var orphans = await stage.Mirror.CountAsync(
                table, $"remote_deleted_at is null and employee_id = (select id from kombo.hris_employees where remote_id = '{Deleted}')");
            Story.Check(orphans == 0, $"{orphans} rows of {table} outlived their employee");
        }

        Story.Say($"{Deleted} and the employments, absences and memberships of it have a remote_deleted_at");
    }
}
