namespace Kombo.Benchmarks.SyncStarts;

/// <summary>
/// N Integrations fall due at the same second; beside them, in the same run, N CronJobs do, once with the limits that
/// kube-controller-manager has by default, once with raised ones. Each on a control plane that was started for it.
/// </summary>
static class SyncStartBenchmark
{
    const string RaisedLimits = "--kube-api-qps=500 --kube-api-burst=1000";

    public static async Task<int> RunAsync(int count, bool withoutCronJobs, CancellationToken cancellationToken)
    {
        Progress.Tell($"operator: {count} Integrations");
        var figures = await OperatorRun.MeasureAsync(count, Progress.Tell, cancellationToken);
        Delays? raised = null, byDefault = null;
        if (!withoutCronJobs)
        {
            Progress.Tell($"kube-controller-manager with {RaisedLimits}");
            raised = await CronJobYardstick.MeasureAsync(count, RaisedLimits, Progress.Tell, cancellationToken);
            Progress.Tell("kube-controller-manager with its default limits: about 4 CronJobs a second");
            byDefault = await CronJobYardstick.MeasureAsync(count, "", Progress.Tell, cancellationToken);
        }
        var report = SyncStartReport.Of(count, figures, byDefault, raised);
        var path = RepositoryOutput.Report("operator.json");
        report.Save(path);
        report.Print();
        Progress.Tell($"written to {path}");
        return 0;
    }
}
