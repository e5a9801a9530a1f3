using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Kombo.Kubernetes;

/// <summary>Every metric of this project. Names as other controllers have them, so that stock dashboards work; a counter's
/// <c>_total</c> and a unit's <c>_seconds</c> are added where they are shown.</summary>
public static class Telemetry
{
    public const string MeterName = "Kombo.Kubernetes";

    static readonly Meter Meter = new(MeterName);
    static readonly ConcurrentDictionary<IMeasuredQueue, bool> Queues = new();

    internal static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "rest_client_requests", null, "Requests to the API server, by status code and method; code <error>: no answer.");

    internal static readonly Counter<long> WatchEvents = Meter.CreateCounter<long>(
        "kombo_watch_events", null, "Changes that watches delivered, bookmarks included.");

    internal static readonly Counter<long> WatchRestarts = Meter.CreateCounter<long>(
        "kombo_watch_restarts", null, "Watches that ended with an error, by what followed.");

    internal static readonly Counter<long> WatchLists = Meter.CreateCounter<long>(
        "kombo_watch_lists", null, "Whole lists that were read.");

    internal static readonly Counter<long> Undecodable = Meter.CreateCounter<long>(
        "kombo_undecodable_objects", null, "Objects of the cluster that could not be read and were left out.");

    internal static readonly UpDownCounter<long> QueueDepth = Meter.CreateUpDownCounter<long>(
        "workqueue_depth", null, "Keys that wait for a worker.");

    internal static readonly Counter<long> QueueAdds = Meter.CreateCounter<long>(
        "workqueue_adds", null, "Keys that were added.");

    internal static readonly Counter<long> QueueRetries = Meter.CreateCounter<long>(
        "workqueue_retries", null, "Keys that were added again because they failed.");

    internal static readonly Histogram<double> QueueDuration = Histogram(
        "workqueue_queue_duration", "How long keys waited for a worker.");

    internal static readonly Histogram<double> WorkDuration = Histogram(
        "workqueue_work_duration", "How long the work on a key took.");

    internal static readonly Counter<long> Reconciles = Meter.CreateCounter<long>(
        "kombo_reconcile", null, "Reconciles, by result.");

    internal static readonly Counter<long> ReconcileErrors = Meter.CreateCounter<long>(
        "kombo_reconcile_errors", null, "Reconciles that failed and are repeated.");

    internal static readonly Counter<long> ReconcilePanics = Meter.CreateCounter<long>(
        "kombo_reconcile_panics", null, "Reconciles that failed in a way that nobody expected: a defect.");

    internal static readonly Histogram<double> ReconcileDuration = Histogram(
        "kombo_reconcile_duration", "How long reconciles took.");

    internal static readonly Counter<long> EventsDropped = Meter.CreateCounter<long>(
        "kombo_events_dropped", null, "Events that were not written, because there were too many or the server was away.");

    internal static readonly Gauge<long> Leading = Meter.CreateGauge<long>(
        "leader_election_master_status", null, "1 while this process leads.");

    static Telemetry()
    {
        Meter.CreateObservableGauge(
            "workqueue_unfinished_work", () => Measure(queue => queue.Unfinished), "s",
            "How long the keys that are worked on have taken so far, added up.");
        Meter.CreateObservableGauge(
            "workqueue_longest_running_processor", () => Measure(queue => queue.Longest), "s",
            "How long the oldest of the keys that are worked on has taken so far.");
    }

    internal static void Follow(IMeasuredQueue queue) => Queues[queue] = true;

    internal static void Forget(IMeasuredQueue queue) => Queues.TryRemove(queue, out _);

    static IEnumerable<Measurement<double>> Measure(Func<IMeasuredQueue, TimeSpan> read) => Queues.Keys.Select(
        queue => new Measurement<double>(read(queue).TotalSeconds, new KeyValuePair<string, object?>("name", queue.Name)));

    // The default boundaries are for milliseconds.
    static Histogram<double> Histogram(string name, string description) => Meter.CreateHistogram(
        name, "s", description, tags: null,
        advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds(0.001, 10) });

    static double[] Seconds(double first, int count) => [.. Enumerable.Range(0, count).Select(step => first * Math.Pow(4, step))];
}

/// <summary>A queue whose work under way is measured when somebody asks.</summary>
internal interface IMeasuredQueue
{
    string Name { get; }

    TimeSpan Unfinished { get; }

    TimeSpan Longest { get; }
}
