namespace Kombo.Benchmarks.SyncStarts;

static class SyncStartReport
{
    /// <param name="byDefault">The yardstick with its own limits; null: it was left out.</param>
    /// <param name="raised">The yardstick with raised limits; null: it was left out.</param>
    public static Report Of(int integrations, OperatorFigures figures, Delays? byDefault, Delays? raised) => new(
    [
        new("integrations", integrations),
        new("first_job_s", figures.Delays.First),
        new("p50_start_delay_s", figures.Delays.Median),
        new("p99_start_delay_s", figures.Delays.P99),
        new("all_jobs_created_s", figures.Delays.Last, "≤ 10 for 1,000, ≤ 60 for 5,000"),
        new("cronjob_default_s", byDefault?.Last),
        new("cronjob_raised_s", raised?.Last),
        new("speedup_default", byDefault?.Last / figures.Delays.Last),
        new("speedup_raised", raised?.Last / figures.Delays.Last, "≥ 1"),
        new("operator_peak_rss_mb", figures.PeakResidentMegabytes, "≤ 120"),
        new("operator_cpu_s", figures.CpuSeconds),
        new("idle_cpu_percent", figures.IdleCpuPercent, "≤ 1"),
        new("api_writes_per_sync", figures.WritesPerSync, "≤ 5"),
    ]);
}
