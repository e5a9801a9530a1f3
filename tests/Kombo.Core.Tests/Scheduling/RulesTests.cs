using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Scheduling;

namespace Kombo.Core.Tests.Scheduling;

public class RulesTests
{
    static readonly IntegrationSpec Good = new() { Connector = "scim" };

    public static TheoryData<SyncScheduleSpec, string[]> Schedules => new()
    {
        { new(), [] },
        { new() { Full = new("3h", "24h", "24h"), Delta = new("15m", "3h"), FirstSync = "AtNextSlot", JitterPercent = 10, Retry = new("1m", "1h", 10) }, [] },
        { new() { Full = new("3", null, null) }, ["spec.full.frequency: \"3\" is not a duration"] },
        { new() { Full = new(null, "1ms", "9000h") }, ["spec.full.frequencyWithDelta: \"1ms\" is out of range", "spec.full.frequencyWithWebhooks: \"9000h\" is out"] },
        { new() { Delta = new("x", "y") }, ["spec.delta.frequency: \"x\"", "spec.delta.frequencyWithWebhooks: \"y\""] },
        { new() { FirstSync = "Later" }, ["spec.firstSync: \"Later\" is unknown: write Now or AtNextSlot"] },
        { new() { JitterPercent = 100 }, ["spec.jitterPercent: 100 is out of range: it is from 0 to 99"] },
        { new() { MaxActiveSyncs = 0 }, ["spec.maxActiveSyncs: 0 is out of range"] },
        { new() { Retry = new("10ms", "25h", 0) }, ["spec.retry.base", "spec.retry.max", "spec.retry.failureThreshold"] },
        { new() { Retry = new("2h", null, null) }, ["spec.retry: base (2h) is longer than max (1h): raise max or lower base"] },
        { new() { ActiveDeadline = new("1s", "1000h") }, ["spec.activeDeadline.full", "spec.activeDeadline.delta"] },
    };

    [Theory, MemberData(nameof(Schedules))]
    public void Checks_schedules(SyncScheduleSpec spec, string[] messages) => ShouldSay(ScheduleRules.Check(spec), "InvalidSchedule", messages);

    public static TheoryData<IntegrationSpec, string[]> Specs => new()
    {
        { Good, [] },
        { new() { ConnectorFrom = new(new("map", "key")) }, [] },
        { new(), ["spec.connector: is missing: name a built-in connector, or a ConfigMap"] },
        { Good with { Connector = "" }, ["spec.connector: is missing"] },
        { Good with { ConnectorFrom = new(new("map", "key")) }, ["spec: has both connector and connectorFrom: keep one of them"] },
        { new() { ConnectorFrom = new(null) }, ["spec.connectorFrom.configMapKeyRef: must have the name"] },
        { new() { ConnectorFrom = new(new("map", "")) }, ["spec.connectorFrom.configMapKeyRef: must have the name"] },
        { Good with { Credentials = new(null) }, ["spec.credentials.secretRef.name: is missing"] },
        { Good with { ScheduleRef = new("") }, ["spec.scheduleRef.name: is missing"] },
        { Good with { IntegrationId = "two words" }, ["spec.integrationId: must be 1 to 128 printable ASCII characters without spaces"] },
        { Good with { Sync = new(new("ten hours"), new("1ms")) }, ["spec.sync.full.frequency: \"ten hours\"", "spec.sync.delta.frequency: \"1ms\""] },
        { Good with { DeletionGuard = new(101, -1, null) }, ["spec.deletionGuard.maxPercent: 101", "spec.deletionGuard.minRecords: -1"] },
        { Good with { DeletionPolicy = "Destroy" }, ["spec.deletionPolicy: \"Destroy\" is unknown: write Retain or Delete"] },
    };

    [Theory, MemberData(nameof(Specs))]
    public void Checks_specs(IntegrationSpec spec, string[] messages) => ShouldSay(SpecRules.Check(spec), "InvalidSpec", messages);

    [Fact]
    public void The_defaults_are_those_of_the_documentation()
    {
        var schedule = EffectiveSchedule.Of(new());
        schedule.ShouldBe(new EffectiveSchedule
        {
            FullFrequency = TimeSpan.FromHours(3),
            FullFrequencyWithDelta = TimeSpan.FromHours(24),
            FullFrequencyWithWebhooks = TimeSpan.FromHours(24),
            DeltaFrequency = TimeSpan.FromMinutes(15),
            DeltaFrequencyWithWebhooks = TimeSpan.FromHours(3),
            FirstSyncAtNextSlot = false,
            JitterPercent = 0,
            MaxActiveSyncs = 20,
            RetryBase = TimeSpan.FromMinutes(1),
            RetryMax = TimeSpan.FromHours(1),
            FailureThreshold = 10,
            FullDeadline = TimeSpan.FromHours(72),
            DeltaDeadline = TimeSpan.FromHours(6),
            Suspend = false,
        });
    }

    static void ShouldSay(IEnumerable<Problem> found, string reason, string[] messages)
    {
        var problems = found.ToList();
        problems.Count.ShouldBe(messages.Length, string.Join('\n', problems));
        foreach (var (problem, message) in problems.Zip(messages))
        {
            problem.Message.ShouldStartWith(message);
            problem.Reason.ShouldBe(reason);
            problem.NeedsEdit.ShouldBeTrue();
        }
    }
}
