using Npgsql;

namespace Kombo.Benchmarks.Syncs;

/// <summary>
/// Employees from a static server into the mirror, by workers as in their image: all new, none changed, one in a hundred, all
/// changed. Beside them, in the same run and on the same server, the same rows by COPY and by single upserts.
/// </summary>
static class SyncBenchmark
{
    const int Rounds = 3;

    public static async Task<int> RunAsync(int rows, CancellationToken cancellationToken)
    {
        var connection = Environment.GetEnvironmentVariable("KOMBO_DATABASE_CONNECTION")
            ?? throw new InvalidOperationException("KOMBO_DATABASE_CONNECTION names no database; make bench-sync starts one");
        var folder = Directory.CreateTempSubdirectory("kombo-bench-sync-").FullName;
        try
        {
            var figures = await MeasureAsync(rows, connection, folder, cancellationToken);
            var path = RepositoryOutput.Report("sync.json");
            var report = figures.ToReport();
            report.Save(path);
            report.Print();
            Progress.Tell($"written to {path}");
            return 0;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<SyncFigures> MeasureAsync(int rows, string connection, string folder, CancellationToken cancellationToken)
    {
        Progress.Tell($"sync: {rows} employees; writing the pages");
        var pages = new Dictionary<int, string>();
        foreach (var changedEvery in new[] { 0, 100, 1 })
        {
            pages[changedEvery] = Path.Combine(folder, $"pages-{changedEvery}");
            new EmployeePages(pages[changedEvery], rows).Write(changedEvery);
        }
        await using var server = await PageServer.StartAsync(folder);
        await using var database = NpgsqlDataSource.Create(connection);
        var runs = new WorkerRuns(connection, database, server.Address);
        var yardsticks = new Yardsticks(database, folder);

        server.Show(pages[0]);
        var initial = await runs.MeasureAsync(cancellationToken);
        Tell("initial", rows, initial.Took);
        var columns = await yardsticks.TakeAsync(cancellationToken);
        var raw = await MedianAsync(() => yardsticks.RawCopyAsync(columns, cancellationToken));
        Tell("raw COPY", rows, raw);
        var table = await MedianAsync(() => yardsticks.TableCopyAsync(columns, cancellationToken));
        Tell("COPY with indexes and triggers", rows, table);
        var naive = await yardsticks.NaiveAsync(columns, cancellationToken);
        Tell("single upserts", 1, naive);
        await yardsticks.CleanUpAsync();

        var unchanged = new List<WorkerFigures>();
        for (var round = 0; round < Rounds; round++)
            unchanged.Add(await runs.MeasureAsync(cancellationToken));
        var median = unchanged.OrderBy(figures => figures.Took).ElementAt(Rounds / 2);
        Tell("unchanged", rows, median.Took);
        server.Show(pages[100]);
        var some = await runs.MeasureAsync(cancellationToken);
        Tell("1 % changed", rows, some.Took);
        server.Show(pages[1]);
        var all = await runs.MeasureAsync(cancellationToken);
        Tell("all changed", rows, all.Took);
        Check("the initial sync", initial, rows);
        Check("the sync of 1 %", some, (rows + 99) / 100);
        Check("the sync of all", all, rows - (rows + 99) / 100);
        return new(rows, raw, table, naive, initial, median, some, all);
    }

    // A run that did not do its work is no measurement.
    static void Check(string what, WorkerFigures figures, long rows)
    {
        if (figures.WrittenRows != rows)
            throw new InvalidOperationException($"{what} wrote {figures.WrittenRows} rows instead of {rows}");
    }

    static async Task<TimeSpan> MedianAsync(Func<Task<TimeSpan>> measure)
    {
        var times = new List<TimeSpan>();
        for (var round = 0; round < Rounds; round++)
            times.Add(await measure());
        return times.Order().ElementAt(Rounds / 2);
    }

    static void Tell(string what, int rows, TimeSpan took) =>
        Progress.Tell($"{what}: {rows / took.TotalSeconds:0} rows a second ({took.TotalSeconds:0.000} s)");
}
