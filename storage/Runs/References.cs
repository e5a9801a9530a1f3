using System.Diagnostics.CodeAnalysis;
using Kombo.Core.Models;
using Kombo.Core.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>Finds references whose target has never arrived, and heals those whose target has come. Looks only at what
/// changed since it last looked; a deleted target is still there to be referred to.</summary>
sealed partial class References(TransactionRunner transactions, ModelCatalog catalog, ILogger logger)
{
    const int Timeout = 600;

    const string SinceSql = """
        select t, coalesce(validated_through, '2000-01-01') as since, validated_through
          from kombo.sync_ticks
         where integration_id = @integrationId
        """;

    const string ChangedSql = """
        select model from kombo.changed_models where integration_id = @integrationId and changed_at > @since
        """;

    const string AdvanceSql = """
        update kombo.sync_ticks
           set validated_through = @t
         where integration_id = @integrationId and validated_through is not distinct from @validatedThrough
        """;

    /// <summary>After every sync and webhook run. Safe to repeat.</summary>
    public async Task ValidateAsync(RunHandle run, CancellationToken cancellationToken)
    {
        var integrationId = run.IntegrationId;
        // All that is stamped up to this tick is committed, as stamps follow commit order.
        var ticks = await AskAsync<Ticks>(Statement.Of(SinceSql, new { integrationId }, Timeout), cancellationToken);
        var all = ticks.ValidatedThrough is null;
        // Half of the first full sync's references have no target yet: it looks at all of them when it ends.
        if (all && run.Type == SyncType.Webhook)
            return;
        var changed = await ChangedAsync(integrationId, ticks.Since, cancellationToken);
        foreach (var reference in Reference.Of(catalog))
        {
            if (all || changed.Contains(reference.Model))
                await CheckAsync(reference, reference.Of(integrationId, ticks.Since), cancellationToken);
            if (all || changed.Contains(reference.Target))
                await HealAsync(run, reference, cancellationToken);
        }

        await ExecuteAsync(
            Statement.Of(AdvanceSql, new { integrationId, ticks.T, ticks.ValidatedThrough }, Timeout), cancellationToken);
    }

    async Task CheckAsync(Reference reference, ReferenceLook look, CancellationToken cancellationToken)
    {
        var found = await AskAsync<bool>(Statement.Of(ReferenceSql.HasTargets(reference), look, Timeout), cancellationToken);
        var sql = found ? ReferenceSql.Check(reference) : ReferenceSql.NoteAbsentModel(reference);
        await ExecuteAsync(Statement.Of(sql, look, Timeout), cancellationToken);
    }

    async Task HealAsync(RunHandle run, Reference reference, CancellationToken cancellationToken)
    {
        var look = reference.Of(run.IntegrationId, since: default);
        await ExecuteAsync(Statement.Of(ReferenceSql.ExpandAbsentModel(reference), look, Timeout), cancellationToken);
        long healed = 0;
        while (await AskAsync<bool>(Statement.Of(ReferenceSql.HasHealed(reference), look, Timeout), cancellationToken))
            healed += await transactions.RunFencedAsync(
                run, (writer, token) => HealPageAsync(writer, run, reference, token), cancellationToken);
        if (healed > 0)
            LogHealed(healed, reference.Model, reference.Field);
    }

    static async Task<long> HealPageAsync(
        NpgsqlConnection connection, RunHandle run, Reference reference, CancellationToken cancellationToken)
    {
        await using var batch = FencedTransaction.Begin(connection, run);
        batch.Add(ReferenceSql.AllowLookUps);
        batch.Add(ReferenceSql.HealPage(reference)).Text(run.IntegrationId).Text(reference.Model).Text(reference.Field);
        FencedTransaction.AddEnd(batch);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await FencedTransaction.SkipBeginAsync(reader, cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        var healed = reader.GetInt64(0);
        while (await reader.NextResultAsync(cancellationToken))
        {
            // to the end of the batch, so that an error of the commit is not missed
        }

        return healed;
    }

    async Task<HashSet<string>> ChangedAsync(string integrationId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var models = await transactions.RunAsync(
            (connection, token) => connection.QueryAsync<string>(Statement.Of(ChangedSql, new { integrationId, since }), token),
            cancellationToken);
        return models.ToHashSet(StringComparer.Ordinal);
    }

    Task<T> AskAsync<[DynamicallyAccessedMembers(RowShape.Members)] T>(Statement statement, CancellationToken cancellationToken) =>
        transactions.RunAsync((connection, token) => connection.QuerySingleAsync<T>(statement, token), cancellationToken);

    Task<int> ExecuteAsync(Statement statement, CancellationToken cancellationToken) =>
        transactions.RunAsync((connection, token) => connection.ExecuteAsync(statement, token), cancellationToken);

    sealed record Ticks(DateTimeOffset T, DateTimeOffset Since, DateTimeOffset? ValidatedThrough);

    [LoggerMessage(4601, LogLevel.Information, "{References} references of {Model}.{Field} have found their target")]
    partial void LogHealed(long references, string model, string field);
}
