using System.Collections.Immutable;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Tests.Rendering;

/// <summary>Objects as they are at nine o'clock.</summary>
static class Sample
{
    public static DateTimeOffset Now { get; } = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    public static DateTimeOffset At(string time) =>
        DateTimeOffset.Parse($"2026-01-05T{time}Z", System.Globalization.CultureInfo.InvariantCulture);

    public static V1Alpha1Integration Waiting { get; } = new()
    {
        Metadata =
            new V1ObjectMeta { Name = "acme", NamespaceProperty = "default", CreationTimestamp = At("04:00:00") },
        Spec = new IntegrationSpec { Connector = "bamboohr", ScheduleRef = new("standard") },
        Status = new IntegrationStatus
        {
            Conditions = Conditions(
                ("Ready", "True", "Succeeded", ""), ("Synchronizing", "False", "WaitingForSchedule", "")),
            NextSyncTime = At("09:14:30"),
            Full = new() { LastSyncTime = At("07:00:00"), NextSyncTime = At("17:00:00") },
            Delta = new() { LastSyncTime = At("08:59:30"), NextSyncTime = At("09:14:30") },
        },
    };

    public static V1Alpha1Integration Running { get; } = Waiting with
    {
        Metadata = Waiting.Metadata with { Name = "big" },
        Status = Waiting.Status! with
        {
            Conditions = Conditions(
                ("Ready", "True", "Succeeded", ""), ("Synchronizing", "True", "SyncInProgress", "")),
            Active = new(new ActiveRun { RunId = "r1", JobName = "big-f-1", Trigger = Triggers.Initial }, null),
            Progress = new(Progress(12, 2_400, 40), null),
            Full = null,
            Delta = null,
            NextSyncTime = null,
        },
    };

    public static V1Alpha1Integration Broken { get; } = Waiting with
    {
        Metadata = Waiting.Metadata with { Name = "lost", NamespaceProperty = "hr" },
        Spec = new IntegrationSpec { ConnectorFrom = new(new("own", "own.yaml")) },
        Status = new IntegrationStatus
        {
            Conditions = Conditions(
                ("Ready", "False", "CredentialsNotFound", "Secret \"lost\" is missing"),
                ("Synchronizing", "False", "DependencyNotReady", "")),
        },
    };

    public static RunProgress Progress(int pages, long records, int percent, string run = "r1") => new()
    {
        RunId = run,
        Phase = RunPhase.Fetching,
        Model = "hris_employees",
        Pages = pages,
        Records = records,
        Percent = percent,
    };

    public static ImmutableArray<Condition> Conditions(
        params (string Type, string Status, string Reason, string Message)[] conditions) =>
        [.. conditions.Select(condition => new Condition(condition.Type, condition.Status, condition.Reason, condition.Message))];
}
