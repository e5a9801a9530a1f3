using Kombo.Core.Resources;
using Kombo.Core.Scheduling;
using Kombo.Core.Tests.Planning;
using static Kombo.Core.Tests.Planning.ScheduleTests;

namespace Kombo.Core.Tests.Scheduling;

public class FrequenciesTests
{
    static readonly SyncScheduleSpec Custom = new() { Full = new("1h", "2h", "4h"), Delta = new("5m", "50m") };

    static ObservationBuilder Acme => An.Observation().Every(null).Now("12:00");

    public static TheoryData<string, ObservationBuilderRow, string> Rules => new()
    {
        { "built-in, no delta", Row(Acme), "3h -" },
        { "built-in, with delta", Row(Acme.SupportsDelta()), "24h 15m" },
        {
            "delta that does not cover the scope leaves fulls as often",
            Row(Acme.SupportsDelta(coversScope: false)),
            "3h 15m"
        },
        { "built-in, with webhooks", Row(Acme.SupportsDelta().Webhook("11:00")), "24h 3h" },
        { "webhooks count without delta too", Row(Acme.Webhook("11:00")), "24h -" },
        {
            "webhooks that were silent for a day do not count",
            Row(Acme.SupportsDelta().Webhook("12:00").Now("12:00+1")),
            "24h 15m"
        },
        { "one second before they do", Row(Acme.SupportsDelta().Webhook("12:00").Now("11:59:59+1")), "24h 3h" },
        {
            "webhooks that are not enabled do not count",
            Row(Acme.SupportsDelta().Webhook("11:00").Spec(spec => spec with { UpstreamWebhooks = new(false) })),
            "24h 15m"
        },
        { "the schedule's own", Row(Acme.Schedule(Custom)), "1h -" },
        { "the schedule's own with delta", Row(Acme.SupportsDelta().Schedule(Custom)), "2h 5m" },
        { "the schedule's own with webhooks", Row(Acme.SupportsDelta().Schedule(Custom).Webhook("11:00")), "4h 50m" },
        {
            "a field that is absent has its own default",
            Row(Acme.SupportsDelta().Schedule(new() { Full = new("1h", null, null) })),
            "24h 15m"
        },
        {
            "the Integration's own beats all",
            Row(Acme.SupportsDelta().Schedule(Custom).Webhook("11:00").Every("10h", "30m")),
            "10h 30m"
        },
        { "each for itself", Row(Acme.SupportsDelta().Schedule(Custom).Every("10h")), "10h 5m" },
        { "a malformed one is as if absent", Row(Acme.Every("soon")), "3h -" },
        { "while the connector is not known they stay as they were",
            Row(Acme.Status(status => status with { Effective = new("7h", "7m") }).Connector(_ => null)), "7h 7m" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Finds(string rule, ObservationBuilderRow seen, string expected)
    {
        var found = Frequencies.Of(seen.Build()).ToStatus();
        $"{found.Full} {found.Delta ?? "-"}".ShouldBe(expected, rule);
    }

    [Fact]
    public void Says_where_a_frequency_comes_from()
    {
        Frequencies.Of(Acme.SupportsDelta().Build()).Full.Source.ShouldBe("full.frequencyWithDelta of the schedule");
        Frequencies.Of(Acme.Every("10h").Build()).Full.Source.ShouldBe("spec.sync.full.frequency");
    }
}
