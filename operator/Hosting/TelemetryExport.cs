using Kombo.Operator.Metrics;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kombo.Operator.Hosting;

/// <summary>Traces and metrics by OTLP, when the variables of OpenTelemetry name an endpoint. The first to start and the last to stop,
/// so that nothing is left out.</summary>
sealed class TelemetryExport(IObjectReadings objects) : IHostedService, IDisposable
{
    // Five conditions each of 5,000 Integrations; the memory for them is taken at once.
    const int MostObjectSeries = 25_000;

    readonly System.Diagnostics.Metrics.Meter objectMeter = Telemetry.Observe(objects);
    readonly List<IDisposable> providers = [];

    /// <summary>Names of the meters that are shown, by whatever way.</summary>
    public static readonly string[] Meters =
        [Kubernetes.Telemetry.MeterName, Telemetry.MeterName, Telemetry.ObjectsMeterName, "System.Runtime"];

    public static bool IsWanted => Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT") is { Length: > 0 };

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (!IsWanted)
            return Task.CompletedTask;
        var resource = ResourceBuilder.CreateDefault().AddService("kombo-operator", serviceVersion: OperatorServices.Version);
        providers.Add(Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .AddSource(Telemetry.SourceName, "Npgsql")
            .AddOtlpExporter()
            .Build());
        providers.Add(Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter([.. Meters.Where(meter => meter != Telemetry.ObjectsMeterName)])
            .AddOtlpExporter()
            .Build());
        providers.Add(Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(Telemetry.ObjectsMeterName)
            .AddView(_ => new MetricStreamConfiguration { CardinalityLimit = MostObjectSeries })
            // Gauges look the same either way, but cumulative ones tell of deleted objects for ever.
            .AddOtlpExporter((OtlpExporterOptions _, MetricReaderOptions reader) =>
                reader.TemporalityPreference = MetricReaderTemporalityPreference.Delta)
            .Build());
        return Task.CompletedTask;
    }

    /// <summary>Sends what is left, within the time that the SDK takes for it (5 s).</summary>
    public Task StopAsync(CancellationToken cancellationToken)
    {
        providers.ForEach(provider => provider.Dispose());
        providers.Clear();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        providers.ForEach(provider => provider.Dispose());
        objectMeter.Dispose();
    }
}
