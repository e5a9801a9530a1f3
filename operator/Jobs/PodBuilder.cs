using System.Text.Json;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Jobs;

/// <summary>The pod of a worker Job: restricted, with Secrets as files and nothing else.</summary>
static class PodBuilder
{
    public const string ContainerName = "worker";

    const string CredentialsFolder = "/var/run/kombo/credentials";
    const string DatabaseFolder = "/var/run/kombo/database";
    const string ConnectorFolder = "/var/run/kombo/connector";
    const string ConnectorFileName = "connector.yaml";
    const string ConnectorFile = $"{ConnectorFolder}/{ConnectorFileName}";
    const int ReadOnlyMode = 0b100_100_100; // r--r--r--

    // Longer than the worker's longest write transaction.
    const long GraceSeconds = 60;

    public static V1PodSpec Build(V1Alpha1Integration integration, RunRequest request, WorkerTemplate template)
    {
        var spec = integration.Spec ?? new IntegrationSpec();
        if (request.Type == SyncType.Purge)
            spec = spec with { Credentials = null, ConnectorFrom = null }; // it calls no source
        var job = spec.JobTemplate;
        return new V1PodSpec
        {
            RestartPolicy = "Never",
            ServiceAccountName = template.ServiceAccount,
            AutomountServiceAccountToken = true, // the worker reports on the Integration's status
            EnableServiceLinks = false,
            TerminationGracePeriodSeconds = GraceSeconds,
            ImagePullSecrets = template.ImagePullSecrets.Count == 0
                ? null
                : [.. template.ImagePullSecrets.Select(name => new V1LocalObjectReference { Name = name })],
            SecurityContext = new() { RunAsNonRoot = true, SeccompProfile = new() { Type = "RuntimeDefault" } },
            NodeSelector = job?.NodeSelector?.ToDictionary(),
            Tolerations = job?.Tolerations?.Select(Toleration).ToList(),
            PriorityClassName = job?.PriorityClassName,
            Containers = [Container(spec, request, template)],
            Volumes = [.. Mounts(spec, template).Select(mount => mount.Volume)],
        };
    }

    static V1Container Container(IntegrationSpec spec, RunRequest request, WorkerTemplate template) => new()
    {
        Name = ContainerName,
        Image = template.Image,
        ImagePullPolicy = template.ImagePullPolicy,
        Args = [request.Type == SyncType.Purge ? "purge" : "sync"],
        Env = [.. Environment(spec, request, template)],
        VolumeMounts = [.. Mounts(spec, template).Select(mount => mount.Mount)],
        Resources = ResourceMerge.Of(template.Resources, spec.JobTemplate?.Resources),
        SecurityContext = new()
        {
            AllowPrivilegeEscalation = false,
            ReadOnlyRootFilesystem = true,
            RunAsNonRoot = true,
            Capabilities = new() { Drop = ["ALL"] },
        },
        TerminationMessagePath = "/dev/termination-log",
        TerminationMessagePolicy = "File", // the end of a log could hold personal data
    };

    static IEnumerable<V1EnvVar> Environment(IntegrationSpec spec, RunRequest request, WorkerTemplate template)
    {
        yield return new() { Name = WorkerEnvironment.Run, Value = Text(request) };
        if (spec.Credentials is not null)
            yield return new() { Name = WorkerEnvironment.CredentialsFolder, Value = CredentialsFolder };
        if (template.DatabaseSecret is not null)
            yield return new() { Name = WorkerEnvironment.DatabaseFolder, Value = DatabaseFolder };
        if (spec.ConnectorFrom is not null)
            yield return new() { Name = WorkerEnvironment.ConnectorFile, Value = ConnectorFile };
        if (!string.IsNullOrEmpty(template.AllowedHosts))
            yield return new() { Name = WorkerEnvironment.AllowedHosts, Value = template.AllowedHosts };
        if (template.TraceParent is not null)
            yield return new() { Name = WorkerEnvironment.TraceParent, Value = template.TraceParent };
        foreach (var (name, value) in template.Telemetry)
            yield return new() { Name = name, Value = value };
        yield return new() { Name = "DOTNET_EnableDiagnostics", Value = "0" };
    }

    // Kubernetes expands $(NAME) in values: what a user wrote must not name the pod's other variables.
    static string Text(RunRequest request) =>
        JsonSerializer.Serialize(request, RunJson.Default.RunRequest).Replace("$", "\\u0024", StringComparison.Ordinal);

    static List<(V1Volume Volume, V1VolumeMount Mount)> Mounts(IntegrationSpec spec, WorkerTemplate template)
    {
        List<(V1Volume, V1VolumeMount)> mounts =
            [(new() { Name = "tmp", EmptyDir = new() }, new() { Name = "tmp", MountPath = "/tmp" })];
        if (spec.Credentials?.SecretRef is { } credentials)
            mounts.Add(Secret("credentials", credentials.Name, CredentialsFolder));
        if (template.DatabaseSecret is { } database)
            mounts.Add(Secret("database", database, DatabaseFolder));
        if (spec.ConnectorFrom?.ConfigMapKeyRef is { } connector)
            mounts.Add((
                new()
                {
                    Name = "connector",
                    ConfigMap = new()
                    {
                        Name = connector.Name,
                        DefaultMode = ReadOnlyMode,
                        Items = [new() { Key = connector.Key, Path = ConnectorFileName }],
                    },
                },
                new() { Name = "connector", MountPath = ConnectorFolder, ReadOnly = true }));
        return mounts;
    }

    static (V1Volume, V1VolumeMount) Secret(string name, string secret, string folder) => (
        new() { Name = name, Secret = new() { SecretName = secret, DefaultMode = ReadOnlyMode } },
        new() { Name = name, MountPath = folder, ReadOnly = true });

    static V1Toleration Toleration(TolerationSpec toleration) => new()
    {
        Key = toleration.Key,
        Operator = toleration.Operator,
        Value = toleration.Value,
        Effect = toleration.Effect,
        TolerationSeconds = toleration.TolerationSeconds,
    };
}
