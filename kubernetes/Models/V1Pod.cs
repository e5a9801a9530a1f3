namespace Kombo.Kubernetes.Models;

[KubernetesEntity(ApiVersion = "v1", Kind = "Pod", PluralName = "pods")]
public sealed record V1Pod : KubernetesObject
{
    public V1PodSpec? Spec { get; init; }
    public V1PodStatus? Status { get; init; }
}

public sealed record V1PodTemplateSpec
{
    public V1ObjectMeta? Metadata { get; init; }
    public V1PodSpec? Spec { get; init; }
}

public sealed record V1PodSpec
{
    public IReadOnlyList<V1Container>? Containers { get; init; }
    public IReadOnlyList<V1Container>? InitContainers { get; init; }
    public IReadOnlyList<V1Volume>? Volumes { get; init; }
    public string? RestartPolicy { get; init; }
    public string? ServiceAccountName { get; init; }
    public bool? AutomountServiceAccountToken { get; init; }
    public bool? EnableServiceLinks { get; init; }
    public long? TerminationGracePeriodSeconds { get; init; }
    public long? ActiveDeadlineSeconds { get; init; }
    public string? NodeName { get; init; }
    public string? PriorityClassName { get; init; }
    public IReadOnlyDictionary<string, string>? NodeSelector { get; init; }
    public IReadOnlyList<V1Toleration>? Tolerations { get; init; }
    public IReadOnlyList<V1LocalObjectReference>? ImagePullSecrets { get; init; }
    public V1PodSecurityContext? SecurityContext { get; init; }
}

public sealed record V1Toleration
{
    public string? Key { get; init; }
    public string? Operator { get; init; }
    public string? Value { get; init; }
    public string? Effect { get; init; }
    public long? TolerationSeconds { get; init; }
}

public sealed record V1LocalObjectReference
{
    public string? Name { get; init; }
}

public sealed record V1PodSecurityContext
{
    public bool? RunAsNonRoot { get; init; }
    public long? RunAsUser { get; init; }
    public long? RunAsGroup { get; init; }
    public long? FsGroup { get; init; }
    public V1SeccompProfile? SeccompProfile { get; init; }
}

public sealed record V1SeccompProfile
{
    public string? Type { get; init; }
    public string? LocalhostProfile { get; init; }
}

public sealed record V1PodStatus
{
    public string? Phase { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? StartTime { get; init; }
    public IReadOnlyList<V1PodCondition>? Conditions { get; init; }
    public IReadOnlyList<V1ContainerStatus>? ContainerStatuses { get; init; }
}

public sealed record V1PodCondition
{
    public string? Type { get; init; }
    public string? Status { get; init; }
    public string? Reason { get; init; }
    public string? Message { get; init; }
    public DateTimeOffset? LastTransitionTime { get; init; }
}
