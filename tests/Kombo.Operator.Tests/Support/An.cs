using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;

namespace Kombo.Operator.Tests.Support;

/// <summary>The objects that tests begin with; a test states only what matters to it.</summary>
static class An
{
    public static DateTimeOffset Morning { get; } = new(2026, 1, 5, 9, 0, 0, TimeSpan.Zero);

    public static V1Alpha1Integration Integration(Func<IntegrationSpec, IntegrationSpec>? with = null) => new()
    {
        Metadata = new()
        {
            Name = "acme",
            NamespaceProperty = "hr",
            Uid = "11111111-2222-3333-4444-555555555555",
            Generation = 1,
        },
        Spec = (with ?? (spec => spec))(new IntegrationSpec
        {
            Connector = "scim",
            Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("baseUrl", "https://acme.example/scim/v2"),
            Credentials = new(new LocalReference("acme-scim")),
        }),
    };

    public static StartRun Run { get; } = new()
    {
        JobName = "acme-full-init-ab12c",
        RunId = "2gVnZzGr9hAnVvfnVbTVsL6n",
        Type = SyncType.Full,
        Trigger = Triggers.Initial,
        Slot = Morning,
        IntegrationId = "scim:8uJ3kfGr9hAnVvfnVbTVsL6n",
        Scope = "hris_employees:7f",
        ActiveDeadline = TimeSpan.FromHours(72),
    };

    public static WorkerTemplate Template { get; } =
        new() { Image = "registry.example/kombo-worker:1", Version = "0.1.0" };

    public static V1Job Job(V1Alpha1Integration? integration = null, StartRun? run = null) =>
        JobBuilder.Build(integration ?? Integration(), run ?? Run, Template) is var job
            ? job with { Metadata = job.Metadata with { Uid = "job-uid", CreationTimestamp = Morning } }
            : throw new InvalidOperationException();

    public static V1Job Ended(this V1Job job, string type, string? reason = null) => job with
    {
        Status = new()
        {
            CompletionTime = type == "Complete" ? Morning.AddMinutes(5) : null,
            Conditions =
                [new() { Type = type, Status = "True", Reason = reason, LastTransitionTime = Morning.AddMinutes(6) }],
        },
    };

    /// <summary>As the Job controller counts its pods.</summary>
    public static V1Job With(
        this V1Job job, int? active = null, int? failed = null, int? succeeded = null, DateTimeOffset? started = null) => job with
        {
            Status = (job.Status ?? new()) with { Active = active, Failed = failed, Succeeded = succeeded, StartTime = started },
        };

    public static V1Job Suspended(this V1Job job) => job with { Spec = job.Spec! with { Suspend = true } };

    public static V1Pod In(this V1Pod pod, string phase) => pod with { Status = pod.Status! with { Phase = phase } };

    /// <summary>A pod that its node has not begun.</summary>
    public static V1Pod PendingPod() => Pod(new() { Waiting = new() { Reason = "ContainerCreating" } }).In("Pending");

    /// <summary>A pod whose worker ended.</summary>
    public static V1Pod EndedPod(int exitCode, string? message = null, string? reason = null) =>
        Pod(new() { Terminated = new() { ExitCode = exitCode, Message = message, Reason = reason } });

    public static V1Pod Pod(V1ContainerState state) => new()
    {
        Metadata = new() { Name = "acme-pod", NamespaceProperty = "hr", CreationTimestamp = Morning },
        Status = new() { ContainerStatuses = [new() { Name = "worker", State = state }] },
    };
}
