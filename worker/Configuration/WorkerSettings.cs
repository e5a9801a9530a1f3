using System.Collections.Immutable;
using Kombo.Core.Runs;

namespace Kombo.Worker.Configuration;

/// <summary>What <c>kombo-worker sync</c> was given. Holds secrets: never printed.</summary>
internal sealed record WorkerSettings
{
    public required RunRequest Request { get; init; }
    public required string ConnectionString { get; init; }

    /// <summary>By key of the Secret; empty where the connector needs none.</summary>
    public required ImmutableDictionary<string, string> Credentials { get; init; }

    /// <summary>Null: the request's built-in connector.</summary>
    public string? ConnectorFile { get; init; }

    /// <summary>Hosts and CIDRs that connectors may reach although they are not public.</summary>
    public required ImmutableArray<string> AllowedHosts { get; init; }

    /// <summary>Null: none is written.</summary>
    public string? TerminationLog { get; init; }
    public required bool ReportStatus { get; init; }
    public required RunLimits Limits { get; init; }

    public override string ToString() => $"{nameof(WorkerSettings)} of run {Request.RunId}";
}
