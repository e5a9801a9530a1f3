using Kombo.Core.Runs;

namespace Kombo.Operator.Jobs;

/// <summary>What OpenTelemetry's variables in a Job say. Pure.</summary>
static class WorkerTelemetry
{
    const string Endpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
    const string Attributes = "OTEL_RESOURCE_ATTRIBUTES";

    // Never the headers: they hold credentials, and a Job is read by many. Workers need a collector that asks for none.
    static readonly string[] Inherited =
        [Endpoint, "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_TRACES_SAMPLER", "OTEL_TRACES_SAMPLER_ARG"];

    /// <summary>Those of the operator that its workers take over; none unless an endpoint is set.</summary>
    public static IReadOnlyDictionary<string, string> Variables(Func<string, string?> variable) =>
        string.IsNullOrEmpty(variable(Endpoint))
            ? new Dictionary<string, string>()
            : Inherited.Where(name => !string.IsNullOrEmpty(variable(name)))
                .ToDictionary(name => name, name => variable(name)!); // not null, see the line above

    /// <summary>The same for one run, whose Job and id all its signals carry.</summary>
    public static IReadOnlyDictionary<string, string> Of(
        IReadOnlyDictionary<string, string> variables, RunRequest request, string jobName) => variables.Count == 0
        ? variables
        : new SortedDictionary<string, string>(variables.ToDictionary(), StringComparer.Ordinal)
        {
            [Attributes] = $"k8s.namespace.name={request.Namespace},k8s.job.name={jobName},kombo.dev.run.id={request.RunId}",
        };
}
