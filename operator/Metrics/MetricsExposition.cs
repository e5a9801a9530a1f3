using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;

namespace Kombo.Operator.Metrics;

/// <summary>Adds up what the meters of this process tell, and shows it as Prometheus reads it. OpenTelemetry's own exporter for that
/// has no stable version.</summary>
sealed class MetricsExposition : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    readonly Lock gate = new(); // one look at a time: it makes the observable series anew
    readonly ConcurrentDictionary<string, MetricFamily> families = new(StringComparer.Ordinal);
    readonly MeterListener listener = new();

    /// <param name="meters">Names of the meters to show.</param>
    public MetricsExposition(params IReadOnlyCollection<string> meters)
    {
        listener.InstrumentPublished = (instrument, own) =>
        {
            if (meters.Contains(instrument.Meter.Name))
                own.EnableMeasurementEvents(instrument, FamilyOf(instrument));
        };
        listener.SetMeasurementEventCallback<double>((_, value, tags, family) => Record(value, tags, family));
        listener.SetMeasurementEventCallback<float>((_, value, tags, family) => Record(value, tags, family));
        listener.SetMeasurementEventCallback<long>((_, value, tags, family) => Record(value, tags, family));
        listener.SetMeasurementEventCallback<int>((_, value, tags, family) => Record(value, tags, family));
        listener.Start();
    }

    /// <summary>All series, families in the order of their names.</summary>
    public string Read()
    {
        var text = new StringBuilder();
        lock (gate)
        {
            foreach (var family in families.Values.Where(family => family.IsObservable))
                family.Forget();
            listener.RecordObservableInstruments();
            foreach (var (_, family) in families.OrderBy(pair => pair.Key, StringComparer.Ordinal))
                family.Write(text);
        }
        return text.ToString();
    }

    public void Dispose() => listener.Dispose();

    MetricFamily FamilyOf(Instrument instrument)
    {
        var family = new MetricFamily(instrument);
        return families.GetOrAdd(family.Name, family); // the same name from two meters is one family
    }

    static void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? family)
    {
        if (family is MetricFamily known)
            known.Record(value, tags);
    }
}
