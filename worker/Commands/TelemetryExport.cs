using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kombo.Worker.Commands;

/// <summary>Traces and metrics by OTLP, when the variables of OpenTelemetry name an endpoint. What is left is sent when it is disposed,
/// which takes at most about ten seconds when nobody answers.</summary>
internal sealed class TelemetryExport : IDisposable
{
    readonly TracerProvider? traces;
    readonly MeterProvider? metrics;

    TelemetryExport(TracerProvider? traces, MeterProvider? metrics) => (this.traces, this.metrics) = (traces, metrics);

    public static TelemetryExport Start()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT")))
            return new(traces: null, metrics: null);
        var resource = ResourceBuilder.CreateDefault().AddService("kombo-worker");
        return new(
            Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(Telemetry.SourceName, "Npgsql")
                .AddOtlpExporter()
                .Build(),
            Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(Telemetry.MeterName)
                .AddOtlpExporter()
                .Build());
    }

    public void Dispose()
    {
        traces?.Dispose();
        metrics?.Dispose();
    }
}
