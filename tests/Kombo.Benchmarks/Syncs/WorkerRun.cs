using System.Collections.Immutable;
using System.Diagnostics;
using System.Text.Json;
using Kombo.Core.Runs;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Benchmarks.Syncs;

/// <summary>What was seen of one worker from its start to its end.</summary>
/// <param name="Took">The whole process, its start included.</param>
/// <param name="WrittenRows">Rows of the mirror that were inserted, updated or deleted.</param>
/// <param name="WalBytes">Of the whole server meanwhile.</param>
/// <param name="FirstRow">From the start of the process until a row could be read; null where some were there before.</param>
sealed record WorkerFigures(
    TimeSpan Took, double PeakResidentMegabytes, double CpuSeconds, long WrittenRows, long WalBytes, TimeSpan? FirstRow);

/// <summary>Full syncs of one integration, each by a worker of its own, as in its image.</summary>
sealed class WorkerRuns(string connection, NpgsqlDataSource database, string address)
{
    public const string IntegrationId = "directory:bench";
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);
    static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    int runs;

    public async Task<WorkerFigures> MeasureAsync(CancellationToken cancellationToken)
    {
        var before = await CountersAsync(cancellationToken);
        var isEmpty = before.Written == 0;
        var began = Stopwatch.GetTimestamp();
        await using var process = Start();
        var first = isEmpty ? FirstRowAsync(began, cancellationToken) : Task.FromResult<TimeSpan?>(null);
        var (peak, cpu) = (0.0, TimeSpan.Zero);
        while (!process.HasExited)
        {
            try
            {
                (peak, cpu) = (ProcessFigures.PeakResidentMegabytes(process.Id), ProcessFigures.CpuTime(process.Id));
            }
            catch (Exception exception) when (exception is IOException or InvalidOperationException)
            {
                break; // it ended in between
            }
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        }
        var code = await process.WaitForExitAsync(Patience);
        var took = Stopwatch.GetElapsedTime(began);
        if (code != 0)
            throw new InvalidOperationException($"the worker ended with {code}:\n{process.Output}");
        var after = await CountersAsync(cancellationToken);
        return new(took, peak, cpu.TotalSeconds, after.Written - before.Written, after.Wal - before.Wal, await first);
    }

    ChildProcess Start()
    {
        var request = new RunRequest
        {
            RunId = $"run-{++runs}",
            Type = SyncType.Full,
            Trigger = Triggers.Manual,
            Namespace = "bench",
            Name = "directory",
            Uid = "00000000-0000-0000-0000-000000000001",
            IntegrationId = IntegrationId,
            Parameters = ImmutableSortedDictionary<string, string>.Empty.Add("baseUrl", address),
        };
        return ChildProcess.Start(new ChildProcessStart
        {
            Program = RepositoryOutput.Program("worker", "kombo-worker"),
            Arguments = ["sync"],
            Environment = ImmutableDictionary<string, string?>.Empty
                .Add(WorkerEnvironment.Run, JsonSerializer.Serialize(request, RunJson.Default.RunRequest))
                .Add(WorkerEnvironment.ConnectorFile, RepositoryRoot.Combine("tests", "Kombo.Benchmarks", "Syncs", "directory.yaml"))
                .Add(WorkerEnvironment.DatabaseConnection, connection)
                .Add(WorkerEnvironment.AllowedHosts, "127.0.0.0/8")
                .Add("KUBECONFIG", null)
                .Add("KUBERNETES_SERVICE_HOST", null),
        });
    }

    async Task<TimeSpan?> FirstRowAsync(long began, CancellationToken cancellationToken)
    {
        await using var session = await database.OpenConnectionAsync(cancellationToken);
        await using var command = new NpgsqlCommand("select exists (select 1 from kombo.hris_employees)", session);
        await command.PrepareAsync(cancellationToken);
        while (await command.ExecuteScalarAsync(cancellationToken) is false)
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    async Task<(long Written, long Wal)> CountersAsync(CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("""
            select n_tup_ins + n_tup_upd + n_tup_del, pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint
              from pg_stat_user_tables
             where schemaname = 'kombo' and relname = 'hris_employees'
            """);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt64(0), reader.GetInt64(1));
    }
}
