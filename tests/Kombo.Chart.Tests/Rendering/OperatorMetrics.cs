namespace Kombo.Chart.Tests.Rendering;

/// <summary>The metrics of the operator that rules and dashboard may use, with their labels; the scrape adds job and
/// instance. docs/installation.md lists them.</summary>
static class OperatorMetrics
{
    static readonly Dictionary<string, string[]> Known = new(StringComparer.Ordinal)
    {
        ["kombo_sync_runs_total"] = ["provider", "trigger", "result"],
        ["kombo_sync_duration_seconds_bucket"] = ["provider", "result", "le"],
        ["kombo_sync_start_delay_seconds_bucket"] = ["le"],
        ["kombo_sync_last_success_timestamp_seconds"] = ["namespace", "name"],
        ["kombo_sync_next_timestamp_seconds"] = ["namespace", "name"],
        ["kombo_sync_missed_total"] = [],
        ["kombo_sync_active"] = [],
        ["kombo_sync_pending"] = [],
        ["kombo_sync_requests_total"] = ["result"],
        ["kombo_resource_condition"] = ["kind", "namespace", "name", "type", "status"],
        ["kombo_resource_suspended"] = ["kind", "namespace", "name"],
        ["kombo_reconcile_total"] = ["controller", "result"],
        ["kombo_reconcile_errors_total"] = ["controller"],
        ["kombo_reconcile_panics_total"] = ["controller"],
        ["workqueue_depth"] = ["name"],
        ["workqueue_longest_running_processor_seconds"] = ["name"],
        ["kombo_watch_restarts_total"] = ["resource", "reason"],
        ["leader_election_master_status"] = ["name"],
        ["rest_client_requests_total"] = ["code", "method"],
    };

    public static IEnumerable<string> Names => Known.Keys;

    public static IEnumerable<string> LabelsOf(string metric) => [.. Known[metric], "job", "instance"];
}
