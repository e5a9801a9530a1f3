using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests.Purging;

/// <summary>Syncs of an older, narrower scope beside those of a wider one: what they write would lack what the wider scope lets
/// through, and later data wins.</summary>
public sealed class WideningTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly ScopeSpec NamesOnly = PurgeScenario.Employees("first_name");

    [RequiresTheory(Need.Postgres)]
    [InlineData(SyncType.Delta)]
    [InlineData(SyncType.Webhook)]
    public async Task Another_run_of_the_narrower_scope_writes_nothing_beside_the_full_sync_of_the_wider(SyncType type)
    {
        var one = new PurgeScenario(fixture);
        await using var narrow = await one.Here.StartAsync(one.Request(type, NamesOnly, generation: 1));
        await one.Here.WriteAsync(narrow, Rows.Employees, Rows.Employee(1, "Ada"));
        await using var full = await one.Here.StartAsync(one.Request(SyncType.Full, scope: null, generation: 2));

        await Should.ThrowAsync<LeaseLostException>(one.Here.WriteAsync(narrow, Rows.Employees, Rows.Employee(1, "Bea")));
        foreach (var request in new[] { narrow.Request, one.Request(type, NamesOnly, generation: 1) })
        {
            var end = (await fixture.Database.Runs.StartAsync(request, "late", CancellationToken.None))
                .ShouldBeOfType<RunStart.AlreadyFinished>().Progress;
            (end.Result, end.Reason).ShouldBe(("Cancelled", Reasons.ScopeWidened), end.Message);
        }

        await using var wide = await one.Here.StartAsync(one.Request(type, scope: null, generation: 2));
        await one.Here.WriteAsync(wide, Rows.Employees, Rows.Employee(1, "Bea"));
    }

    [RequiresFact(Need.Postgres)]
    public async Task The_same_scope_in_a_newer_generation_ends_no_run_and_a_full_sync_goes_on_beside_what_is_wider()
    {
        var one = new PurgeScenario(fixture);
        await using var full = await one.Here.StartAsync(one.Request(SyncType.Full, NamesOnly, generation: 1));
        await using var delta = await one.Here.StartAsync(one.Request(SyncType.Delta, scope: null, generation: 2));
        await using var webhook = await one.Here.StartAsync(one.Request(SyncType.Webhook, scope: null, generation: 3));

        await one.Here.WriteAsync(full, Rows.Employees, Rows.Employee(1, "Ada")); // the full of the wider scope comes after it
        await one.Here.WriteAsync(delta, Rows.Employees, Rows.Employee(2, "Bea"));
        await one.Here.WriteAsync(webhook, Rows.Employees, Rows.Employee(3, "Cora"));
    }
}
