using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class CheckpointTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task Full_and_delta_have_checkpoints_of_their_own_and_the_last_page_counts()
    {
        var here = fixture.NewScenario();
        await using var full = await here.StartAsync();
        foreach (var page in new[] { 1, 2 })
            await here.WriteAsync(full, Rows.Employees, Rows.EmployeeRange(page * 10, 10),
                write => write with { IsLast = false, NextPageToken = $"after {page}" });

        await using var delta = await here.StartAsync(SyncType.Delta);
        delta.Stream("hris_employees").ShouldBe(new StreamState("hris_employees", StreamProgress.Pending));
        await fixture.Database.Finisher.ReleaseAsync(full, CancellationToken.None);

        await using var next = await here.StartAsync(full.Request);
        next.Stream("hris_employees").ShouldBe(new StreamState("hris_employees", StreamProgress.Running)
        {
            PageToken = "after 2",
            Pages = 2,
            Counts = new RunCounts { Read = 20, New = 20 },
        });
    }
}
