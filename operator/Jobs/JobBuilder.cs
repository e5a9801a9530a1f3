using System.Collections.Immutable;
using System.Globalization;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>Makes the worker Job of a run. Pure.</summary>
public static class JobBuilder
{
    /// <summary>Retries of a pod; more of them are the schedule's.</summary>
    const int BackoffLimit = 2;

    /// <summary>Of a Job that nothing takes with it, if the operator does not.</summary>
    static readonly TimeSpan OwnerlessTimeToLive = TimeSpan.FromHours(1);

    /// <param name="integration">As it is in the cluster: its uid is the Job's owner (<see cref="JobOwner"/>).</param>
    public static V1Job Build(V1Alpha1Integration integration, StartRun run, WorkerTemplate template)
    {
        var spec = integration.Spec ?? new IntegrationSpec();
        var labels = LabelsOf(integration, run, template);
        var annotations = AnnotationsOf(integration, run);
        var request = RequestOf(integration, run, template.Retention);
        template = template with { Telemetry = WorkerTelemetry.Of(template.Telemetry, request, run.JobName) };
        return new V1Job
        {
            Metadata = new V1ObjectMeta
            {
                Name = run.JobName,
                NamespaceProperty = integration.Namespace(),
                Labels = labels,
                Annotations = annotations,
                OwnerReferences = run.Everything ? null : [integration.MakeControllerReference()],
            },
            Spec = new V1JobSpec
            {
                Parallelism = 1,
                Completions = 1,
                CompletionMode = "NonIndexed",
                BackoffLimit = BackoffLimit,
                ActiveDeadlineSeconds = (long)run.ActiveDeadline.TotalSeconds,
                TtlSecondsAfterFinished = run.Everything ? (int)OwnerlessTimeToLive.TotalSeconds : null,
                PodReplacementPolicy = "Failed", // never two workers at once
                PodFailurePolicy = FailurePolicy,
                Template = new V1PodTemplateSpec
                {
                    Metadata = new V1ObjectMeta { Labels = labels, Annotations = annotations },
                    Spec = PodBuilder.Build(integration, request, template),
                },
            },
        };
    }

    /// <summary>What the worker is told.</summary>
    internal static RunRequest RequestOf(V1Alpha1Integration integration, StartRun run, RetentionBounds retention) => new()
    {
        RunId = run.RunId,
        Type = run.Type,
        Trigger = run.Trigger,
        Token = run.Token,
        Slot = run.Slot,
        Namespace = integration.Namespace() ?? "",
        Name = integration.Name(),
        Uid = integration.Uid(),
        IntegrationId = run.IntegrationId,
        Connector = integration.Spec?.Connector,
        Parameters = integration.Spec?.Parameters ?? ImmutableSortedDictionary<string, string>.Empty,
        Scope = integration.Spec?.Scope,
        Fingerprint = run.Scope,
        DeletionGuard = integration.Spec?.DeletionGuard,
        ConfirmedRunId = run.ConfirmedRunId,
        Generation = integration.Generation(),
        Purge = run.Type != SyncType.Purge ? null : new PurgeRequest
        {
            Everything = run.Everything,
            IgnoresScope = run.IgnoresScope,
            StoredScope = run.StoredScope,
            Retention = retention,
        },
    };

    // A full node or an upgrade costs no attempt; what no retry mends gets none. Old servers drop it: there the
    // worker's next attempt finds the stored result and ends at once.
    static V1PodFailurePolicy FailurePolicy { get; } = new()
    {
        Rules =
        [
            new()
            {
                Action = "FailJob",
                OnExitCodes = new()
                {
                    ContainerName = PodBuilder.ContainerName,
                    Operator = "In",
                    Values = [WorkerExitCode.BadCredentials, WorkerExitCode.BadConfiguration],
                },
            },
            new() { Action = "Ignore", OnPodConditions = [new() { Type = "DisruptionTarget", Status = "True" }] },
        ],
    };

    // The operator's keys win over those of the template: selectors and adoption rest on them.
    static SortedDictionary<string, string> LabelsOf(
        V1Alpha1Integration integration, StartRun run, WorkerTemplate template)
    {
        var labels = new SortedDictionary<string, string>(
            integration.Spec?.JobTemplate?.Metadata?.Labels?.ToDictionary() ?? [], StringComparer.Ordinal)
        {
            ["app.kubernetes.io/name"] = "kombo-worker",
            ["app.kubernetes.io/instance"] = LabelValue.Of(integration.Name()),
            ["app.kubernetes.io/component"] = run.Type == SyncType.Purge ? "purge" : "sync",
            ["app.kubernetes.io/part-of"] = "kombo",
            [Labels.ManagedBy] = Labels.ManagedByKombo,
            ["app.kubernetes.io/version"] = template.Version,
            [Labels.Integration] = LabelValue.Of(integration.Name()),
            [Labels.Schedule] = LabelValue.Of(integration.Spec?.ScheduleRef?.Name ?? V1Alpha1SyncSchedule.DefaultName),
            [Labels.Run] = run.RunId,
        };
        labels.Remove(Labels.IntegrationUid);
        if (run.Everything)
            labels[Labels.IntegrationUid] = integration.Uid();
        return labels;
    }

    static SortedDictionary<string, string> AnnotationsOf(V1Alpha1Integration integration, StartRun run)
    {
        var annotations = new SortedDictionary<string, string>(
            integration.Spec?.JobTemplate?.Metadata?.Annotations?.ToDictionary() ?? [], StringComparer.Ordinal)
        {
            [JobAnnotations.Integration] = integration.Name(),
            [JobAnnotations.RunId] = run.RunId,
            [JobAnnotations.Type] = JobNames.Text(run.Type),
            [JobAnnotations.Trigger] = run.Trigger,
            [JobAnnotations.Scope] = run.Scope,
        };
        annotations.Remove(JobAnnotations.RequestToken);
        annotations.Remove(JobAnnotations.ScheduledAt);
        if (run.Token is { } token)
            annotations[JobAnnotations.RequestToken] = token;
        if (run.Slot is { } slot)
            annotations[JobAnnotations.ScheduledAt] = slot.ToString(
                "yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        return annotations;
    }
}
