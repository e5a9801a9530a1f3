using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Cluster;

/// <summary>
/// Jobs that exist, or may exist, and that the informer has not shown yet: those that were there when this process came
/// to lead, and those that it made since. With them the informer's copy is never behind in what a start rests on, and
/// no start needs a list.
/// </summary>
sealed partial class StartedJobs(
    ClusterView view, IKubernetesClient client, IOptions<OperatorOptions> options, TimeProvider clock,
    ILogger<StartedJobs> logger)
{
    static readonly TimeSpan Retry = TimeSpan.FromSeconds(2);

    // An informer shows a Job within moments. One that it never shows has come and gone between two lists.
    public static readonly TimeSpan Trusted = TimeSpan.FromSeconds(30);

    readonly Lock gate = new();
    readonly Dictionary<NamespacedName, Entry> entries = [];
    readonly Dictionary<string, HashSet<NamespacedName>> byOwner = new(StringComparer.Ordinal);

    /// <summary>Before anything is decided: the leader before may have made Jobs that our copy does not show yet. What
    /// the API server has in its store is read, not in its cache.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        string?[] namespaces = options.Value.NamespaceList is { Count: > 0 } named ? [.. named] : [null];
        foreach (var space in namespaces)
            foreach (var job in await ListAsync(space, cancellationToken))
                Created(job);
    }

    /// <summary>Its creation is under way; whatever becomes of the request, it may exist from now on.</summary>
    public void Expect(V1Job job) => Put(Slim.Job(job), isSure: false);

    /// <summary>It exists.</summary>
    /// <param name="job">As the API server has it.</param>
    public void Created(V1Job job)
    {
        Put(Slim.Job(job), isSure: true);
        // The informer may have been faster than the answer.
        if (view.Jobs.Store.Get(NamespacedName.Of(job))?.Uid() == job.Uid())
            Forget(NamespacedName.Of(job));
    }

    /// <summary>The informer shows that it is there, or that it is gone.</summary>
    public void Shown(V1Job job)
    {
        var name = NamespacedName.Of(job);
        lock (gate)
            if (entries.TryGetValue(name, out var entry) && (entry.Job.Metadata.Uid ?? job.Uid()) == job.Uid())
                Forget(name);
    }

    /// <summary>The API server refused it, or does not have it.</summary>
    public void Forget(NamespacedName job)
    {
        lock (gate)
            if (entries.Remove(job, out var entry) && byOwner.TryGetValue(entry.Owner, out var names))
            {
                names.Remove(job);
                if (names.Count == 0)
                    byOwner.Remove(entry.Owner);
            }
    }

    /// <summary>Those of an Integration, beside the ones that are shown. What is not sure is looked up.</summary>
    public async Task<IReadOnlyList<V1Job>> FindAsync(
        V1Alpha1Integration integration, CancellationToken cancellationToken)
    {
        List<V1Job> found = [];
        foreach (var (name, entry) in EntriesOf(integration.Uid()))
            if (entry.IsSure && clock.GetElapsedTime(entry.At) < Trusted)
                found.Add(entry.Job);
            else if (await client.GetAsync<V1Job>(name.Name, name.Namespace, cancellationToken) is { } job
                && JobOwner.UidOf(job) == integration.Uid())
            {
                Created(job);
                found.Add(job);
            }
            else
                Forget(name);
        return found;
    }

    /// <summary>Integrations with a Job that the informer should have shown by now.</summary>
    public IReadOnlyList<NamespacedName> OwnersOfUnseen()
    {
        lock (gate)
            return [.. entries.Where(entry => clock.GetElapsedTime(entry.Value.At) >= Trusted)
                .Select(entry => JobOwner.NameOf(entry.Value.Job) is { } owner
                    ? new NamespacedName(entry.Key.Namespace, owner) : (NamespacedName?)null)
                .OfType<NamespacedName>().Distinct()];
    }

    IReadOnlyList<(NamespacedName Name, Entry Entry)> EntriesOf(string owner)
    {
        lock (gate)
            return byOwner.TryGetValue(owner, out var names) ? [.. names.Select(name => (name, entries[name]))] : [];
    }

    void Put(V1Job job, bool isSure)
    {
        if (JobOwner.UidOf(job) is not { } owner)
            return;
        var name = NamespacedName.Of(job);
        lock (gate)
        {
            entries[name] = new(job, owner, isSure, clock.GetTimestamp());
            if (!byOwner.TryGetValue(owner, out var names))
                byOwner.Add(owner, names = []);
            names.Add(name);
        }
    }

    async Task<IReadOnlyList<V1Job>> ListAsync(string? space, CancellationToken cancellationToken)
    {
        while (true)
            try
            {
                var list = await client.ListAsync<V1Job>(
                    space, ListOptions.All with { LabelSelector = ClusterView.OwnLabel }, cancellationToken);
                return list.Items;
            }
            catch (KubernetesException exception)
            {
                LogNotListed(Retry, exception.Message);
                await Task.Delay(Retry, clock, cancellationToken);
            }
    }

    /// <param name="IsSure">The API server has said that it exists.</param>
    sealed record Entry(V1Job Job, string Owner, bool IsSure, long At);

    [LoggerMessage(1701, LogLevel.Warning,
        "Could not list the worker Jobs, without which nothing is decided; trying again in {Wait}: {Problem}")]
    partial void LogNotListed(TimeSpan wait, string problem);
}
