using Kombo.Core.Models;
using Kombo.Core.Runs;

namespace Kombo.Storage.Purging;

/// <summary>Which rows of bookkeeping go. Pure.</summary>
static class PruningRules
{
    const string Own = "t.integration_id = $1";

    // Of a run that still holds deletions back, status and annotation speak.
    const string OldRuns = $"""
        {Own} and t.finished_at < $2 and t.run_id <> $4
            and not exists (select 1 from kombo.held_deletions h where h.integration_id = $1 and h.run_id = t.run_id)
        """;

    // Of any integration, as these tables do not say whose they are. A sweep and its lease begin in one transaction.
    const string OfNoSweep =
        "t.sweep_id not in (select l.sweep_id from kombo.sync_leases l where l.sweep_id is not null)";

    /// <summary>What is older than its bound, and what full syncs noted whose lease another has taken or that has gone.</summary>
    public static IEnumerable<Pruning> Retention(RetentionBounds bounds, DateTimeOffset now)
    {
        DateTimeOffset Before(int days) => now - TimeSpan.FromDays(days);
        return
        [
            new("sync_runs", OldRuns, Before(bounds.Runs)),
            new("sync_requests", $"{Own} and t.handled_at < $2", Before(bounds.Runs)),
            new("record_errors", $"{Own} and t.recorded_at < $2", Before(bounds.RecordErrors)),
            new("parent_touches", $"{Own} and t.changed_at < $2", Before(bounds.Touches)),
            new("webhook_outbox", $"{Own} and t.dispatched_at < $2", Before(bounds.Webhooks)),
            new("upstream_events", $"{Own} and t.closed_at < $2", Before(bounds.Webhooks)),
            new("upstream_events", $"{Own} and t.closed_at is null and t.received_at < $2", Before(bounds.UndeliveredWebhooks)),
            new("webhook_outbox", $"{Own} and t.dispatched_at is null and t.created_at < $2", Before(bounds.UndeliveredWebhooks)),
            new("sync_seen", OfNoSweep, now),
            new("sync_candidates", OfNoSweep, now),
        ];
    }

    /// <summary>What speaks of a model that is out of scope.</summary>
    public static IEnumerable<Pruning> OfModel(Model model, DateTimeOffset now) =>
        from table in (string[])
            [
                "reference_issues", "record_errors", "parent_touches", "missed_records", "held_deletion_ids", "held_deletions",
                "changed_models", "upstream_events",
            ]
        select new Pruning(table, $"{Own} and t.model = any($3)", now, model.Name);

    /// <summary>Where values of fields could not be stored that are out of scope.</summary>
    public static Pruning OfFields(Model model, IEnumerable<string> fields, DateTimeOffset now) => new(
        "record_errors", $"{Own} and t.path = any($3)", now, [.. fields.Select(field => $"{model.Name}.{field}")]);

    const string OfSweeps =
        "t.sweep_id in (select l.sweep_id from kombo.sync_leases l where l.integration_id = $1 and l.type <> 'purge')";

    /// <summary>All but what tells that there was an Integration and what became of it: its registry row, the run that
    /// removes it with its lease and tick, the fence that keeps other runs out, and webhooks that are still to be
    /// sent.</summary>
    public static IEnumerable<Pruning> Everything(DateTimeOffset now) =>
    [
        .. from table in (string[])
            [
                "reference_issues", "record_errors", "parent_touches", "missed_records", "held_deletion_ids",
                "held_deletions", "changed_models", "sync_watermarks", "sync_requests", "upstream_events",
                "rate_budgets", "rate_askers",
            ]
            select new Pruning(table, Own, now),
        new("sync_checkpoints", $"{Own} and t.type <> 'purge'", now),
        new("sync_seen", OfSweeps, now),
        new("sync_candidates", OfSweeps, now),
        new("sync_leases", $"{Own} and t.type <> 'purge'", now),
        new("sync_runs", $"{Own} and t.run_id <> $4", now),
        new("webhook_outbox", $"{Own} and t.dispatched_at is not null", now),
    ];
}
