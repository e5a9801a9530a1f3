using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Cluster;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Database;

/// <summary>What the API wants of each integration, and what sources have told it of: read for all of them at once every
/// few seconds, because the API reaches the operator through the database only.</summary>
sealed partial class ApiInbox(
    IRegistry registry, ClusterView view, WorkQueues queues, TimeProvider clock, ILogger<ApiInbox> logger) : IDisposable
{
    static readonly TimeSpan Every = TimeSpan.FromSeconds(3);

    // All of them are to say that the database is away, or back; the API server and the others are not to feel it.
    static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(20);

    readonly SemaphoreSlim gate = new(1);
    ImmutableDictionary<string, Wishes>? known;
    string? problem;

    public void Dispose() => gate.Dispose();

    /// <summary>Reads until cancelled, and wakes whom a change concerns.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await ReadAsync(cancellationToken);
            await Task.Delay(Every, clock, cancellationToken);
        }
    }

    /// <summary>What was read last; read now if it never was, so that nothing starts that was switched off.</summary>
    /// <exception cref="ReconcileFailedException">The database is away, and nothing was read before.</exception>
    public async Task<Wishes> FindAsync(string? integrationId, CancellationToken cancellationToken)
    {
        if (integrationId is null)
            return Wishes.None;
        if (known is null)
            await RefreshAsync(cancellationToken);
        return known?.GetValueOrDefault(integrationId) ?? Wishes.None;
    }

    /// <summary>Reads again: what was read before does not hold any more.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            var (before, wishes) = (known, Group(await registry.WishesAsync(cancellationToken)));
            known = wishes;
            foreach (var id in wishes.Keys.Concat(before?.Keys ?? []).Distinct())
                if (!Wishes.AreEqual(before?.GetValueOrDefault(id), wishes.GetValueOrDefault(id)))
                    foreach (var integration in view.NamesOf(id))
                        queues.Integrations.Add(integration);
        }
        finally
        {
            gate.Release();
        }
    }

    async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            var state = await registry.StateAsync(cancellationToken);
            WakeAllOnce(state.Problem?.Reason);
            if (state.Problem is null)
                await RefreshAsync(cancellationToken);
        }
        catch (ReconcileFailedException exception)
        {
            LogNotRead(Every, exception.Message);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            LogBroken(exception, Every); // whatever it is, requests must not stay unread for good
        }
    }

    void WakeAllOnce(string? now)
    {
        if (problem == now)
            return;
        problem = now;
        var delay = TimeSpan.Zero;
        foreach (var integration in view.Integrations.Store.List())
        {
            queues.Integrations.AddAfter(NamespacedName.Of(integration), delay);
            delay += Apart;
        }
    }

    static ImmutableDictionary<string, Wishes> Group(ApiWishes all)
    {
        var paused = all.Paused.ToHashSet(StringComparer.Ordinal);
        var requests = all.Requests.ToLookup(request => request.IntegrationId);
        var events = all.Events.ToDictionary(waiting => waiting.IntegrationId, StringComparer.Ordinal);
        return paused.Concat(requests.Select(group => group.Key)).Concat(events.Keys).Distinct().ToImmutableDictionary(
            id => id,
            id => new Wishes(
                [.. requests[id].Select(row => new ObservedRequest(row.RunId, row.Type, row.Accepted))],
                paused.Contains(id))
            {
                Events = events.GetValueOrDefault(id) is { } waiting ? new(waiting.Oldest, waiting.Since) : null,
            });
    }

    [LoggerMessage(1601, LogLevel.Warning, "Could not read what the API asks for, trying again in {Wait}: {Problem}")]
    partial void LogNotRead(TimeSpan wait, string problem);

    [LoggerMessage(1602, LogLevel.Error, "Could not read what the API asks for, trying again in {Wait}")]
    partial void LogBroken(Exception exception, TimeSpan wait);
}

/// <summary>What the API wants of one integration.</summary>
sealed record Wishes(ImmutableArray<ObservedRequest> Requests, bool IsPaused)
{
    public static Wishes None { get; } = new([], IsPaused: false);

    /// <summary>Null: none wait.</summary>
    public ObservedEvents? Events { get; init; }

    public static bool AreEqual(Wishes? one, Wishes? other) =>
        (one ?? None).IsPaused == (other ?? None).IsPaused && (one ?? None).Events == (other ?? None).Events
        && (one ?? None).Requests.SequenceEqual((other ?? None).Requests);
}
