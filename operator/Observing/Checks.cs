using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Kombo.Connectors;
using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scheduling;
using Kombo.Core.Scope;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Observing;

/// <summary>Everything about an Integration's configuration that can keep a sync from starting. All of it is found in
/// one go, so that a user mends all in one go.</summary>
sealed class Checks(ConnectorLoader connectors, SecretReader secrets, IOptions<OperatorOptions> options)
{
    // The worker is told in one environment variable, and Linux allows 128 KiB for one.
    const int LongestRequest = 96 * 1024;

    public async Task<Configuration> CheckAsync(
        V1Alpha1Integration integration, ImmutableArray<Problem> scheduleProblems, CancellationToken cancellationToken)
    {
        var spec = integration.Spec ?? new IntegrationSpec();
        var namespaceName = integration.Namespace() ?? "";
        var connector = await connectors.LoadAsync(namespaceName, spec, cancellationToken);
        var scope = CompiledScope.Compile(spec.Scope, ModelCatalog.Default);
        var credentials = spec.Credentials?.SecretRef is { Name.Length: > 0 } secret
            ? await secrets.CredentialsAsync(namespaceName, secret.Name, cancellationToken)
            : FoundSecret.NotNeeded;
        var database = options.Value.DatabaseSecret is { Length: > 0 } name
            ? await secrets.DatabaseAsync(namespaceName, name, cancellationToken)
            : [];
        return new Configuration
        {
            Connector = connector.Definition,
            Facts = scope.Scope is null ? null : connector.Definition?.Facts(spec, scope.Scope),
            CredentialsVersion = credentials.Version,
            Problems =
            [
                .. SpecRules.Check(spec),
                .. Size(integration),
                .. scheduleProblems,
                .. scope.Problems,
                .. connector.Problems,
                .. connector.Definition?.Check(spec, credentials.Keys) ?? [],
                .. credentials.Problems,
                .. database,
            ],
        };
    }

    static IEnumerable<Problem> Size(V1Alpha1Integration integration)
    {
        var request = JobBuilder.RequestOf(integration, new StartRun
        {
            JobName = "",
            RunId = "",
            Type = SyncType.Full,
            Trigger = "",
            IntegrationId = "",
            Scope = "",
            ActiveDeadline = default,
        }, RetentionBounds.Default);
        var length = Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(request, RunJson.Default.RunRequest));
        if (length > LongestRequest)
            yield return new(
                Reasons.InvalidSpec,
                $"spec.parameters and spec.scope: together they are {length / 1024} KiB, and a worker can be told "
                + $"{LongestRequest / 1024} KiB: shorten them",
                NeedsEdit: true);
    }
}

/// <summary>What is known of an Integration's configuration.</summary>
sealed record Configuration
{
    public ConnectorDefinition? Connector { get; init; }

    /// <summary>Null while connector or scope are not known.</summary>
    public ConnectorFacts? Facts { get; init; }
    public string? CredentialsVersion { get; init; }
    public ImmutableArray<Problem> Problems { get; init; } = [];
}
