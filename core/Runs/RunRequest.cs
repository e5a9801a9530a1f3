using System.Collections.Immutable;
using System.Text.Json.Serialization;
using Kombo.Core.Resources;

namespace Kombo.Core.Runs;

/// <summary>All that a worker must know to do one run. The operator writes it as JSON into the environment variable
/// <see cref="WorkerEnvironment.Run"/> of the Job, because the worker may not read the Integration itself.</summary>
public sealed record RunRequest
{
    /// <summary>Deterministic; the key of <c>sync_runs</c>. A run that is already finished is not run again.</summary>
    public required string RunId { get; init; }
    public required SyncType Type { get; init; }
    public required string Trigger { get; init; }
    public string? Token { get; init; }
    public DateTimeOffset? Slot { get; init; }
    public required string Namespace { get; init; }
    public required string Name { get; init; }

    /// <summary>Of the Integration object; a worker of a deleted and re-created one must not report on the new one.</summary>
    public required string Uid { get; init; }
    public required string IntegrationId { get; init; }

    /// <summary>Name of the built-in definition; null where it is mounted from a ConfigMap.</summary>
    public string? Connector { get; init; }

    /// <summary>Of the text of the connector's definition: page tokens and what was seen are worthless for another one. The
    /// worker, which reads the file, sets it; null in what the operator writes.</summary>
    public string? DefinitionHash { get; init; }
    public ImmutableSortedDictionary<string, string> Parameters
    {
        get;
        init => field = value ?? ImmutableSortedDictionary<string, string>.Empty; // the JSON reader sets what is absent to null
    } = ImmutableSortedDictionary<string, string>.Empty;
    public ScopeSpec? Scope { get; init; }

    /// <summary>Of the scope, over the models that the connector provides; null: follows from <see cref="Scope"/>.</summary>
    public string? Fingerprint { get; init; }

    /// <summary>Of the Integration whose spec this is; null where it is not known. Of two scopes the newer one counts.</summary>
    public long? Generation { get; init; }
    public DeletionGuardSpec? DeletionGuard { get; init; }

    /// <summary>The run whose held deletions this one may carry out; null for all others.</summary>
    public string? ConfirmedRunId { get; init; }

    /// <summary>Of purge runs; null for syncs.</summary>
    public PurgeRequest? Purge { get; init; }
}

/// <summary>Names that the operator and the worker agree on.</summary>
public static class WorkerEnvironment
{
    /// <summary>A <see cref="RunRequest"/> as JSON.</summary>
    public const string Run = "KOMBO_RUN";

    /// <summary>Folder with one file per key of the credentials Secret.</summary>
    public const string CredentialsFolder = "KOMBO_CREDENTIALS";

    /// <summary>Folder with the file <c>connectionString</c> of the Secret <c>kombo-database</c>.</summary>
    public const string DatabaseFolder = "KOMBO_DATABASE";

    /// <summary>Connection string itself, for runs outside a cluster; beats the folder.</summary>
    public const string DatabaseConnection = "KOMBO_DATABASE_CONNECTION";

    /// <summary>Path of a mounted connector definition; absent for built-in ones.</summary>
    public const string ConnectorFile = "KOMBO_CONNECTOR_FILE";

    /// <summary>Comma-separated host names and CIDRs that connectors may reach although they are not public.</summary>
    public const string AllowedHosts = "KOMBO_ALLOWED_HOSTS";

    /// <summary>Where the result is written for the kubelet; absent: /dev/termination-log if it exists.</summary>
    public const string TerminationLog = "KOMBO_TERMINATION_LOG";

    /// <summary>"false" switches reporting on the Integration's status off.</summary>
    public const string ReportStatus = "KOMBO_REPORT_STATUS";

    /// <summary>How long a worker's lease lives without a sign of life, in seconds; absent: 30. A worker that was killed
    /// is continued after that time.</summary>
    public const string LeaseSeconds = "KOMBO_LEASE_SECONDS";

    /// <summary>How long a run waits for a database that is away, in seconds; absent: 120.</summary>
    public const string DatabaseWaitSeconds = "KOMBO_DATABASE_WAIT_SECONDS";

    /// <summary>How often a request that the source failed to answer is tried again before the attempt ends; absent: 5.</summary>
    public const string SourceRetries = "KOMBO_SOURCE_RETRIES";

    /// <summary>A <see cref="RetentionBounds"/> as JSON, for <c>kombo-worker purge --deleted</c>; absent: the defaults.</summary>
    public const string Retention = "KOMBO_RETENTION";

    /// <summary>Address of the operator's health port; for <c>kombo-worker probe</c>.</summary>
    public const string OperatorUrl = "KOMBO_OPERATOR_URL";

    /// <summary>W3C trace context that links the run to the reconcile that started it.</summary>
    public const string TraceParent = "TRACEPARENT";
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UseStringEnumConverter = true)]
[JsonSerializable(typeof(RunRequest))]
[JsonSerializable(typeof(RunProgress))]
[JsonSerializable(typeof(RetentionBounds))]
public sealed partial class RunJson : JsonSerializerContext;
