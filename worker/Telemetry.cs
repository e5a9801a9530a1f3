using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kombo.Core.Runs;

namespace Kombo.Worker;

/// <summary>Names of this project's traces and metrics. What is counted here also stands in the Integration's status.</summary>
static class Telemetry
{
    public const string SourceName = "Kombo.Worker";
    public const string MeterName = "Kombo.Worker";

    public static readonly ActivitySource Source = new(SourceName);

    static readonly Meter Meter = new(MeterName);

    static readonly Counter<long> Records = Meter.CreateCounter<long>(
        "kombo_worker_records", null, "Records of the runs that ended, by connector and what became of them.");

    static readonly Counter<long> Pages = Meter.CreateCounter<long>(
        "kombo_worker_pages", null, "Pages that were read in the attempts that ended their run.");

    /// <summary>The span of one attempt.</summary>
    /// <param name="parent">W3C trace context of whoever started it; null or malformed: none.</param>
    public static Activity? StartSync(RunRequest request, string connector, string? parent)
    {
        ActivityContext.TryParse(parent, traceState: null, isRemote: true, out var context);
        return Source.StartActivity(request.Type == SyncType.Purge ? "purge" : "sync", ActivityKind.Consumer, context)
            ?.SetTag("k8s.namespace.name", request.Namespace)
            .SetTag("kombo.integration", request.Name)
            .SetTag("kombo.connector", connector)
            .SetTag("kombo.dev.run.id", request.RunId)
            .SetTag("kombo.sync.type", request.Type.ToString())
            .SetTag("kombo.sync.trigger", request.Trigger);
    }

    /// <summary>Says how it ended, in words that hold no values.</summary>
    public static void End(Activity? sync, SyncOutcome outcome)
    {
        sync?.SetTag("kombo.sync.result", outcome.Progress.Result ?? "Open");
        if (outcome.ExitCode != WorkerExitCode.Done)
            sync?.SetStatus(ActivityStatusCode.Error, outcome.Progress.Reason);
    }

    /// <summary>Counts a run that has ended; one that stays open is counted when it ends.</summary>
    public static void Count(RunProgress progress, string connector)
    {
        if (progress is not { Result: not null, Counts: { } counts })
            return;
        var provider = new KeyValuePair<string, object?>("provider", connector);
        foreach (var (outcome, records) in Outcomes(counts))
            Records.Add(records, provider, new("outcome", outcome));
        Pages.Add(progress.Pages ?? 0, provider);
    }

    static (string Outcome, long Records)[] Outcomes(RunCounts counts) =>
    [
        ("read", counts.Read), ("new", counts.New), ("changed", counts.Changed), ("unchanged", counts.Unchanged),
        ("deleted", counts.Deleted), ("undeleted", counts.Undeleted), ("held", counts.Held), ("error", counts.Errors),
        ("outdated", counts.Outdated ?? 0), ("anonymized", counts.Anonymized ?? 0),
    ];
}
