using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Kombo.Connectors;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Storage;
using Kombo.Worker;
using Kombo.Worker.Progress;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Jobs;

/// <summary>Does in this process what a Job's pod would do: one attempt at one run.</summary>
internal sealed class WorkerRun(
    IKubernetesClient client, KomboDatabase database, TimeProvider clock, ILoggerFactory loggers)
{
    // Nothing but this process reads it here, so it may be fresher than on a real API server.
    static readonly TimeSpan ReportEvery = TimeSpan.FromMilliseconds(500);

    /// <param name="stopping">Ends it after the page that is being written, with a checkpoint.</param>
    public async Task<SyncOutcome> ExecuteAsync(V1Job job, CancellationToken stopping)
    {
        RunContext context;
        try
        {
            context = await PrepareAsync(job, stopping);
        }
        catch (JobConfigurationException problem)
        {
            return new SyncOutcome(WorkerExitCode.BadConfiguration, new RunProgress
            {
                RunId = job.GetAnnotation(Crds.JobAnnotations.RunId) ?? "",
                Phase = RunPhase.Finished,
                Result = nameof(RunResult.PermanentError),
                Reason = Reasons.InvalidSpec,
                Message = problem.Message,
            });
        }

        return context switch
        {
            SyncRunContext sync => await SyncRun.ExecuteAsync(sync, stopping),
            PurgeRunContext purge => await PurgeRun.ExecuteAsync(purge, stopping),
            _ => throw new UnreachableException(),
        };
    }

    async Task<RunContext> PrepareAsync(V1Job job, CancellationToken cancellationToken)
    {
        var pod = job.Spec?.Template?.Spec
            ?? throw new JobConfigurationException($"Job \"{job.Name()}\" has no pod template");
        var environment = (pod.Containers is [{ Env: { } variables }, ..] ? variables : [])
            .Where(variable => variable is { Name: not null, Value: not null })
            .ToDictionary(variable => variable.Name!, variable => variable.Value!, StringComparer.Ordinal); // filtered
        var request = RequestOf(job, environment);
        var (progress, owner, limits) = (
            new KubernetesProgressSink(client, request),
            $"{Environment.MachineName}/{Environment.ProcessId}/{job.Name()}",
            RunLimits.Default with { ReportEvery = ReportEvery });
        if (request.Type == SyncType.Purge)
            return new PurgeRunContext
            {
                Request = request,
                Database = database,
                Progress = progress,
                Owner = owner,
                Clock = clock,
                Loggers = loggers,
                Limits = limits,
            };
        return new SyncRunContext
        {
            Request = request,
            Database = database,
            Connector = await ConnectorAsync(job, environment, request, cancellationToken),
            Credentials = await CredentialsAsync(job, environment, cancellationToken),
            AllowedHosts = AddressPolicy.Parse(environment.GetValueOrDefault(WorkerEnvironment.AllowedHosts)),
            Progress = progress,
            Owner = owner,
            Clock = clock,
            Loggers = loggers,
            Limits = limits,
        };
    }

    static RunRequest RequestOf(V1Job job, Dictionary<string, string> environment)
    {
        try
        {
            return JsonSerializer.Deserialize(
                environment.GetValueOrDefault(WorkerEnvironment.Run, "null"), RunJson.Default.RunRequest)
                ?? throw new JobConfigurationException($"Job \"{job.Name()}\" does not set {WorkerEnvironment.Run}");
        }
        catch (JsonException exception)
        {
            throw new JobConfigurationException(
                $"{WorkerEnvironment.Run} of Job \"{job.Name()}\" cannot be read", exception);
        }
    }

    async Task<ConnectorDefinition> ConnectorAsync(
        V1Job job, Dictionary<string, string> environment, RunRequest request, CancellationToken cancellationToken)
    {
        if (!environment.TryGetValue(WorkerEnvironment.ConnectorFile, out var file))
            return BuiltInDefinitions.Find(request.Connector ?? "")
                ?? throw new JobConfigurationException(
                    $"there is no built-in connector \"{request.Connector}\"; known are "
                    + string.Join(", ", BuiltInDefinitions.Names));
        var (name, key) = MountedFiles.ConfigMapKeyAt(job.Spec!.Template!.Spec!, file) // checked by the caller
            ?? throw new JobConfigurationException($"Job \"{job.Name()}\" mounts no ConfigMap at {file}");
        var map = await client.GetAsync<V1ConfigMap>(name, job.Namespace(), cancellationToken);
        if (map?.Data?.GetValueOrDefault(key) is not { } yaml)
            throw new JobConfigurationException(
                $"ConfigMap \"{name}\" with the connector definition in key \"{key}\" is missing");
        var (definition, problems) = ConnectorDefinition.Load(yaml, $"ConfigMap {name}, key {key}");
        return definition
            ?? throw new JobConfigurationException(string.Join("; ", problems.Select(problem => problem.Message)));
    }

    async Task<SourceCredentials> CredentialsAsync(
        V1Job job, Dictionary<string, string> environment, CancellationToken cancellationToken)
    {
        if (!environment.TryGetValue(WorkerEnvironment.CredentialsFolder, out var folder))
            return SourceCredentials.None;
        var name = MountedFiles.SecretAt(job.Spec!.Template!.Spec!, folder) // checked by the caller
            ?? throw new JobConfigurationException($"Job \"{job.Name()}\" mounts no Secret at {folder}");
        var secret = await client.GetAsync<V1Secret>(name, job.Namespace(), cancellationToken)
            ?? throw new JobConfigurationException($"Secret \"{name}\" is missing: add its manifest");
        return new SourceCredentials((secret.Data ?? new Dictionary<string, byte[]>())
            .Select(pair => KeyValuePair.Create(pair.Key, Encoding.UTF8.GetString(pair.Value))));
    }
}

/// <summary>The Job cannot be run as it is; the message says what to mend.</summary>
internal sealed class JobConfigurationException(string message, Exception? innerException = null)
    : Exception(message, innerException);
