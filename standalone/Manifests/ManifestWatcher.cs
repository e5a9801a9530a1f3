using System.Threading.Channels;
using Kombo.Kubernetes;
using Microsoft.Extensions.Logging;

namespace Kombo.Standalone.Manifests;

/// <summary>Keeps the cluster like the folder.</summary>
internal sealed partial class ManifestWatcher(
    ManifestFolder folder, ManifestApplier applier, AppliedManifests applied, TimeProvider clock,
    ILogger<ManifestWatcher> logger)
{
    // Editors write in several steps; what is half written would be reported as broken.
    static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100);

    // For changes that no notification tells of, on network drives for instance, and for what failed.
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);

    IReadOnlyList<ManifestProblem> problems = [];

    /// <summary>What is wrong in the folder at present. Replaced as a whole, so it may be read at any time.</summary>
    public IReadOnlyList<ManifestProblem> Problems => Volatile.Read(ref problems);

    /// <summary>Follows the folder until cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var noticed = Channel.CreateBounded<bool>(
            new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        using var notifications = Listen(() => noticed.Writer.TryWrite(true));
        while (true)
        {
            await ApplyAsync(cancellationToken);
            await WaitAsync(noticed.Reader, cancellationToken);
        }
    }

    /// <summary>Reads the folder once and applies what has changed.</summary>
    public async Task ApplyAsync(CancellationToken cancellationToken)
    {
        ManifestPlan plan;
        try
        {
            plan = ManifestDiff.Compute(applied.All, await folder.ReadAsync(cancellationToken));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Report([new ManifestProblem(folder.Path, 0, "", exception.Message)]); // and nothing is deleted
            return;
        }

        var refused = new List<ManifestProblem>();
        foreach (var change in plan.Changes)
            if (await TryAsync(change, cancellationToken) is { } problem)
                refused.Add(problem);
        Report([.. plan.Problems, .. refused]);
    }

    async Task<ManifestProblem?> TryAsync(ManifestChange change, CancellationToken cancellationToken)
    {
        try
        {
            switch (change)
            {
                case ManifestChange.Apply({ Key: var key } manifest, var before):
                    await applier.ApplyAsync(manifest, before, cancellationToken);
                    applied.Set(new AppliedManifest(key, manifest.Json, manifest.File));
                    LogApplied(key, before is null ? "created" : "configured", manifest.File);
                    break;
                case ManifestChange.Delete(var key, var file):
                    await applier.DeleteAsync(key, cancellationToken);
                    applied.Remove(key);
                    LogApplied(key, "deleted", file);
                    break;
            }

            return null;
        }
        catch (KubernetesException exception)
        {
            return change is ManifestChange.Apply { Manifest: var manifest }
                ? new ManifestProblem(manifest.File, manifest.Line, "", $"{manifest.Key}: {exception.Message}")
                // there are two cases
                : new ManifestProblem(((ManifestChange.Delete)change).File, 0, "", exception.Message);
        }
    }

    void Report(IReadOnlyList<ManifestProblem> now)
    {
        foreach (var problem in now.Except(problems))
            LogProblem(problem);
        if (problems.Count > 0 && now.Count == 0)
            LogMended(folder.Path);
        Volatile.Write(ref problems, now);
    }

    FileSystemWatcher Listen(Action noticed)
    {
        var watcher = new FileSystemWatcher(folder.Path);
        watcher.Changed += (_, _) => noticed();
        watcher.Created += (_, _) => noticed();
        watcher.Deleted += (_, _) => noticed();
        watcher.Renamed += (_, _) => noticed();
        watcher.Error += (_, _) => noticed();
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    async Task WaitAsync(ChannelReader<bool> noticed, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(LookAgain, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await noticed.WaitToReadAsync(either.Token);
            await Task.Delay(Quiet, clock, cancellationToken);
            noticed.TryRead(out _);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing was noticed; look all the same.
        }
    }

    [LoggerMessage(7101, LogLevel.Information, "{Object} {Verb} ({File})")]
    partial void LogApplied(ManifestKey @object, string verb, string file);

    [LoggerMessage(7102, LogLevel.Error, "{Problem}")]
    partial void LogProblem(ManifestProblem problem);

    [LoggerMessage(7103, LogLevel.Information, "All manifests in {Folder} are valid again")]
    partial void LogMended(string folder);
}
