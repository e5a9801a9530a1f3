using System.Diagnostics.Metrics;

namespace Kombo.Kubernetes;

/// <summary>Every metric of this project. Names as other controllers have them, so that stock dashboards work.</summary>
public static class Telemetry
{
    public const string MeterName = "Kombo.Kubernetes";

    static readonly Meter Meter = new(MeterName);

    internal static readonly Counter<long> Requests = Meter.CreateCounter<long>("rest_client_requests");
    internal static readonly Counter<long> WatchEvents = Meter.CreateCounter<long>("kombo_watch_events");
    internal static readonly Counter<long> WatchRestarts = Meter.CreateCounter<long>("kombo_watch_restarts");
    internal static readonly Counter<long> WatchLists = Meter.CreateCounter<long>("kombo_watch_lists");
    internal static readonly Counter<long> Undecodable = Meter.CreateCounter<long>("kombo_undecodable_objects");
    internal static readonly UpDownCounter<long> QueueDepth = Meter.CreateUpDownCounter<long>("workqueue_depth");
    internal static readonly Counter<long> QueueAdds = Meter.CreateCounter<long>("workqueue_adds");
    internal static readonly Counter<long> QueueRetries = Meter.CreateCounter<long>("workqueue_retries");
    internal static readonly Histogram<double> QueueDuration = Meter.CreateHistogram("workqueue_queue_duration", "s", Seconds(0.001, 10));
    internal static readonly Histogram<double> WorkDuration = Meter.CreateHistogram("workqueue_work_duration", "s", Seconds(0.001, 10));
    internal static readonly Counter<long> Reconciles = Meter.CreateCounter<long>("kombo_reconcile");
    internal static readonly Counter<long> ReconcilePanics = Meter.CreateCounter<long>("kombo_reconcile_panics");
    internal static readonly Histogram<double> ReconcileDuration = Meter.CreateHistogram("kombo_reconcile_duration", "s", Seconds(0.001, 10));
    internal static readonly Counter<long> EventsDropped = Meter.CreateCounter<long>("kombo_events_dropped");
    internal static readonly Gauge<long> Leading = Meter.CreateGauge<long>("leader_election_master_status");

    static Histogram<double> CreateHistogram(this Meter meter, string name, string unit, double[] buckets) =>
        meter.CreateHistogram(
            name, unit, description: null, tags: null,
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = buckets });

    // The default boundaries are for milliseconds.
    static double[] Seconds(double first, int count) => [.. Enumerable.Range(0, count).Select(step => first * Math.Pow(4, step))];
}
