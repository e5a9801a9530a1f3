using Kombo.Core.Runs;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>What all worker Jobs of an installation have in common.</summary>
public sealed record WorkerTemplate
{
    public required string Image { get; init; }
    public string ImagePullPolicy { get; init; } = "IfNotPresent";

    /// <summary>Names of Secrets in the Integration's namespace.</summary>
    public IReadOnlyList<string> ImagePullSecrets { get; init; } = [];

    /// <summary>The account of workers in each namespace.</summary>
    public string ServiceAccount { get; init; } = WorkerAccountName;

    /// <summary>The Secret, in the Integration's namespace, with the key <c>connectionString</c>; null: none.</summary>
    public string? DatabaseSecret { get; init; } = "kombo-database";

    /// <summary>Comma-separated host names and CIDRs that sources may have although they are not public.</summary>
    public string? AllowedHosts { get; init; }

    /// <summary>What purge runs keep, and how long.</summary>
    public RetentionBounds Retention { get; init; } = RetentionBounds.Default;

    /// <summary>Of the container; an Integration may replace each quantity.</summary>
    public V1ResourceRequirements Resources { get; init; } = new()
    {
        Requests = new Dictionary<string, string> { ["cpu"] = "100m", ["memory"] = "256Mi" },
        Limits = new Dictionary<string, string> { ["memory"] = "512Mi" },
    };

    /// <summary>Of the operator, for labels.</summary>
    public string Version { get; init; } = "0.0.0";

    /// <summary>W3C trace context of the reconcile that starts the run.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Variables of OpenTelemetry that workers take over from the operator; empty: they export nothing.</summary>
    public IReadOnlyDictionary<string, string> Telemetry { get; init; } = new Dictionary<string, string>();

    /// <summary>Name of the worker's account, its binding and the ClusterRole behind it.</summary>
    public const string WorkerAccountName = "kombo-worker";
}
