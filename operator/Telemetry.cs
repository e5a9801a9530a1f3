using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Kombo.Operator;

/// <summary>Names of this project's traces and metrics; a counter's <c>_total</c> and a unit's <c>_seconds</c> are added where they
/// are shown. Labels are bounded: names of objects only on gauges, which go with their objects.</summary>
static class Telemetry
{
    public const string SourceName = "Kombo.Operator";
    public const string MeterName = "Kombo.Operator";

    /// <summary>Gauges of single objects, which only the leader shows.</summary>
    public const string ObjectsMeterName = "Kombo.Operator.Objects";

    public static readonly ActivitySource Source = new(SourceName);

    static readonly Meter Meter = new(MeterName);

    public static readonly Counter<long> Runs = Meter.CreateCounter<long>(
        "kombo_sync_runs", null, "Syncs that ended, by connector, trigger and result.");

    public static readonly Counter<long> Purges = Meter.CreateCounter<long>(
        "kombo_purge_runs", null, "Purge runs that ended, by connector, trigger and result.");

    public static readonly Counter<long> WebhookRuns = Meter.CreateCounter<long>(
        "kombo_webhook_runs", null, "Webhook runs that ended, by connector and result.");

    public static readonly Histogram<double> RunDuration = Histogram(
        "kombo_sync_duration", "From the start of a sync to its end.",
        [1, 5, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400]);

    public static readonly Histogram<double> StartDelay = Histogram(
        "kombo_sync_start_delay", "From the time that a sync was due to the start of its Job.",
        [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14400]);

    public static readonly Counter<long> Missed = Meter.CreateCounter<long>(
        "kombo_sync_missed", null, "Due times that passed without a sync, because the one before them came too late.");

    public static readonly Counter<long> Requests = Meter.CreateCounter<long>(
        "kombo_sync_requests", null, "Steps of requests for a sync: Accepted, then Completed or Failed; or Rejected.");

    /// <summary>What is read from the objects each time that somebody asks.</summary>
    public static Meter Observe(Metrics.IObjectReadings objects)
    {
        var meter = new Meter(ObjectsMeterName);
        meter.CreateObservableGauge(
            "kombo_sync_last_success_timestamp", objects.LastSuccess, "s", "When the Integration was last synced.");
        meter.CreateObservableGauge(
            "kombo_sync_next_timestamp", objects.Next, "s", "When the Integration is due next.");
        meter.CreateObservableGauge("kombo_sync_active", objects.Active, null, "Syncs that run.");
        meter.CreateObservableGauge(
            "kombo_sync_pending", objects.Pending, null, "Integrations with a sync that is due or asked for and does not run yet.");
        meter.CreateObservableGauge(
            "kombo_resource_condition", objects.Conditions, null, "1 for the status that each condition has.");
        meter.CreateObservableGauge(
            "kombo_resource_suspended", objects.Suspended, null, "1 for what is suspended, else 0.");
        return meter;
    }

    static Histogram<double> Histogram(string name, string description, double[] boundaries) => Meter.CreateHistogram(
        name, "s", description, tags: null, advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = boundaries });
}
