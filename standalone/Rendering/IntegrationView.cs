using System.Globalization;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Rendering;

/// <summary>An Integration as a person wants to see it. Pure.</summary>
internal sealed record IntegrationView
{
    public required string Namespace { get; init; }
    public required string Name { get; init; }
    public required string Connector { get; init; }

    /// <summary>True, False or Unknown.</summary>
    public required string Ready { get; init; }

    /// <summary>What the running sync does, or what is waited for.</summary>
    public required string Phase { get; init; }
    public required string Model { get; init; }
    public int? Pages { get; init; }
    public long? Records { get; init; }
    public int? Percent { get; init; }
    public DateTimeOffset? LastFull { get; init; }
    public DateTimeOffset? LastDelta { get; init; }
    public DateTimeOffset? NextFull { get; init; }
    public DateTimeOffset? NextDelta { get; init; }
    public DateTimeOffset? Created { get; init; }
    public required string Schedule { get; init; }

    /// <summary>Why it is as it is; empty where nothing needs to be said.</summary>
    public required string Message { get; init; }

    public bool IsRunning { get; init; }

    /// <summary>The earlier of the two.</summary>
    public DateTimeOffset? NextSync { get; init; }

    public string Progress =>
        !IsRunning || Percent is null ? Times.None : string.Create(CultureInfo.InvariantCulture, $"{Percent} %");

    public static IntegrationView Of(V1Alpha1Integration integration)
    {
        var status = integration.Status ?? new IntegrationStatus();
        var (type, progress) = Running(status);
        var ready = Condition(status, ConditionTypes.Ready);
        return new IntegrationView
        {
            Namespace = integration.Namespace() ?? "",
            Name = integration.Name(),
            Connector = integration.Spec?.Connector ?? ConfigMapOf(integration.Spec),
            Ready = ready?.Status ?? "Unknown",
            Phase = type is null
                ? Condition(status, ConditionTypes.Synchronizing)?.Reason ?? Times.None
                : PhaseOf(type, progress),
            Model = progress?.Model ?? Times.None,
            Pages = progress?.Pages,
            Records = progress?.Records,
            Percent = progress?.Percent,
            LastFull = status.Full?.LastSyncTime,
            LastDelta = status.Delta?.LastSyncTime,
            NextSync = status.NextSyncTime,
            NextFull = status.Full?.NextSyncTime,
            NextDelta = status.Delta?.NextSyncTime,
            Created = integration.Metadata.CreationTimestamp,
            Schedule = integration.Spec?.ScheduleRef?.Name ?? V1Alpha1SyncSchedule.DefaultName,
            Message = progress?.WaitingFor ?? (ready?.Status == "True" ? "" : ready?.Message ?? ""),
            IsRunning = type is not null,
        };
    }

    // A delta run is shown before the full one that it interrupts.
    static (SyncType? Type, RunProgress? Progress) Running(IntegrationStatus status)
    {
        foreach (var type in (SyncType[])[SyncType.Delta, SyncType.Full, SyncType.Webhook])
            if (status.Active?[type] is { } active)
                return (type,
                    status.Progress?[type] is { } progress && progress.RunId == active.RunId ? progress : null);
        return (null, null);
    }

    static string PhaseOf(SyncType? type, RunProgress? progress) =>
        $"{type ?? SyncType.Full}: {progress?.Phase ?? "Starting"}";

    static string ConfigMapOf(IntegrationSpec? spec) =>
        spec?.ConnectorFrom?.ConfigMapKeyRef is { } key ? $"{key.Name}/{key.Key}" : Times.None;

    static Condition? Condition(IntegrationStatus status, string type) =>
        status.Conditions?.FirstOrDefault(condition => condition.Type == type);
}
