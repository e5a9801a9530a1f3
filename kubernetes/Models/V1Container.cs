namespace Kombo.Kubernetes.Models;

public sealed record V1Container
{
    public string? Name { get; init; }
    public string? Image { get; init; }
    public string? ImagePullPolicy { get; init; }
    public IReadOnlyList<string>? Command { get; init; }
    public IReadOnlyList<string>? Args { get; init; }
    public string? WorkingDir { get; init; }
    public IReadOnlyList<V1EnvVar>? Env { get; init; }
    public IReadOnlyList<V1EnvFromSource>? EnvFrom { get; init; }
    public IReadOnlyList<V1VolumeMount>? VolumeMounts { get; init; }
    public V1ResourceRequirements? Resources { get; init; }
    public V1SecurityContext? SecurityContext { get; init; }
    public string? TerminationMessagePath { get; init; }
    public string? TerminationMessagePolicy { get; init; }
}

public sealed record V1EnvVar
{
    public string? Name { get; init; }
    public string? Value { get; init; }
    public V1EnvVarSource? ValueFrom { get; init; }
}

public sealed record V1EnvVarSource
{
    public V1KeySelector? SecretKeyRef { get; init; }
    public V1KeySelector? ConfigMapKeyRef { get; init; }
    public V1ObjectFieldSelector? FieldRef { get; init; }
}

/// <summary>A key of a Secret or a ConfigMap.</summary>
public sealed record V1KeySelector
{
    public string? Name { get; init; }
    public string? Key { get; init; }
    public bool? Optional { get; init; }
}

public sealed record V1ObjectFieldSelector
{
    public string? ApiVersion { get; init; }
    public string? FieldPath { get; init; }
}

public sealed record V1EnvFromSource
{
    public string? Prefix { get; init; }
    public V1OptionalReference? SecretRef { get; init; }
    public V1OptionalReference? ConfigMapRef { get; init; }
}

public sealed record V1OptionalReference
{
    public string? Name { get; init; }
    public bool? Optional { get; init; }
}

public sealed record V1VolumeMount
{
    public string? Name { get; init; }
    public string? MountPath { get; init; }
    public string? SubPath { get; init; }
    public bool? ReadOnly { get; init; }
}

/// <summary>Quantities are kept as written (<c>250m</c>, <c>1Gi</c>).</summary>
public sealed record V1ResourceRequirements
{
    public IReadOnlyDictionary<string, string>? Limits { get; init; }
    public IReadOnlyDictionary<string, string>? Requests { get; init; }
}

public sealed record V1SecurityContext
{
    public bool? AllowPrivilegeEscalation { get; init; }
    public bool? Privileged { get; init; }
    public bool? ReadOnlyRootFilesystem { get; init; }
    public bool? RunAsNonRoot { get; init; }
    public long? RunAsUser { get; init; }
    public long? RunAsGroup { get; init; }
    public V1Capabilities? Capabilities { get; init; }
    public V1SeccompProfile? SeccompProfile { get; init; }
}

public sealed record V1Capabilities
{
    public IReadOnlyList<string>? Add { get; init; }
    public IReadOnlyList<string>? Drop { get; init; }
}

public sealed record V1ContainerStatus
{
    public string? Name { get; init; }
    public bool? Ready { get; init; }
    public int? RestartCount { get; init; }
    public string? Image { get; init; }
    public string? ImageID { get; init; }
    public V1ContainerState? State { get; init; }
    public V1ContainerState? LastState { get; init; }
}

public sealed record V1ContainerState
{
    public V1ContainerStateWaiting? Waiting { get; init; }
    public V1ContainerStateRunning? Running { get; init; }
    public V1ContainerStateTerminated? Terminated { get; init; }
}

public sealed record V1ContainerStateWaiting
{
    public string? Reason { get; init; }
    public string? Message { get; init; }
}

public sealed record V1ContainerStateRunning
{
    public DateTimeOffset? StartedAt { get; init; }
}

public sealed record V1ContainerStateTerminated
{
    public int? ExitCode { get; init; }
    public int? Signal { get; init; }
    public string? Reason { get; init; }

    /// <summary>What the container wrote to its termination message file.</summary>
    public string? Message { get; init; }

    public DateTimeOffset? StartedAt { get; init; }
    public DateTimeOffset? FinishedAt { get; init; }
}
