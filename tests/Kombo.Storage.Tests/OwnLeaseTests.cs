using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

/// <summary>The commit that gave a worker its lease succeeded, and the answer was lost.</summary>
public sealed class OwnLeaseTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    [RequiresFact(Need.Postgres)]
    public async Task A_worker_that_never_heard_that_it_has_the_lease_takes_it_at_once()
    {
        var here = fixture.NewScenario();
        await using var unheard = await here.StartAsync(runId: "unheard");

        await using var run = await here.StartAsync(runId: "unheard");

        (run.Attempt, run.FencingToken).ShouldBe((2, unheard.FencingToken + 1));
        await Should.ThrowAsync<LeaseLostException>(() => here.WriteAsync(unheard, Rows.Employees, Rows.Employee(1, "Ada")));
        (await here.WriteAsync(run, Rows.Employees, Rows.Employee(1, "Ada"))).New.ShouldBe(1);
        (await fixture.Database.Runs.StartAsync(here.Request(runId: "unheard"), "worker-2", CancellationToken.None))
            .ShouldBeOfType<RunStart.LeaseHeld>("another worker waits");
        (await fixture.Database.Runs.StartAsync(here.Request(), "worker-1", CancellationToken.None))
            .ShouldBeOfType<RunStart.LeaseHeld>("another run of the same worker waits");
    }
}
