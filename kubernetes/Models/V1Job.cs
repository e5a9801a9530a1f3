namespace Kombo.Kubernetes.Models;

[KubernetesEntity(Group = "batch", ApiVersion = "v1", Kind = "Job", PluralName = "jobs")]
public sealed record V1Job : KubernetesObject
{
    public V1JobSpec? Spec { get; init; }
    public V1JobStatus? Status { get; init; }
}

public sealed record V1JobSpec
{
    public int? Parallelism { get; init; }
    public int? Completions { get; init; }
    public string? CompletionMode { get; init; }
    public int? BackoffLimit { get; init; }
    public long? ActiveDeadlineSeconds { get; init; }
    public int? TtlSecondsAfterFinished { get; init; }
    public bool? Suspend { get; init; }
    public bool? ManualSelector { get; init; }
    public string? PodReplacementPolicy { get; init; }
    public V1PodFailurePolicy? PodFailurePolicy { get; init; }
    public V1LabelSelector? Selector { get; init; }
    public V1PodTemplateSpec? Template { get; init; }
}

public sealed record V1JobStatus
{
    public int? Active { get; init; }
    public int? Succeeded { get; init; }
    public int? Failed { get; init; }
    public DateTimeOffset? StartTime { get; init; }

    /// <summary>Only for Jobs that succeeded.</summary>
    public DateTimeOffset? CompletionTime { get; init; }

    public IReadOnlyList<V1JobCondition>? Conditions { get; init; }
}

/// <summary><c>Complete</c> and <c>Failed</c> end a Job.</summary>
public sealed record V1JobCondition
{
    public string? Type { get; init; }
    public string? Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? LastProbeTime { get; init; }
    public DateTimeOffset? LastTransitionTime { get; init; }
}

/// <summary>Which pod failures count, and which end the Job at once. Servers before 1.25 drop it.</summary>
public sealed record V1PodFailurePolicy
{
    public IReadOnlyList<V1PodFailurePolicyRule>? Rules { get; init; }
}

public sealed record V1PodFailurePolicyRule
{
    public string? Action { get; init; }
    public V1PodFailurePolicyOnExitCodes? OnExitCodes { get; init; }
    public IReadOnlyList<V1PodFailurePolicyOnPodCondition>? OnPodConditions { get; init; }
}

public sealed record V1PodFailurePolicyOnExitCodes
{
    public string? ContainerName { get; init; }
    public string? Operator { get; init; }
    public IReadOnlyList<int>? Values { get; init; }
}

public sealed record V1PodFailurePolicyOnPodCondition
{
    public string? Type { get; init; }
    public string? Status { get; init; }
}

public sealed record V1LabelSelector
{
    public IReadOnlyDictionary<string, string>? MatchLabels { get; init; }
    public IReadOnlyList<V1LabelSelectorRequirement>? MatchExpressions { get; init; }
}

public sealed record V1LabelSelectorRequirement
{
    public string? Key { get; init; }
    public string? Operator { get; init; }
    public IReadOnlyList<string>? Values { get; init; }
}
