using System.Globalization;
using Kombo.Core.Runs;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>How far a stream is, written with the page that took it there.</summary>
static class Checkpoint
{
    /// <summary>The stream's state once this page is committed.</summary>
    /// <param name="blind">A record of the page has no id.</param>
    public static StreamState After(StreamState before, PageWrite page, RunCounts counts, bool blind)
    {
        var reason = before.Reason ?? page.Incomplete ?? (blind ? "a record came without an id" : null);
        return before with
        {
            State = (page.IsLast, reason) switch
            {
                (false, _) => StreamProgress.Running,
                (true, null) => StreamProgress.Complete,
                (true, _) => StreamProgress.Incomplete,
            },
            PageToken = page.IsLast ? null : page.NextPageToken,
            Pages = before.Pages + page.Pages,
            Counts = before.Counts + counts,
            Reason = reason,
        };
    }

    /// <summary>What to save: null where there is nothing, the stream is not complete, or it would go backwards.</summary>
    public static string? WatermarkOf(PageWrite page, StreamState state, string? stored) =>
        state.State == StreamProgress.Complete && page.Watermark is { } next && !IsBehind(next, stored) ? next : null;

    /// <summary>Earlier in time, or the smaller number; forms that cannot be compared are taken as they come.</summary>
    internal static bool IsBehind(string next, string? stored)
    {
        (next, stored) = (BeginOf(next), stored is null ? null : BeginOf(stored));
        const DateTimeStyles utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        var culture = CultureInfo.InvariantCulture;
        if (decimal.TryParse(next, NumberStyles.Number, culture, out var number)
            && decimal.TryParse(stored, NumberStyles.Number, culture, out var storedNumber))
            return number < storedNumber;
        return DateTimeOffset.TryParse(next, culture, utc, out var time)
            && DateTimeOffset.TryParse(stored, culture, utc, out var storedTime) && time < storedTime;
    }

    // Of two times the first is where the next delta begins; the second is how far the read came.
    static string BeginOf(string watermark) => watermark.Split('/')[0];

    const string SaveSql = """
        insert into kombo.sync_checkpoints as c (
               integration_id, type, stream, state, page_token, pages, reason,
               read, new, changed, unchanged, undeleted, errors, outdated, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, nullif($14, 0), clock_timestamp())
        on conflict (integration_id, type, stream) do update set
               state = excluded.state, page_token = excluded.page_token, pages = excluded.pages, reason = excluded.reason,
               read = excluded.read, new = excluded.new, changed = excluded.changed, unchanged = excluded.unchanged,
               undeleted = excluded.undeleted, errors = excluded.errors, outdated = excluded.outdated,
               updated_at = excluded.updated_at
        """;

    public static void Add(NpgsqlBatch batch, RunHandle run, StreamState state)
    {
        var counts = state.Counts;
        batch.Add(SaveSql).Text(run.IntegrationId).Text(run.Type.Column()).Text(state.Stream)
            .Text(StateColumn(state.State)).Text(state.PageToken).Bigint(state.Pages).Text(state.Reason)
            .Bigint(counts.Read).Bigint(counts.New).Bigint(counts.Changed).Bigint(counts.Unchanged)
            .Bigint(counts.Undeleted).Bigint(counts.Errors).Bigint(counts.Outdated ?? 0);
    }

    static string StateColumn(StreamProgress state) => state switch
    {
        StreamProgress.Complete => "complete",
        StreamProgress.Incomplete => "incomplete",
        _ => "running",
    };

    // Locked: a full and a delta sync may finish the same stream at a time.
    const string ReadWatermarkSql = """
        select watermark from kombo.sync_watermarks where integration_id = $1 and stream = $2 for update
        """;

    public static void AddReadWatermark(NpgsqlBatch batch, RunHandle run, string stream) =>
        batch.Add(ReadWatermarkSql).Text(run.IntegrationId).Text(stream);

    const string SaveWatermarkSql = """
        insert into kombo.sync_watermarks (integration_id, stream, watermark) values ($1, $2, $3)
        on conflict (integration_id, stream) do update set watermark = excluded.watermark, updated_at = clock_timestamp()
        """;

    public static void AddWatermark(NpgsqlBatch batch, RunHandle run, string stream, string watermark) =>
        batch.Add(SaveWatermarkSql).Text(run.IntegrationId).Text(stream).Text(watermark);
}
