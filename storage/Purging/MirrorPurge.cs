using Kombo.Core.Models;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Purging;

/// <summary>Removes from the mirror what may not be there: what left the scope, the values of records that were deleted some
/// time ago, old bookkeeping; or everything. Each row is looked at as it is, so that a run that died is simply done
/// again: what is done already is not found.</summary>
public sealed partial class MirrorPurge
{
    readonly TransactionRunner transactions;
    readonly RunFinisher finisher;
    readonly ModelCatalog catalog;
    readonly ILogger logger;

    internal MirrorPurge(
        TransactionRunner transactions, RunFinisher finisher, ModelCatalog catalog, ILogger<MirrorPurge> logger) =>
        (this.transactions, this.finisher, this.catalog, this.logger) = (transactions, finisher, catalog, logger);

    /// <summary>Does all of it and closes the run.</summary>
    /// <param name="onStep">Told the model that was worked on and what became of its rows.</param>
    /// <exception cref="LeaseLostException">Another worker has taken over, or the run was ended.</exception>
    public async Task<RunProgress> RunAsync(
        RunHandle run, PurgeOrder order, Action<Model, PurgeStep> onStep, CancellationToken cancellationToken)
    {
        var writer = new PurgeTransactions(transactions, run);
        var now = await transactions.RunAsync(NowAsync, cancellationToken);
        foreach (var model in catalog.Models)
        {
            long removed = 0;
            foreach (var act in Acts(model, order, run, now))
            {
                var step = await ApplyAsync(writer, model, act, cancellationToken);
                onStep(model, step);
                Log(step, model, run);
                removed += step.Removed;
            }

            if (IsOut(model, order))
                onStep(model, await PruneAsync(writer, PruningRules.OfModel(model, now), cancellationToken));
            else if (OutOfScope(model, order) is { Count: > 0 } fields)
                onStep(model, await PruneAsync(
                    writer, [PruningRules.OfFields(model, fields.Select(field => field.Name), now)], cancellationToken));
        }

        var rest = order.Everything ? PruningRules.Everything(now) : PruningRules.Retention(order.Retention, now);
        onStep(catalog.Models[0], await PruneAsync(writer, rest, cancellationToken));
        if (order.Everything)
            await MarkAsync(writer, run, cancellationToken);
        else
            await finisher.ValidateAsync(run, cancellationToken);
        return await finisher.EndPurgeAsync(run, cancellationToken);
    }

    static IEnumerable<PurgeAct> Acts(Model model, PurgeOrder order, RunHandle run, DateTimeOffset now)
    {
        if (order.Everything || IsOut(model, order))
        {
            yield return PurgeSql.Remove(model) with { Bound = now };
            yield break;
        }

        if (OutOfScope(model, order) is { Count: > 0 } fields)
            yield return PurgeSql.Clear(model, fields) with { Bound = now };
        if (order.Scope?.RemoteData(model) == false)
            yield return PurgeSql.ForgetRemoteData(model, onlyBefore: false) with { Bound = now };
        else if (order.Scope is not null && order.IsNarrowed(model))
            yield return PurgeSql.ForgetRemoteData(model, onlyBefore: true) with { Bound = run.StartedAt };
        yield return PurgeSql.Anonymize(model) with { Bound = now - TimeSpan.FromDays(order.Retention.DeletedRecords) };
    }

    static bool IsOut(Model model, PurgeOrder order) => order.Scope?.Includes(model) == false;

    static List<Field> OutOfScope(Model model, PurgeOrder order) => order.Scope is not { } scope
        ? []
        : [.. model.Fields.Where((field, index) => field.Nullable && !scope.Includes(model, index))];

    static async Task<PurgeStep> ApplyAsync(
        PurgeTransactions writer, Model model, PurgeAct act, CancellationToken cancellationToken)
    {
        long rows = 0;
        string? after = "";
        while (after is { } from)
        {
            (after, var ids) = await writer.FindAsync(model, act, from, cancellationToken);
            rows += await writer.ApplyAsync(model, act, ids, cancellationToken);
        }

        return act.Count(rows);
    }

    static async Task<PurgeStep> PruneAsync(
        PurgeTransactions writer, IEnumerable<Pruning> prunings, CancellationToken cancellationToken)
    {
        long rows = 0;
        foreach (var pruning in prunings)
            rows += await writer.PruneAsync(pruning, cancellationToken);
        return new PurgeStep(Pruned: rows);
    }

    // Only of the one that is gone: another that was made under its id keeps what the registry says of it.
    const string MarkSql = """
        with marked as (
            update kombo.integrations
               set purged_at = clock_timestamp(), end_user_organization_name = null, end_user_origin_id = null,
                   end_user_creator_email = null
             where integration_id = $1 and uid = $2 and deleted_at is not null
            returning 1
        )
        select count(*) from marked
        """;

    static Task<long> MarkAsync(PurgeTransactions writer, RunHandle run, CancellationToken cancellationToken) =>
        writer.WriteAsync(
            batch => batch.Add(MarkSql).Text(run.IntegrationId).Text(run.Request.Uid), isSilent: false, cancellationToken);

    const string NowSql = "select clock_timestamp()";

    static async Task<DateTimeOffset> NowAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(NowSql, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return await reader.GetFieldValueAsync<DateTimeOffset>(0, cancellationToken);
    }

    void Log(PurgeStep step, Model model, RunHandle run)
    {
        if (step != default)
            LogPurged(run.RunId, model.Name, step.Cleared, step.Removed, step.Anonymized);
    }

    [LoggerMessage(4801, LogLevel.Information,
        "Purge run {Run}: of {Model} {Cleared} records lost values, {Removed} were removed, {Anonymized} were anonymized")]
    partial void LogPurged(string run, string model, long cleared, long removed, long anonymized);
}
