using System.Diagnostics.Metrics;
using Kombo.Operator.Metrics;

namespace Kombo.Operator.Tests.Metrics;

/// <summary>The text format of Prometheus, line by line.</summary>
public sealed class MetricsExpositionTests : IDisposable
{
    readonly Meter meter = new($"test-{Guid.NewGuid()}");
    readonly MetricsExposition exposition;

    public MetricsExpositionTests() => exposition = new(meter.Name);

    public void Dispose()
    {
        exposition.Dispose();
        meter.Dispose();
    }

    [Fact]
    public void A_counter_is_added_up_for_each_combination_of_labels()
    {
        var counter = meter.CreateCounter<long>("kombo_things", null, "Things.");
        counter.Add(1, Tag("b", "2"), Tag("a", "1"));
        counter.Add(2, Tag("a", "1"), Tag("b", "2"));
        counter.Add(5, Tag("a", "other"), Tag("b", "2"));
        exposition.Read().ShouldBe("""
            # HELP kombo_things_total Things.
            # TYPE kombo_things_total counter
            kombo_things_total{a="1",b="2"} 3
            kombo_things_total{a="other",b="2"} 5

            """);
    }

    [Fact]
    public void A_gauge_has_its_last_value_and_an_up_down_counter_its_sum()
    {
        var gauge = meter.CreateGauge<long>("kombo_level");
        gauge.Record(7);
        gauge.Record(3);
        var depth = meter.CreateUpDownCounter<long>("kombo_depth");
        depth.Add(7);
        depth.Add(-3);
        exposition.Read().ShouldBe("""
            # TYPE kombo_depth gauge
            kombo_depth 4
            # TYPE kombo_level gauge
            kombo_level 3

            """);
    }

    [Fact]
    public void The_buckets_of_a_histogram_hold_all_below_them_and_a_limit_belongs_to_its_bucket()
    {
        var histogram = meter.CreateHistogram(
            "kombo_wait", "s", "Waits.", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 1, 2.5] });
        foreach (var seconds in new[] { 0.5, 0.75, 1, 2, 100 })
            histogram.Record(seconds, Tag("kind", "x"));
        exposition.Read().ShouldBe("""
            # HELP kombo_wait_seconds Waits.
            # TYPE kombo_wait_seconds histogram
            kombo_wait_seconds_bucket{kind="x",le="0.5"} 1
            kombo_wait_seconds_bucket{kind="x",le="1"} 3
            kombo_wait_seconds_bucket{kind="x",le="2.5"} 4
            kombo_wait_seconds_bucket{kind="x",le="+Inf"} 5
            kombo_wait_seconds_sum{kind="x"} 104.25
            kombo_wait_seconds_count{kind="x"} 5

            """);
    }

    [Fact]
    public void What_is_observed_shows_what_is_there_now_and_nothing_that_is_gone()
    {
        string[] names = ["one", "two"];
        meter.CreateObservableGauge("kombo_object", () => names.Select(name => new Measurement<double>(1, Tag("name", name))));
        exposition.Read().ShouldContain("two");
        names = ["one"];
        exposition.Read().ShouldBe("""
            # TYPE kombo_object gauge
            kombo_object{name="one"} 1

            """);
        names = [];
        exposition.Read().ShouldBeEmpty();
    }

    [Fact]
    public void Values_names_and_help_are_escaped()
    {
        meter.CreateGauge<double>("9.odd name", "By", "A \\ and\na line").Record(1e21, Tag("k8s.name", "\"a\\b\"\nc"));
        exposition.Read().ShouldBe("""
            # HELP _9_odd_name_bytes A \\ and\na line
            # TYPE _9_odd_name_bytes gauge
            _9_odd_name_bytes{k8s_name="\"a\\b\"\nc"} 1E+21

            """);
    }

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(0.1, "0.1")]
    public void Numbers_are_written_as_the_format_wants(double value, string text)
    {
        meter.CreateGauge<double>("kombo_number").Record(value);
        exposition.Read().ShouldEndWith($"kombo_number {text}\n");
    }

    [Fact]
    public void Other_meters_are_left_out()
    {
        using var other = new Meter($"other-{Guid.NewGuid()}");
        other.CreateCounter<long>("kombo_other").Add(1);
        exposition.Read().ShouldBeEmpty();
    }

    [Fact]
    public async Task Nothing_is_lost_when_many_count_at_once()
    {
        var counter = meter.CreateCounter<long>("kombo_busy");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var count = 0; count < 10_000; count++)
                counter.Add(1, Tag("a", "b"));
        })));
        exposition.Read().ShouldContain("kombo_busy_total{a=\"b\"} 80000");
    }

    static KeyValuePair<string, object?> Tag(string key, string value) => new(key, value);
}
