using Kombo.Core.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>Records whose data was older than the mirror's are told apart from unchanged ones, to the end of the run.</summary>
public sealed class OutdatedTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task They_are_counted_over_attempts_and_in_the_result()
    {
        var here = fixture.NewScenario();
        var early = await here.NowAsync();
        await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3));
        var request = here.Request();
        await using (var first = await here.StartAsync(request))
        {
            await here.WriteAsync(first, Rows.Employees, [Rows.Employee(1, "Old"), Rows.Employee(2, "name 2")],
                page => page with { RequestedAt = early, IsLast = false, NextPageToken = "2" });
            await fixture.Database.Finisher.ReleaseAsync(first, CancellationToken.None);
        }

        await using var second = await here.StartAsync(request);
        second.Counts.ShouldBe(new RunCounts { Read = 2, Unchanged = 1, Outdated = 1 });
        await here.WriteAsync(second, Rows.Employees, [Rows.Employee(3, "Old")], page => page with { RequestedAt = early });

        (await here.FinishAsync(second, Rows.Employees)).Counts.ShouldBe(new RunCounts { Read = 3, Unchanged = 1, Outdated = 2 });
    }

    [RequiresFact(Need.Postgres)]
    public async Task A_run_without_them_says_nothing_of_them()
    {
        var here = fixture.NewScenario();

        (await here.SyncAsync(Rows.Employees, Rows.EmployeeRange(1, 3))).Counts!.Outdated.ShouldBeNull();
    }
}
