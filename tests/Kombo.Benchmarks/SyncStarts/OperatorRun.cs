using Kombo.Testing;

namespace Kombo.Benchmarks.SyncStarts;

/// <summary>What was seen of the operator from before the slot until every run was over and stored.</summary>
sealed record OperatorFigures(
    Delays Delays, double PeakResidentMegabytes, double CpuSeconds, double IdleCpuPercent, double WritesPerSync);

/// <summary>Integrations that fall due at the same second, on a cluster of their own.</summary>
static class OperatorRun
{
    static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(10);
    static readonly TimeSpan IdleTime = TimeSpan.FromSeconds(20);
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(15);

    public static async Task<OperatorFigures> MeasureAsync(int count, Action<string> tell, CancellationToken cancellationToken)
    {
        var connection = Environment.GetEnvironmentVariable("KOMBO_DATABASE_CONNECTION")
            ?? throw new InvalidOperationException("KOMBO_DATABASE_CONNECTION names no database; make bench-operator starts one");
        await using var cluster = await TestCluster.StartAsync("");
        foreach (var kind in new[] { "integrations", "syncschedules" })
            await cluster.KubectlAsync(
                "apply", "--validate=false", "-f", RepositoryRoot.Combine("crds", $"{kind}.yaml"));
        await cluster.KubectlAsync(
            "wait", "--for=condition=Established", "crd/integrations.kombo.dev", "crd/syncschedules.kombo.dev");

        var fleet = new Fleet(cluster.Client, count);
        var began = TimeProvider.System.GetTimestamp();
        await fleet.CreateAsync(connection, cancellationToken);
        tell($"{count} Integrations are there");
        var slot = SlotAfter(TimeProvider.System.GetElapsedTime(began));
        await fleet.PlanAsync(slot, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("kombo-bench-operator-").FullName;
        try
        {
            await using var process = await OperatorProcess.StartAsync(cluster, connection, folder);
            return await MeasureAsync(new Scene(cluster, process, fleet, slot, count), tell, cancellationToken);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // To the second, as all times of the status are. Late enough for the operator to know all of them before, and to rest:
    // that takes it about as long as it took to make them.
    static DateTimeOffset SlotAfter(TimeSpan timeToCreate)
    {
        var at = TimeProvider.System.GetUtcNow() + 4 * timeToCreate + SettleTime + IdleTime + TimeSpan.FromSeconds(25);
        return new(at.UtcTicks - at.UtcTicks % TimeSpan.TicksPerSecond, TimeSpan.Zero);
    }

    static async Task<OperatorFigures> MeasureAsync(Scene scene, Action<string> tell, CancellationToken cancellationToken)
    {
        await Until.TrueAsync(() => scene.Fleet.IsKnownAsync(cancellationToken), Patience);
        var idle = await IdleAsync(scene, tell, cancellationToken);
        var jobs = new JobArrivals(scene.Cluster.Client, Fleet.Namespace);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var watching = jobs.WatchAsync(ending.Token);
        var (cpu, writes) = (ProcessFigures.CpuTime(scene.Operator.Id), await ServerCounts.ReadAsync(scene.Cluster));

        await Eventually.BecomesAsync(() => jobs.Count >= scene.Count, scene.Slot - TimeProvider.System.GetUtcNow() + Patience);
        var delays = Delays.Of(jobs.DelaysAfter(scene.Slot));
        tell($"all Jobs are there, {delays.Last:0.0} s after the slot");
        await scene.Fleet.ReportAsync(cancellationToken);
        await Until.TrueAsync(
            async () =>
            {
                await scene.Fleet.EndJobsAsync(cancellationToken);
                return await scene.Fleet.IsDoneAsync(cancellationToken);
            },
            Patience);
        tell("all runs are over and stored");
        await ending.CancelAsync();
        await watching;
        if (jobs.Count != scene.Count)
            throw new InvalidOperationException($"{jobs.Count} Jobs instead of {scene.Count}: a slot has started more than once");
        var written = await ServerCounts.ReadAsync(scene.Cluster) - writes;
        return new(
            delays,
            ProcessFigures.PeakResidentMegabytes(scene.Operator.Id),
            (ProcessFigures.CpuTime(scene.Operator.Id) - cpu).TotalSeconds,
            idle,
            (double)(written.Integrations + written.Jobs) / scene.Count);
    }

    // In per cent of one core.
    static async Task<double> IdleAsync(Scene scene, Action<string> tell, CancellationToken cancellationToken)
    {
        var left = scene.Slot - TimeProvider.System.GetUtcNow() - SettleTime - IdleTime;
        if (left < TimeSpan.FromSeconds(2))
            throw new InvalidOperationException("the operator knew all Integrations too late before the slot: the machine is too busy");
        tell($"the operator knows them; they fall due at {scene.Slot:HH:mm:ss}");
        await Task.Delay(SettleTime, TimeProvider.System, cancellationToken); // its last events are sent, its code is compiled
        var before = ProcessFigures.CpuTime(scene.Operator.Id);
        await Task.Delay(IdleTime, TimeProvider.System, cancellationToken);
        return (ProcessFigures.CpuTime(scene.Operator.Id) - before) / IdleTime * 100;
    }

    sealed record Scene(TestCluster Cluster, ChildProcess Operator, Fleet Fleet, DateTimeOffset Slot, int Count);
}
