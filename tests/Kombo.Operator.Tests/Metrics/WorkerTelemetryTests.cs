using Kombo.Operator.Jobs;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Metrics;

public sealed class WorkerTelemetryTests
{
    static readonly Dictionary<string, string> Set = new()
    {
        ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://collector:4317",
        ["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc",
        ["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=canary",
        ["OTEL_RESOURCE_ATTRIBUTES"] = "k8s.pod.name=operator-0",
    };

    [Fact]
    public void Workers_export_where_the_operator_does_and_get_no_credentials()
    {
        var variables = WorkerTelemetry.Variables(Set.GetValueOrDefault);
        variables.Keys.ShouldBe(["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_PROTOCOL"], ignoreOrder: true);
    }

    [Fact]
    public void Without_an_endpoint_there_is_nothing() =>
        WorkerTelemetry.Variables(name => name == "OTEL_EXPORTER_OTLP_PROTOCOL" ? "grpc" : null).ShouldBeEmpty();

    [Fact]
    public void All_that_a_worker_sends_names_its_job_and_run()
    {
        var job = JobBuilder.Build(
            An.Integration(), An.Run, An.Template with { Telemetry = WorkerTelemetry.Variables(Set.GetValueOrDefault) });
        job.Spec!.Template!.Spec!.Containers![0].Env!.Single(variable => variable.Name == "OTEL_RESOURCE_ATTRIBUTES").Value
            .ShouldBe($"k8s.namespace.name=hr,k8s.job.name={An.Run.JobName},kombo.dev.run.id={An.Run.RunId}");
    }
}
