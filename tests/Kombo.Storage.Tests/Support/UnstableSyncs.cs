using Kombo.Core.Runs;
using Kombo.Storage.Runs;

namespace Kombo.Storage.Tests.Support;

/// <summary>Full syncs of employees whose paging may pass over a record.</summary>
static class UnstableSyncs
{
    /// <param name="employees">So many come, from the first on.</param>
    public static async Task<RunProgress> SyncUnstablyAsync(this Scenario here, int employees, string? incomplete = null)
    {
        await using var run = await here.StartAsync();
        await here.WriteAsync(run, Rows.Employees, Rows.EmployeeRange(1, employees), page => page with { Incomplete = incomplete });
        return await here.FinishUnstablyAsync(run);
    }

    public static Task<RunProgress> FinishUnstablyAsync(this Scenario here, RunHandle run, Action<string>? onPhase = null) =>
        here.Database.Finisher.FinishAsync(run, new FinishRequest
        {
            Streams = [new StreamModels("hris_employees", [Rows.Employees]) { StablePaging = false }],
        }, onPhase, CancellationToken.None);
}
