using Kombo.Connectors;
using Kombo.Core.Runs;

namespace Kombo.Worker.Configuration;

/// <summary>What <c>kombo-worker sync</c> was given. Holds secrets: never printed.</summary>
internal sealed record WorkerSettings
{
    public required RunRequest Request { get; init; }
    public required string ConnectionString { get; init; }

    public required SourceCredentials Credentials { get; init; }

    /// <summary>Null: the request's built-in connector.</summary>
    public string? ConnectorFile { get; init; }

    public required AddressPolicy AllowedHosts { get; init; }

    /// <summary>Null: none is written.</summary>
    public string? TerminationLog { get; init; }
    public required bool ReportStatus { get; init; }

    /// <summary>W3C trace context of the reconcile that started the run; null: none.</summary>
    public string? TraceParent { get; init; }
    public required RunLimits Limits { get; init; }

    public override string ToString() => $"{nameof(WorkerSettings)} of run {Request.RunId}";
}
