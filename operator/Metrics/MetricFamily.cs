using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace Kombo.Operator.Metrics;

/// <summary>All series of one name.</summary>
sealed class MetricFamily
{
    // OpenTelemetry's default.
    static readonly double[] DefaultBoundaries = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

    readonly Lock gate = new();
    readonly Dictionary<string, Series> series = new(StringComparer.Ordinal); // by the text of their labels
    readonly bool isSum;
    readonly double[]? boundaries;

    public MetricFamily(Instrument instrument)
    {
        var isCounter = MetricName.IsCounter(instrument);
        Name = MetricName.Of(instrument.Name, instrument.Unit, isCounter);
        Help = instrument.Description ?? "";
        IsObservable = instrument.IsObservable;
        // What is observed tells its total, what is added only the difference; a gauge that is set tells its value.
        isSum = !IsObservable && instrument is not (Gauge<long> or Gauge<double> or Gauge<int>);
        if (MetricName.IsHistogram(instrument))
            boundaries = [.. (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries ?? DefaultBoundaries];
        Type = boundaries is not null ? "histogram" : isCounter ? "counter" : "gauge";
    }

    public string Name { get; }

    public string Help { get; }

    /// <summary>Of Prometheus: counter, gauge or histogram.</summary>
    public string Type { get; }

    /// <summary>Its series are those of the last look, and no others.</summary>
    public bool IsObservable { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = LabelText.Of(tags);
        lock (gate)
        {
            if (!series.TryGetValue(labels, out var one))
                series.Add(labels, one = new Series(boundaries));
            one.Add(value, isSum);
        }
    }

    public void Forget()
    {
        lock (gate)
            series.Clear();
    }

    /// <summary>In the text format 0.0.4; nothing if there are no series.</summary>
    public void Write(StringBuilder text)
    {
        lock (gate)
        {
            if (series.Count == 0)
                return;
            if (Help.Length > 0)
                text.Append("# HELP ").Append(Name).Append(' ').Append(LabelText.EscapeHelp(Help)).Append('\n');
            text.Append("# TYPE ").Append(Name).Append(' ').Append(Type).Append('\n');
            foreach (var (labels, one) in series)
                one.Write(text, Name, labels);
        }
    }

    /// <summary>One combination of labels.</summary>
    sealed class Series(double[]? boundaries)
    {
        readonly long[] buckets = boundaries is null ? [] : new long[boundaries.Length + 1];
        double value;

        public void Add(double measured, bool isSum)
        {
            value = isSum ? value + measured : measured;
            if (boundaries is null)
                return;
            var index = Array.BinarySearch(boundaries, measured); // a boundary belongs to its bucket
            buckets[index < 0 ? ~index : index]++;
        }

        public void Write(StringBuilder text, string name, string labels)
        {
            if (boundaries is null)
            {
                Line(text, name, labels, value);
                return;
            }
            var count = 0L;
            for (var index = 0; index < buckets.Length; index++)
            {
                count += buckets[index];
                var limit = Number(index < boundaries.Length ? boundaries[index] : double.PositiveInfinity);
                Line(text, $"{name}_bucket", $"{labels}{(labels.Length > 0 ? "," : "")}le=\"{limit}\"", count);
            }
            Line(text, $"{name}_sum", labels, value);
            Line(text, $"{name}_count", labels, count);
        }

        static void Line(StringBuilder text, string name, string labels, double number)
        {
            text.Append(name);
            if (labels.Length > 0)
                text.Append('{').Append(labels).Append('}');
            text.Append(' ').Append(Number(number)).Append('\n');
        }

        static string Number(double number) => number switch
        {
            double.PositiveInfinity => "+Inf",
            double.NegativeInfinity => "-Inf",
            double.NaN => "NaN",
            _ => number.ToString("R", CultureInfo.InvariantCulture),
        };
    }
}
