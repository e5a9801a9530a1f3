using System.ComponentModel.DataAnnotations;
using Kombo.Connectors;
using Kombo.Core.Runs;
using Kombo.Kubernetes.LeaderElection;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator;

/// <summary>Settings of the operator: <c>KOMBO_Operator__WorkerImage=…</c> in the environment, for example.</summary>
public sealed class OperatorOptions
{
    public const string Section = "Operator";

    /// <summary>Comma-separated namespaces to watch; empty: all.</summary>
    public string Namespaces { get; set; } = "";

    /// <summary>Name of this cluster in a database that several clusters use; empty: the uid of its namespace
    /// kube-system.</summary>
    public string Cluster { get; set; } = "";

    /// <summary>Image of the workers; its entry point is <c>kombo-worker</c>.</summary>
    [Required(AllowEmptyStrings = false)]
    public string WorkerImage { get; set; } = "";

    [RegularExpression("Always|IfNotPresent|Never")]
    public string WorkerImagePullPolicy { get; set; } = "IfNotPresent";

    /// <summary>Comma-separated names of Secrets in the Integrations' namespaces.</summary>
    public string WorkerImagePullSecrets { get; set; } = "";

    /// <summary>Comma-separated <c>name=quantity</c> that each worker requests; an Integration may replace each.</summary>
    public string WorkerRequests { get; set; } = "cpu=100m,memory=256Mi";

    /// <summary>Comma-separated <c>name=quantity</c> that limit each worker; an Integration may replace each.</summary>
    public string WorkerLimits { get; set; } = "memory=512Mi";

    /// <summary>The Secret in each Integration's namespace with the key <c>connectionString</c>; empty: none.</summary>
    public string DatabaseSecret { get; set; } = "kombo-database";

    /// <summary>Comma-separated host names and CIDRs that sources may have although they are not public.</summary>
    public string AllowedHosts { get; set; } = "";

    /// <summary>Most syncs at a time, over all namespaces.</summary>
    [Range(1, 10_000)]
    public int MaxActiveSyncs { get; set; } = 30;

    /// <summary>Most purge runs at a time, over all namespaces.</summary>
    [Range(1, 10_000)]
    public int MaxActivePurges { get; set; } = 5;

    /// <summary>Integrations that are looked at in parallel.</summary>
    [Range(1, 64)]
    public int Concurrency { get; set; } = 8;

    /// <summary>Longest time after which an Integration is looked at again although nothing changed.</summary>
    [TimeRange("00:00:10", "1.00:00:00")]
    public TimeSpan Resync { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a Job stays after its outcome was stored.</summary>
    [TimeRange("00:00:01", "30.00:00:00")]
    public TimeSpan JobTimeToLive { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the purge of an Integration that is deleted with its data may be held up; then its data is left to a
    /// later one.</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan DeletionPatience { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long the pod of a Job may take to come and to start before the Integration's status says that it does not.</summary>
    [TimeRange("00:00:01", "1.00:00:00")]
    public TimeSpan StartPatience { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Days after which deleted records lose their values; their keys stay.</summary>
    [Range(1, 36_500)]
    public int KeepDeletedRecordsDays { get; set; } = RetentionBounds.Default.DeletedRecords;

    /// <summary>Days that rows of runs, and answered requests of the API, are kept.</summary>
    [Range(1, 36_500)]
    public int KeepRunsDays { get; set; } = RetentionBounds.Default.Runs;

    /// <summary>Days that rows of records that could not be stored are kept.</summary>
    [Range(1, 36_500)]
    public int KeepRecordErrorsDays { get; set; } = RetentionBounds.Default.RecordErrors;

    /// <summary>Days for which readers are told that a record has left its parent.</summary>
    [Range(1, 36_500)]
    public int KeepTouchesDays { get; set; } = RetentionBounds.Default.Touches;

    /// <summary>Days that delivered webhooks, and events of sources that were processed, are kept.</summary>
    [Range(1, 36_500)]
    public int KeepWebhooksDays { get; set; } = RetentionBounds.Default.Webhooks;

    /// <summary>Days that webhooks are kept which nobody took, and events that were not processed.</summary>
    [Range(1, 36_500)]
    public int KeepUndeliveredWebhooksDays { get; set; } = RetentionBounds.Default.UndeliveredWebhooks;

    /// <summary>Port of /healthz and /readyz; 0: any free one, which the log names.</summary>
    [Range(0, 65_535)]
    public int HealthPort { get; set; } = 8081;

    /// <summary>Port of /metrics; 0: any free one, which the log names.</summary>
    [Range(0, 65_535)]
    public int MetricsPort { get; set; } = 8080;

    /// <summary>Whether several operators choose one of them by a Lease; unset: in a cluster only.</summary>
    public bool? LeaderElection { get; set; }

    /// <summary>Namespace of the Lease; empty: POD_NAMESPACE, or that of the pod's account.</summary>
    public string LeaseNamespace { get; set; } = "";

    [Required(AllowEmptyStrings = false)]
    public string LeaseName { get; set; } = "kombo-operator";

    /// <summary>The others take over when the leader has not renewed for this long.</summary>
    [TimeRange("00:00:01", "00:10:00")]
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The leader ends when it could not renew for this long.</summary>
    [TimeRange("00:00:01", "00:10:00")]
    public TimeSpan LeaseRenewDeadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two attempts to get or renew the Lease.</summary>
    [TimeRange("00:00:00.1", "00:10:00")]
    public TimeSpan LeaseRetryPeriod { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Text for people, Json (a line an object) for machines, Auto: Json in a cluster.</summary>
    [RegularExpression("Auto|Text|Json")]
    public string LogFormat { get; set; } = "Auto";

    /// <summary>A kubeconfig file; empty: KUBECONFIG, the pod's account or ~/.kube/config.</summary>
    public string KubeConfig { get; set; } = "";

    internal RetentionBounds Retention => new()
    {
        DeletedRecords = KeepDeletedRecordsDays,
        Runs = KeepRunsDays,
        RecordErrors = KeepRecordErrorsDays,
        Touches = KeepTouchesDays,
        Webhooks = KeepWebhooksDays,
        UndeliveredWebhooks = KeepUndeliveredWebhooksDays,
    };

    internal IReadOnlyList<string> NamespaceList => Split(Namespaces);

    internal static IReadOnlyList<string> Split(string list) =>
        list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

[OptionsValidator]
sealed partial class OperatorOptionsValidator : IValidateOptions<OperatorOptions>;

/// <summary>What attributes cannot say of hosts and quantities.</summary>
sealed class FormatValidator : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options)
    {
        string[] problems =
        [
            .. Problems(nameof(options.AllowedHosts), () => AddressPolicy.Parse(options.AllowedHosts)),
            .. Problems(nameof(options.WorkerRequests), () => Quantities.Parse(options.WorkerRequests)),
            .. Problems(nameof(options.WorkerLimits), () => Quantities.Parse(options.WorkerLimits)),
        ];
        return problems is [] ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    static IEnumerable<string> Problems(string setting, Func<object> parse)
    {
        try
        {
            parse();
            return [];
        }
        catch (FormatException exception)
        {
            return [$"{setting}: {exception.Message}"];
        }
    }
}

/// <summary>What attributes cannot say of the Lease: whether its times fit together.</summary>
sealed class LeaseValidator : IValidateOptions<OperatorOptions>
{
    public ValidateOptionsResult Validate(string? name, OperatorOptions options) =>
        LeaderElectionConfig.FindProblem(options.LeaseDuration, options.LeaseRenewDeadline, options.LeaseRetryPeriod)
            is { } problem
            ? ValidateOptionsResult.Fail($"LeaseDuration, LeaseRenewDeadline, LeaseRetryPeriod: {problem}")
            : ValidateOptionsResult.Success;
}
