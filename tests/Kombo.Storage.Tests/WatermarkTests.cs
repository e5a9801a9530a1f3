using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class WatermarkTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Watermarks_are_saved_with_the_last_page_and_never_go_back()
    {
        var here = fixture.NewScenario();
        await using var run = await here.StartAsync(SyncType.Delta);
        await here.WriteAsync(run, Rows.Employees, [Rows.Employee(1, "Ada")], page => page with
        {
            IsLast = false,
            NextPageToken = "2",
            Watermark = "2026-01-05T09:00:00Z",
        });
        (await MarkAsync(here)).ShouldBeNull();
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Watermark = "2026-01-05T09:00:00Z" });
        (await MarkAsync(here)).ShouldBe("2026-01-05T09:00:00Z");
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Watermark = "2026-01-05T09:30:00+01:00" });
        (await MarkAsync(here)).ShouldBe("2026-01-05T09:00:00Z");
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Watermark = "2026-01-05T10:00:00Z" });
        (await MarkAsync(here)).ShouldBe("2026-01-05T10:00:00Z");
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Watermark = "2026-01-05T09:30:00Z/2026-01-06T09:00:00Z" });
        (await MarkAsync(here)).ShouldBe("2026-01-05T10:00:00Z", "the first time is where a delta begins");
        await here.WriteAsync(run, Rows.Employees, [], page => page with { Watermark = "2026-01-06T09:00:00Z", Incomplete = "capped" });
        (await MarkAsync(here)).ShouldBe("2026-01-05T10:00:00Z");
        await here.FinishAsync(run, Rows.Employees);

        await using var next = await here.StartAsync(SyncType.Delta);

        next.Stream("hris_employees").ShouldBe(new StreamState("hris_employees", StreamProgress.Pending)
        {
            Watermark = "2026-01-05T10:00:00Z",
        });
    }

    Task<string> MarkAsync(Scenario here) => fixture.QueryAsync<string>(
        "select max(watermark) from kombo.sync_watermarks where integration_id = @IntegrationId", new { here.IntegrationId });
}
