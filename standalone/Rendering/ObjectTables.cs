using System.Globalization;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Rendering;

/// <param name="Wide">More columns.</param>
/// <param name="WithNamespace">A first column says where the object is.</param>
internal sealed record TableOptions(bool Wide, bool WithNamespace, DateTimeOffset Now);

/// <summary>The tables of <c>kombo get</c>. Pure.</summary>
internal static class ObjectTables
{
    public static string Integrations(IEnumerable<V1Alpha1Integration> items, TableOptions options)
    {
        var table = Table(
            options,
            ["NAME", "CONNECTOR", "READY", "PHASE", "PROGRESS", "LAST FULL", "LAST DELTA", "NEXT SYNC", "AGE"],
            ["SCHEDULE", "NEXT FULL", "NEXT DELTA", "MESSAGE"]);
        foreach (var item in items)
            table.Add(Cells(options, item, IntegrationCells(IntegrationView.Of(item), options.Now)));
        return table.ToString();
    }

    public static string Schedules(IEnumerable<V1Alpha1SyncSchedule> items, TableOptions options)
    {
        var table = Table(
            options,
            ["NAME", "FULL", "WITH DELTA", "DELTA", "INTEGRATIONS", "ACTIVE", "WAITING", "NEXT SYNC", "AGE"],
            ["SUSPENDED", "MAX ACTIVE"]);
        foreach (var item in items)
            table.Add(Cells(options, item, ScheduleCells(item, options.Now)));
        return table.ToString();
    }

    public static string Jobs(IEnumerable<V1Job> items, TableOptions options)
    {
        var table = Table(options, ["NAME", "INTEGRATION", "TYPE", "TRIGGER", "STATUS", "AGE"], ["RUN"]);
        foreach (var item in items)
            table.Add(Cells(options, item, JobCells(item, options.Now)));
        return table.ToString();
    }

    static (string[] Narrow, string[] Wide) IntegrationCells(IntegrationView view, DateTimeOffset now) => (
        [
            view.Name, view.Connector, view.Ready, view.Phase, view.Progress, Times.Ago(view.LastFull, now),
            Times.Ago(view.LastDelta, now), view.IsRunning ? "now" : Times.Until(view.NextSync, now),
            Times.Age(view.Created, now),
        ],
        [
            view.Schedule, Times.Until(view.NextFull, now), Times.Until(view.NextDelta, now),
            view.Message.Length == 0 ? Times.None : view.Message,
        ]);

    static (string[] Narrow, string[] Wide) ScheduleCells(V1Alpha1SyncSchedule item, DateTimeOffset now) => (
        [
            item.Name(), item.Spec?.Full?.Frequency ?? Times.None, item.Spec?.Full?.FrequencyWithDelta ?? Times.None,
            item.Spec?.Delta?.Frequency ?? Times.None, Number(item.Status?.Integrations), Number(item.Status?.Active),
            Number(item.Status?.Waiting), Times.Until(item.Status?.NextSyncTime, now),
            Times.Age(item.Metadata.CreationTimestamp, now),
        ],
        [item.Spec?.Suspend == true ? "true" : "false", Number(item.Spec?.MaxActiveSyncs)]);

    static (string[] Narrow, string[] Wide) JobCells(V1Job job, DateTimeOffset now) => (
        [
            job.Name(), job.GetAnnotation(JobAnnotations.Integration) ?? job.GetLabel(Labels.Integration) ?? Times.None,
            job.GetAnnotation(JobAnnotations.Type) ?? Times.None,
            job.GetAnnotation(JobAnnotations.Trigger) ?? Times.None,
            JobState(job), Times.Age(job.Metadata.CreationTimestamp, now),
        ],
        [job.GetAnnotation(JobAnnotations.RunId) ?? Times.None]);

    static string JobState(V1Job job) =>
        job.Status?.Conditions?.FirstOrDefault(
            condition => condition is { Status: "True", Type: "Complete" or "Failed" })?.Type
        ?? (job.Status?.Active > 0 ? "Running" : "Pending");

    static TextTable Table(TableOptions options, string[] narrow, string[] wide) =>
        new([.. options.WithNamespace ? ["NAMESPACE"] : Array.Empty<string>(), .. narrow, .. options.Wide ? wide : []]);

    static string[] Cells(
        TableOptions options, IKubernetesObject<V1ObjectMeta> item, (string[] Narrow, string[] Wide) cells) =>
        [
            .. options.WithNamespace ? [item.Namespace() ?? ""] : Array.Empty<string>(), .. cells.Narrow,
            .. options.Wide ? cells.Wide : []
        ];

    static string Number(int? number) => number?.ToString(CultureInfo.InvariantCulture) ?? Times.None;
}
