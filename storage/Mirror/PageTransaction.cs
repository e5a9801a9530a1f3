using Kombo.Core.Records;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>The one transaction of a page. Two round trips where nothing changed: begin, lock, stamp, fence and compare;
/// then checkpoint and commit. Rows that changed are copied in between. Can be run again from the start.</summary>
sealed class PageTransaction(RunHandle run, PageWrite page, IReadOnlyList<ModelPage> models, List<RecordError> errors)
{
    IReadOnlyList<ModelChanges> latest = [];

    /// <summary>What the last attempt sent, or was about to.</summary>
    public IEnumerable<SentRow> Sent =>
        latest.SelectMany(model => model.Places.Select(place => new SentRow(model.Page, place)));

    /// <param name="allowDirect">Pages that hold only new rows are copied straight into the table.</param>
    public async Task<PageWritten> RunAsync(NpgsqlConnection connection, bool allowDirect, CancellationToken cancellationToken)
    {
        var seen = await CompareAsync(connection, cancellationToken);
        latest = seen.Models;
        var changed = new List<ModelChanges>();
        foreach (var model in seen.Models)
            if (await CopyAsync(connection, model, allowDirect, cancellationToken))
                changed.Add(model);
        var counts = Count(seen.Models);
        var state = Checkpoint.After(run.Stream(page.Stream), page, counts, IsBlind);
        await using var batch = new NpgsqlBatch(connection);
        AddUpserts(batch, changed, allowDirect);
        if (errors.Count > 0)
            RecordErrorSql.Add(batch, run, errors);
        Checkpoint.Add(batch, run, state);
        if (Checkpoint.WatermarkOf(page, state, seen.Watermark) is { } watermark)
            Checkpoint.AddWatermark(batch, run, page.Stream, watermark);
        if (changed.Count == 0 && !seen.Models.Any(model => model.FoundAgain))
            batch.Add(DoNotWaitSql); // what a crash loses here, the next attempt reads again
        FencedTransaction.AddEnd(batch);
        await batch.ExecuteNonQueryAsync(cancellationToken);
        return new(counts, state);
    }

    const string DoNotWaitSql = "select set_config('synchronous_commit', 'off', true)";

    // A record without an id may be any of those in the mirror: none can be taken for deleted.
    bool IsBlind => run.Type == SyncType.Full && page.Errors.Any(error => error.RemoteId is null);

    async Task<Compared> CompareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = FencedTransaction.Begin(
            connection, run, needsSeenSet: run.Type == SyncType.Full, page.RequestedAt);
        var byRange = new bool[models.Count];
        for (var i = 0; i < models.Count; i++)
            AddCompare(batch, models[i], byRange[i] = !run.IsUnordered(page.Stream, models[i].Model));
        if (page.Watermark is not null)
            Checkpoint.AddReadWatermark(batch, run, page.Stream);

        var compared = new List<ModelChanges>(models.Count);
        string? watermark = null;
        await using (var reader = await batch.ExecuteReaderAsync(cancellationToken))
        {
            await FencedTransaction.SkipBeginAsync(reader, cancellationToken);
            foreach (var model in models)
                compared.Add(await ModelChanges.ReadAsync(reader, model, cancellationToken));
            if (page.Watermark is not null && await reader.ReadAsync(cancellationToken))
                watermark = reader.GetString(0);
        }

        for (var i = 0; i < compared.Count; i++)
            if (compared[i].WindowTooSmall)
                compared[i] = (await CompareByKeyAsync(connection, models[i], cancellationToken)).After(compared[i]);
        return new(compared, watermark);
    }

    // The seen set has the page already; noting it twice does no harm.
    async Task<ModelChanges> CompareByKeyAsync(NpgsqlConnection connection, ModelPage model, CancellationToken cancellationToken)
    {
        run.MarkUnordered(page.Stream, model.Model);
        await using var batch = new NpgsqlBatch(connection);
        AddCompare(batch, model, byRange: false);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        return await ModelChanges.ReadAsync(reader, model, cancellationToken);
    }

    void AddCompare(NpgsqlBatch batch, ModelPage model, bool byRange)
    {
        var window = (model.Rows.Count * 3L) + 64;
        batch.Add(byRange ? model.Statements.CompareRange : model.Statements.CompareByKey)
            .Text(run.IntegrationId).Text(model.Model.Name).Text(run.Type.Column()).Instant(page.RequestedAt)
            .Texts(model.Seen).Texts(model.RemoteIds).Hashes(model.Hashes).Hashes(model.DataHashes).Bigint(window);
    }

    // New rows alone need no staging. The trigger stamps them in either way.
    async Task<bool> CopyAsync(
        NpgsqlConnection connection, ModelChanges changes, bool allowDirect, CancellationToken cancellationToken)
    {
        if (changes.Places.Count == 0)
            return false;
        var rows = new CopiedRows(changes.Page, changes.Places, run.IntegrationId, page.RequestedAt);
        var statements = changes.Page.Statements;
        if (allowDirect && changes.OnlyNew)
        {
            await CopyRows.SendAsync(connection, statements.CopyDirect, rows, cancellationToken);
            return true;
        }

        await Staging.CopyAsync(connection, rows, cancellationToken);
        return true;
    }

    const string ChangedModelsSql = """
        insert into kombo.changed_models (integration_id, model, changed_at)
        select $1, m.name, current_setting('kombo.tick')::timestamptz
          from unnest($2::text[]) as m (name)
         order by m.name
        on conflict (integration_id, model) do update set changed_at = excluded.changed_at
        """;

    void AddUpserts(NpgsqlBatch batch, List<ModelChanges> changed, bool allowDirect)
    {
        foreach (var changes in changed)
            if (!allowDirect || !changes.OnlyNew)
                batch.Add(changes.Page.Statements.Upsert);
        if (changed.Count > 0)
            batch.Add(ChangedModelsSql).Text(run.IntegrationId).Texts([.. changed.Select(changes => changes.Page.Model.Name)]);
    }

    RunCounts Count(IReadOnlyList<ModelChanges> changes)
    {
        var records = models.Sum(model => (long)model.Rows.Count - model.Refused.Count);
        var counts = new RunCounts
        {
            Read = page.Read,
            New = changes.Sum(one => one.Count(RowChange.New)),
            Changed = changes.Sum(one => one.Count(RowChange.Changed)),
            Undeleted = changes.Sum(one => one.Count(RowChange.Undeleted)),
            Errors = errors.Count,
        };
        var outdated = changes.Sum(one => one.Count(RowChange.Superseded));
        return counts with
        {
            Unchanged = records - counts.Written() - outdated,
            Outdated = outdated > 0 ? outdated : null,
        };
    }

    sealed record Compared(IReadOnlyList<ModelChanges> Models, string? Watermark);
}
