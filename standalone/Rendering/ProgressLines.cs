using System.Globalization;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;

namespace Kombo.Standalone.Rendering;

/// <summary>What is worth a line of plain output when an Integration changes. Pure.</summary>
internal static class ProgressLines
{
    // A running sync speaks up with each of these steps.
    const int PercentStep = 10;

    /// <param name="before">Null: it is new.</param>
    public static IEnumerable<string> Between(
        V1Alpha1Integration? before, V1Alpha1Integration after, DateTimeOffset now)
    {
        var (old, status) = (before?.Status ?? new IntegrationStatus(), after.Status ?? new IntegrationStatus());
        if (before is null)
            return [$"{after.Namespace()}/{after.Name()}: {Introduction(after, now)}"];
        var lines = new List<string>();
        foreach (var type in SyncTypeRules.Reading)
        {
            lines.AddRange(Started(old.Active?[type], status.Active?[type], type));
            lines.AddRange(Progressed(old.Progress?[type], status.Progress?[type], type));
        }

        lines.AddRange(Finished(old, status, now));
        lines.AddRange(Readiness(old, status));
        return lines.Select(line => $"{after.Namespace()}/{after.Name()}: {line}");
    }

    static string Introduction(V1Alpha1Integration integration, DateTimeOffset now)
    {
        var view = IntegrationView.Of(integration);
        return $"connector {view.Connector}"
            + (view.NextSync is { } next ? $", next sync {Times.Until(next, now)}" : "");
    }

    static IEnumerable<string> Started(ActiveRun? before, ActiveRun? after, SyncType type) =>
        after is null || after.RunId == before?.RunId ? [] : [$"{Run(Name(type))} started ({after.Trigger})"];

    static IEnumerable<string> Progressed(RunProgress? before, RunProgress? after, SyncType type)
    {
        if (after is null || after.Result is not null || (before?.RunId == after.RunId && !IsNews(before, after)))
            yield break;
        if (after.WaitingFor is { Length: > 0 } wait)
            yield return $"{Run(Name(type))} waits: {wait}";
        else if (after.Model is not null)
            yield return $"{Run(Name(type))}: {after.Model}, "
                + $"{Count(after.Pages ?? 0, "page")}, {Count(after.Records ?? 0, "record")}"
                + Percent(after);
    }

    static bool IsNews(RunProgress before, RunProgress after) =>
        before.Model != after.Model || before.WaitingFor != after.WaitingFor
        || (before.Percent ?? 0) / PercentStep != (after.Percent ?? 0) / PercentStep;

    static IEnumerable<string> Finished(IntegrationStatus before, IntegrationStatus after, DateTimeOffset now)
    {
        var known = before.History?.Select(run => run.RunId).ToHashSet() ?? [];
        foreach (var run in (after.History ?? []).Reverse().Where(run => !known.Contains(run.RunId)))
        {
            var next = run.Type switch
            {
                "full" => after.Full?.NextSyncTime,
                "delta" => after.Delta?.NextSyncTime,
                _ => null,
            };
            yield return $"{Run(run.Type)} ended: {run.Result}{Counts(run.Counts)}{Why(run)}"
                + (next is { } time ? $"; next {Times.Until(time, now)}" : "");
        }
    }

    static IEnumerable<string> Readiness(IntegrationStatus before, IntegrationStatus after)
    {
        var (was, now) = (Ready(before), Ready(after));
        if (now is null || (was?.Status == now.Status && was.Reason == now.Reason))
            return [];
        return now.Status == "True"
            ? was is null or { Status: "True" } ? [] : ["is ready again"]
            : [$"is not ready: {now.Reason}: {now.Message}"];
    }

    static Condition? Ready(IntegrationStatus status) =>
        status.Conditions?.FirstOrDefault(condition => condition.Type == ConditionTypes.Ready);

    static string Counts(RunCounts? counts) => counts is null
        ? ""
        : Text(
            $", {counts.Read:N0} read, {counts.New:N0} new, {counts.Changed:N0} changed, {counts.Deleted:N0} deleted")
            + (counts.Outdated > 0 ? Text($", {counts.Outdated:N0} outdated") : "")
            + (counts.Errors > 0 ? $", {Count(counts.Errors, "error")}" : "");

    static string Why(FinishedRun run) =>
        run.Result == nameof(RunResult.Succeeded) || string.IsNullOrEmpty(run.Message) ? "" : $" ({run.Message})";

    static string Percent(RunProgress progress) => progress.Percent is { } percent ? Text($", {percent} %") : "";

    static string Count(long number, string thing) => Text($"{number:N0} {thing}{(number == 1 ? "" : "s")}");

    static string Run(string type) => type is "full" or "delta" ? $"{type} sync" : $"{type} run";

    static string Name(SyncType type) => JobNames.Text(type);

    static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
