using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Storage;
using Microsoft.Extensions.Logging;

namespace Kombo.Worker;

/// <summary>What every run needs. The caller keeps and disposes what it passes in.</summary>
public abstract record RunContext
{
    public required RunRequest Request { get; init; }
    public required KomboDatabase Database { get; init; }
    public required IProgressSink Progress { get; init; }

    /// <summary>Names this worker in the lease, e.g. its pod.</summary>
    public required string Owner { get; init; }

    /// <summary>W3C trace context of whoever started the run; null: none.</summary>
    public string? TraceParent { get; init; }
    public TimeProvider Clock { get; init; } = TimeProvider.System;
    public required ILoggerFactory Loggers { get; init; }
    public RunLimits Limits { get; init; } = RunLimits.Default;
}

/// <summary>What a sync needs besides: its source.</summary>
public sealed record SyncRunContext : RunContext
{
    public required ConnectorDefinition Connector { get; init; }
    public SourceCredentials Credentials { get; init; } = SourceCredentials.None;
    public AddressPolicy AllowedHosts { get; init; } = AddressPolicy.PublicOnly;

    // It holds credentials.
    public override string ToString() => $"{nameof(SyncRunContext)} of run {Request.RunId}";
}

/// <summary>A purge run calls no source.</summary>
public sealed record PurgeRunContext : RunContext;

/// <param name="ExitCode">From <see cref="WorkerExitCode"/>.</param>
/// <param name="Progress">As last reported; without a result where the run stays open for another attempt.</param>
public sealed record SyncOutcome(int ExitCode, RunProgress Progress);
