using System.Diagnostics.Metrics;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Metrics;
using Kombo.Operator.Tests.Leadership;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Metrics;

public sealed class ObjectReadingsTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Every_object_has_series_until_it_is_deleted()
    {
        await using var harness = await OperatorHarness.StartAsync();
        await harness.CreateScheduleAsync("standard", new() { Suspend = true });
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Active?.Full is not null);
        var objects = new ObjectReadings(harness.View, harness.Leadership);
        await Eventually.BecomesAsync(() => objects.Active().Single().Value == 1, Deadline);
        await harness.FinishAsync((await harness.JobsAsync()).ShouldHaveSingleItem());
        var ended = await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        await Eventually.BecomesAsync(() => objects.Active().Single().Value == 0, Deadline);

        var last = objects.LastSuccess().ShouldHaveSingleItem();
        last.Value.ShouldBe(ended.Full!.LastSyncTime!.Value.ToUnixTimeSeconds());
        Text(last).ShouldBe("namespace=hr,name=acme");
        objects.Next().ShouldHaveSingleItem().Value.ShouldBe(ended.NextSyncTime!.Value.ToUnixTimeSeconds());
        objects.Conditions().Select(Text).ShouldContain("kind=Integration,namespace=hr,name=acme,type=Ready,status=True");
        objects.Conditions().Select(Text).ShouldContain(text => text.StartsWith("kind=SyncSchedule,namespace=hr,name=standard,type=Ready"));
        objects.Suspended().ToDictionary(Text, one => one.Value).ShouldBeEquivalentTo(new Dictionary<string, long>
        {
            ["kind=Integration,namespace=hr,name=acme"] = 0,
            ["kind=SyncSchedule,namespace=hr,name=standard"] = 1,
        });

        await harness.Cluster.DeleteAsync<V1Alpha1Integration>(
            "acme", OperatorHarness.Namespace, DeleteOptions.Background, CancellationToken.None);
        await Eventually.BecomesAsync(() => !objects.Next().Any() && !objects.LastSuccess().Any(), Deadline);
        objects.Conditions().Select(Text).ShouldAllBe(text => text.StartsWith("kind=SyncSchedule"));
    }

    [Fact]
    public async Task Who_does_not_lead_tells_of_no_object()
    {
        using var leadership = new FakeLeadership();
        await using var harness = await OperatorHarness.StartAsync();
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Active?.Full is not null);
        var objects = new ObjectReadings(harness.View, leadership);
        objects.Active().ShouldBeEmpty("a zero would be told by two");
        objects.Conditions().ShouldBeEmpty();
        objects.Suspended().ShouldBeEmpty();
        leadership.Give();
        objects.Active().ShouldNotBeEmpty();
        objects.Suspended().ShouldNotBeEmpty();
    }

    static string Text<T>(Measurement<T> measurement) where T : struct =>
        string.Join(',', measurement.Tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
}
