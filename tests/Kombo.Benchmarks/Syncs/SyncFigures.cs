namespace Kombo.Benchmarks.Syncs;

/// <param name="Naive">For one row.</param>
sealed record SyncFigures(
    int Rows, TimeSpan RawCopy, TimeSpan TableCopy, TimeSpan Naive, WorkerFigures Initial, WorkerFigures Unchanged,
    WorkerFigures Some, WorkerFigures All)
{
    IEnumerable<WorkerFigures> Runs => [Initial, Unchanged, Some, All];

    public Report ToReport() => new(
    [
        new("rows", Rows),
        new("raw_copy_rows_per_s", PerSecond(RawCopy)),
        new("table_copy_rows_per_s", PerSecond(TableCopy)),
        new("naive_rows_per_s", 1 / Naive.TotalSeconds),
        new("initial_rows_per_s", PerSecond(Initial.Took)),
        new("unchanged_rows_per_s", PerSecond(Unchanged.Took)),
        new("changed_1pct_rows_per_s", PerSecond(Some.Took)),
        new("all_changed_rows_per_s", PerSecond(All.Took)),
        new("initial_vs_table_copy", TableCopy / Initial.Took, "≥ 0.7"),
        new("unchanged_vs_raw_copy", RawCopy / Unchanged.Took, "≥ 1"),
        new("changed_1pct_vs_raw_copy", RawCopy / Some.Took, "≥ 0.9"),
        new("unchanged_vs_naive", PerSecond(Unchanged.Took) * Naive.TotalSeconds, "≥ 40"),
        new("mirror_rows_written_unchanged", Unchanged.WrittenRows, "0"),
        new("wal_bytes_per_unchanged_row", (double)Unchanged.WalBytes / Rows, "≤ 4"),
        new("worker_peak_rss_mb", Runs.Max(run => run.PeakResidentMegabytes), "≤ 150"),
        new("worker_cpu_s", Initial.CpuSeconds),
        new("first_row_visible_ms", Initial.FirstRow?.TotalMilliseconds, "≤ 600"),
    ]);

    double PerSecond(TimeSpan took) => Rows / took.TotalSeconds;
}
