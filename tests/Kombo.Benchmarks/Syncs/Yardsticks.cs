using System.Diagnostics;
using Dapper;
using Npgsql;

namespace Kombo.Benchmarks.Syncs;

/// <summary>The rows of the mirror written by other means, in rows a second.</summary>
sealed class Yardsticks(NpgsqlDataSource database, string folder)
{
    const int Sample = 2_000;

    // Writers' session settings of the mirror: its triggers then do what they do for a worker, and no more.
    const string AsWriterSql = $"""
        select set_config('kombo.writer', 'on', true), kombo.take_tick('{WorkerRuns.IntegrationId}')
        """;

    string Rows => Path.Combine(folder, "rows.binary");

    /// <summary>Takes the rows of the mirror as they are now.</summary>
    /// <returns>The columns, parted by commas.</returns>
    public async Task<string> TakeAsync(CancellationToken cancellationToken)
    {
        await using var session = await database.OpenConnectionAsync(cancellationToken);
        var columns = await session.QuerySingleAsync<string>("""
            select string_agg(quote_ident(attname), ', ' order by attnum)
              from pg_attribute
             where attrelid = 'kombo.hris_employees'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
            """);
        await using var file = File.Create(Rows);
        await using var copy = await session.BeginRawBinaryCopyAsync(
            $"copy kombo.hris_employees ({columns}) to stdout (format binary)", cancellationToken);
        await copy.CopyToAsync(file, cancellationToken);
        return columns;
    }

    /// <summary>COPY into a table of the same columns without indexes and triggers.</summary>
    public async Task<TimeSpan> RawCopyAsync(string columns, CancellationToken cancellationToken)
    {
        await using var session = await database.OpenConnectionAsync(cancellationToken);
        await session.ExecuteAsync("""
            drop table if exists kombo.bench_raw;
            create table kombo.bench_raw (like kombo.hris_employees);
            """);
        return await CopyAsync(session, "kombo.bench_raw", columns, cancellationToken);
    }

    /// <summary>COPY into an empty copy of the mirror's table with all its indexes and triggers.</summary>
    public async Task<TimeSpan> TableCopyAsync(string columns, CancellationToken cancellationToken)
    {
        await using var session = await database.OpenConnectionAsync(cancellationToken);
        await session.ExecuteAsync("""
            drop table if exists kombo.bench_copy;
            create table kombo.bench_copy (like kombo.hris_employees including all);
            """);
        var triggers = await session.QueryAsync<string>("""
            select replace(pg_get_triggerdef(oid), ' ON kombo.hris_employees ', ' ON kombo.bench_copy ')
              from pg_trigger
             where tgrelid = 'kombo.hris_employees'::regclass and not tgisinternal
            """);
        foreach (var trigger in triggers)
            await session.ExecuteAsync(trigger);
        return await CopyAsync(session, "kombo.bench_copy", columns, cancellationToken);
    }

    /// <summary>The loop that one writes first: an upsert for each record, each committed by itself. Of a sample, into a table
    /// with the indexes and without the triggers, where the rows are there already.</summary>
    /// <returns>For one row.</returns>
    public async Task<TimeSpan> NaiveAsync(string columns, CancellationToken cancellationToken)
    {
        await using var session = await database.OpenConnectionAsync(cancellationToken);
        await session.ExecuteAsync($"""
            drop table if exists kombo.bench_naive;
            create table kombo.bench_naive (like kombo.hris_employees including all);
            insert into kombo.bench_naive ({columns}) select {columns} from kombo.hris_employees limit {Sample};
            """);
        var records = (await session.QueryAsync($"select {columns} from kombo.bench_naive")).Cast<IDictionary<string, object?>>().ToList();
        var types = (await session.QueryAsync<(string Name, string Type)>("""
            select attname, format_type(atttypid, atttypmod) from pg_attribute
             where attrelid = 'kombo.hris_employees'::regclass and attnum > 0
            """)).ToDictionary(column => column.Name, column => column.Type);
        var names = records[0].Keys.ToList();
        var upsert = $"""
            insert into kombo.bench_naive ({columns})
            values ({string.Join(", ", names.Select(name => $"@{name}::{types[name]}"))})
            on conflict (integration_id, id) do update set {string.Join(", ", names.Select(name => $"\"{name}\" = excluded.\"{name}\""))}
            """;
        var began = Stopwatch.GetTimestamp();
        foreach (var record in records)
            await session.ExecuteAsync(new CommandDefinition(upsert, record, cancellationToken: cancellationToken));
        return Stopwatch.GetElapsedTime(began) / records.Count;
    }

    public async Task CleanUpAsync()
    {
        await using var session = await database.OpenConnectionAsync();
        await session.ExecuteAsync("drop table if exists kombo.bench_raw, kombo.bench_copy, kombo.bench_naive");
    }

    async Task<TimeSpan> CopyAsync(NpgsqlConnection session, string table, string columns, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(Rows);
        var began = Stopwatch.GetTimestamp();
        await using var transaction = await session.BeginTransactionAsync(cancellationToken);
        await session.ExecuteAsync(AsWriterSql, transaction: transaction);
        await using (var copy = await session.BeginRawBinaryCopyAsync($"copy {table} ({columns}) from stdin (format binary)", cancellationToken))
            await file.CopyToAsync(copy, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }
}
