using Dapper;
using Kombo.Core.Models;
using Kombo.Core.Runs;
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
        var ticks = await AskAsync<Ticks>(SinceSql, new { integrationId }, cancellationToken);
        var all = ticks.ValidatedThrough is null;
        // Half of the first full sync's references have no target yet: it looks at all of them when it ends.
        if (all && run.Type == SyncType.Webhook)
            return;
        var changed = await ChangedAsync(integrationId, ticks.Since, cancellationToken);
        foreach (var reference in Reference.Of(catalog))
        {
            if (all || changed.Contains(reference.Model))
                await CheckAsync(reference, reference.With(integrationId, ticks.Since), cancellationToken);
            if (all || changed.Contains(reference.Target))
                await HealAsync(run, reference, cancellationToken);
        }

        await ExecuteAsync(AdvanceSql, new { integrationId, ticks.T, ticks.ValidatedThrough }, cancellationToken);
    }

    async Task CheckAsync(Reference reference, object parameters, CancellationToken cancellationToken)
    {
        var found = await AskAsync<bool>(ReferenceSql.HasTargets(reference), parameters, cancellationToken);
        await ExecuteAsync(
            found ? ReferenceSql.Check(reference) : ReferenceSql.NoteAbsentModel(reference), parameters, cancellationToken);
    }

    async Task HealAsync(RunHandle run, Reference reference, CancellationToken cancellationToken)
    {
        var parameters = reference.With(run.IntegrationId, since: default);
        await ExecuteAsync(ReferenceSql.ExpandAbsentModel(reference), parameters, cancellationToken);
        long healed = 0;
        while (await AskAsync<bool>(ReferenceSql.HasHealed(reference), parameters, cancellationToken))
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
            (connection, token) => connection.QueryAsync<string>(new CommandDefinition(
                ChangedSql, new { integrationId, since }, cancellationToken: token)),
            cancellationToken);
        return models.ToHashSet(StringComparer.Ordinal);
    }

    Task<T> AskAsync<T>(string sql, object parameters, CancellationToken cancellationToken) => transactions.RunAsync(
        (connection, token) => connection.QuerySingleAsync<T>(new CommandDefinition(
            sql, parameters, commandTimeout: Timeout, cancellationToken: token)),
        cancellationToken);

    Task<int> ExecuteAsync(string sql, object parameters, CancellationToken cancellationToken) => transactions.RunAsync(
        (connection, token) => connection.ExecuteAsync(new CommandDefinition(
            sql, parameters, commandTimeout: Timeout, cancellationToken: token)),
        cancellationToken);

    sealed record Ticks(DateTimeOffset T, DateTimeOffset Since, DateTimeOffset? ValidatedThrough);

    [LoggerMessage(4601, LogLevel.Information, "{References} references of {Model}.{Field} have found their target")]
    partial void LogHealed(long references, string model, string field);
}
