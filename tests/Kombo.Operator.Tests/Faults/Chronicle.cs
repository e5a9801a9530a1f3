using System.Collections.Immutable;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Faults;

/// <summary>Everything that ever happened to the Jobs and Integrations of a namespace, in the order in which the API
/// server tells it; without a gap, unless it restarts.</summary>
sealed class Chronicle : IAsyncDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);

    readonly CancellationTokenSource ended = new();
    readonly Lock gate = new();
    readonly Task following;
    ImmutableList<JobLife> jobs = [];
    ImmutableList<V1Alpha1Integration> versions = [];
    ImmutableHashSet<string> gone = [];
    ImmutableHashSet<string?> afterGap = [];
    ImmutableDictionary<string, V1Pod> pods = ImmutableDictionary<string, V1Pod>.Empty;

    Chronicle(IKubernetesClient client, string namespaceName) => following = Task.WhenAll(
        FollowAsync(client, namespaceName, new Follower<V1Job>(
            See, there => jobs = [.. jobs.Select(job => there.Contains(job.Uid) ? job : job with { IsGone = true })])),
        FollowAsync(client, namespaceName, new Follower<V1Pod>(
            See, there => pods = pods.RemoveRange(pods.Keys.Where(uid => !there.Contains(uid))))),
        FollowAsync(client, namespaceName, new Follower<V1Alpha1Integration>(
            See,
            there => gone = gone.Union(versions.Select(version => version.Uid()).Where(uid => !there.Contains(uid))))));

    /// <summary>From the first to the last that was made.</summary>
    public ImmutableList<JobLife> Jobs => jobs;

    /// <summary>Each that was stored, the oldest first; deleted ones keep theirs.</summary>
    public ImmutableList<V1Alpha1Integration> Versions => versions;

    /// <summary>Those that are there, by name.</summary>
    public IEnumerable<V1Pod> PodsOf(V1Job job) => pods.Values.Where(pod => pod.IsOwnedBy(job));

    /// <param name="client">Without faults.</param>
    public static Chronicle Begin(IKubernetesClient client, string namespaceName) => new(client, namespaceName);

    /// <summary>There may have been others between this version and the one before.</summary>
    public bool IsAfterGap(V1Alpha1Integration version) => afterGap.Contains(version.ResourceVersion());

    /// <summary>As it is now; null while there is none.</summary>
    public V1Alpha1Integration? Now(string name) =>
        versions.LastOrDefault(version => version.Name() == name) is { } last && !gone.Contains(last.Uid()) ? last : null;

    /// <summary>Waits without asking the API server.</summary>
    public Task UntilAsync(Func<bool> condition, string what)
    {
        if (following.IsFaulted)
            return following;
        return Eventually.BecomesAsync(() => following.IsFaulted || condition(), Deadline, what);
    }

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        await Task.WhenAny(following);
        ended.Dispose();
    }

    public override string ToString() => string.Join('\n', [
        "Jobs:",
        .. jobs.Select(job => $"  {job}"),
        "statuses:",
        .. versions.Select(version =>
            $"  {version.Name()} {version.ResourceVersion()}: {CustomResources.Json.Serialize(version.Status)}"),
    ]);

    async Task FollowAsync<T>(IKubernetesClient client, string space, Follower<T> follower)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        while (!ended.IsCancellationRequested)
        {
            await Eventually.BecomesAsync(() => AnswersAsync<T>(client, space), Deadline);
            try
            {
                var list = await client.ListAsync<T>(space, ListOptions.All, ended.Token);
                lock (gate)
                {
                    follower.Keep(list.Items.Select(item => item.Uid()).ToHashSet());
                    foreach (var item in list.Items)
                        follower.See(null, item);
                }
                await FollowAsync(client, space, list.Metadata.ResourceVersion, follower);
            }
            catch (KubernetesException)
            {
                // The API server restarts, and has forgotten the versions before.
            }
        }
    }

    async Task FollowAsync<T>(IKubernetesClient client, string space, string? version, Follower<T> follower)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        while (true)
        {
            var options = new WatchOptions(ResourceVersion: version, Timeout: TimeSpan.FromMinutes(5));
            await foreach (var change in client.WatchAsync<T>(space, options, ended.Token))
            {
                if (change is { Type: WatchEventType.Error })
                    throw new KubernetesException(change.Status ?? new V1Status());
                version = change.ResourceVersion ?? version;
                if (change.Entity is { } entity)
                    lock (gate)
                        follower.See(change.Type, entity);
            }
        }
    }

    async Task<bool> AnswersAsync<T>(IKubernetesClient client, string space)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            await client.ListAsync<T>(space, new ListOptions(Limit: 1), ended.Token);
            return true;
        }
        catch (KubernetesException)
        {
            return false;
        }
    }

    void See(WatchEventType? type, V1Job job)
    {
        var at = jobs.FindIndex(known => known.Uid == job.Uid());
        var life = JobLife.Of(job, at < 0 ? Busy(job) : jobs[at].Beside) with { IsGone = type == WatchEventType.Deleted };
        jobs = at < 0 ? jobs.Add(life) : jobs.SetItem(at, life);
    }

    // Another one of its Integration and type that was there and had not ended.
    string? Busy(V1Job job)
    {
        var life = JobLife.Of(job, null);
        return jobs.FirstOrDefault(other => other is { HasEnded: false, IsGone: false }
            && (other.Owner, other.Type) == (life.Owner, life.Type))?.Name;
    }

    void See(WatchEventType? type, V1Pod pod) =>
        pods = type == WatchEventType.Deleted ? pods.Remove(pod.Uid()) : pods.SetItem(pod.Uid(), pod);

    void See(WatchEventType? type, V1Alpha1Integration integration)
    {
        if (versions.LastOrDefault(last => last.Uid() == integration.Uid())?.ResourceVersion() != integration.ResourceVersion())
        {
            versions = versions.Add(integration);
            afterGap = type is null ? afterGap.Add(integration.ResourceVersion()) : afterGap;
        }
        gone = type == WatchEventType.Deleted ? gone.Add(integration.Uid()) : gone;
    }

    /// <param name="See">With null: it was listed, and may have changed several times since it was seen.</param>
    /// <param name="Keep">Given the uids of all that there are: the others are gone.</param>
    sealed record Follower<T>(Action<WatchEventType?, T> See, Action<HashSet<string>> Keep);
}

/// <summary>A Job from its creation to its end.</summary>
/// <param name="Beside">An unfinished one of the same Integration and type that was there when it was made.</param>
sealed record JobLife(V1Job Job, string? Beside)
{
    public string Name => Job.Name();
    public string Uid => Job.Uid();
    public string Owner => JobOwner.UidOf(Job) ?? "";
    public string RunId => Job.GetAnnotation(JobAnnotations.RunId) ?? "";
    public string Type => Job.GetAnnotation(JobAnnotations.Type) ?? "";
    public string Trigger => Job.GetAnnotation(JobAnnotations.Trigger) ?? "";
    public string? Token => Job.GetAnnotation(JobAnnotations.RequestToken);
    public bool HasEnded { get; init; }
    public bool IsGone { get; init; }

    public bool IsRunning => !HasEnded && !IsGone;

    public static JobLife Of(V1Job job, string? beside) => new(job, beside)
    {
        HasEnded = job.Status?.Conditions?.Any(
            condition => condition is { Type: "Complete" or "Failed", Status: "True" }) == true,
    };

    public override string ToString() =>
        $"{Name} run {RunId} {Trigger} token {Token} {(HasEnded ? "ended " : "")}{(IsGone ? "gone" : "")}";
}
