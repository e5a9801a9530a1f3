using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Database;
using Kombo.Storage.Events;
using Kombo.Storage.Registry;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Tests.Support;

/// <summary>A registry in memory, which can go away.</summary>
sealed class FakeRegistry : IRegistry
{
    Action? beforeAccept;

    static readonly RegistryState Well = new("installation", null);

    public ConcurrentDictionary<string, IntegrationRow> Rows { get; } = new();
    public ConcurrentDictionary<string, RunProgress> Runs { get; } = new();
    public ConcurrentQueue<Decision.CloseRunRow> Closed { get; } = new();

    /// <summary>Requests of the API that are not answered, by the id of their run.</summary>
    public ConcurrentDictionary<string, SyncRequest> Asked { get; } = new();
    public ConcurrentQueue<Decision.AnswerRequest> Answers { get; } = new();

    /// <summary>Happens after a request was read and before it is accepted, once.</summary>
    public Action? BeforeAccept
    {
        set => beforeAccept = value;
    }

    /// <summary>Ids of integrations that the API has switched off.</summary>
    public ConcurrentDictionary<string, bool> Paused { get; } = new();

    /// <summary>Events that wait, by the id of their integration.</summary>
    public ConcurrentDictionary<string, WaitingEvents> Told { get; } = new();

    /// <summary>Ids under which the mirror holds records.</summary>
    public ConcurrentDictionary<string, bool> Mirrored { get; } = new();

    /// <summary>Null: all is well.</summary>
    public Problem? Problem { get; set; }

    /// <summary>Thrown where all that the API asks for is read, once.</summary>
    public Exception? Breaks { get; set; }

    public Task<RegistryState> StateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Problem is null ? Well : new RegistryState(null, Problem));

    /// <summary>For tests that hold a reconcile in its middle.</summary>
    public Func<CancellationToken, Task> BeforeUpsert { get; set; } = _ => Task.CompletedTask;

    public async Task<string?> UpsertAsync(IntegrationRow row, CancellationToken cancellationToken)
    {
        Demand();
        await BeforeUpsert(cancellationToken);
        if (Rows.TryGetValue(row.IntegrationId, out var before) && before.DeletedAt is null
            && (before.Namespace, before.Name) != (row.Namespace, row.Name))
            return $"{before.Namespace}/{before.Name}";
        Rows[row.IntegrationId] = Mirrored.ContainsKey(row.IntegrationId) && before?.Identity is { } kept
            ? row with { Identity = kept } : row;
        return null;
    }

    public Task<ImmutableArray<IntegrationRow>> ListOpenAsync(string cluster, CancellationToken cancellationToken)
    {
        Demand();
        return Task.FromResult<ImmutableArray<IntegrationRow>>(
            [.. Rows.Values.Where(row => row.DeletedAt is null && row.Cluster == cluster)]);
    }

    public Task<ApiWishes> WishesAsync(CancellationToken cancellationToken)
    {
        Demand();
        if (Breaks is { } once)
        {
            Breaks = null;
            throw once;
        }
        return Task.FromResult(new ApiWishes([.. Asked.Values], [.. Paused.Keys]) { Events = [.. Told.Values] });
    }

    public Task<bool> AcceptAsync(Decision.AcceptRequest accept, CancellationToken cancellationToken)
    {
        Demand();
        Interlocked.Exchange(ref beforeAccept, null)?.Invoke();
        if (!Asked.TryGetValue(accept.RunId, out var row) || row.Type != accept.Type)
            return Task.FromResult(false);
        Asked[accept.RunId] = row with { Type = accept.RunsAs, Accepted = true };
        return Task.FromResult(true);
    }

    public Task AnswerAsync(Decision.AnswerRequest answer, CancellationToken cancellationToken)
    {
        Demand();
        if (Asked.TryRemove(answer.RunId, out _))
            Answers.Enqueue(answer);
        return Task.CompletedTask;
    }

    public Task<bool> CloseAsync(string uid, CancellationToken cancellationToken)
    {
        Demand();
        var open = Rows.Values.Where(row => row.Uid == uid && row.DeletedAt is null).ToList();
        foreach (var row in open)
            Rows[row.IntegrationId] = row with { State = "INACTIVE", DeletedAt = An.Morning };
        return Task.FromResult(open is not []);
    }

    public Task<string?> MirroredIdentityAsync(string integrationId, CancellationToken cancellationToken)
    {
        Demand();
        return Task.FromResult(
            Mirrored.ContainsKey(integrationId) ? Rows.GetValueOrDefault(integrationId)?.Identity : null);
    }

    public Task<DateTimeOffset?> LastUpstreamEventAtAsync(string integrationId, CancellationToken cancellationToken)
    {
        Demand();
        return Task.FromResult<DateTimeOffset?>(null);
    }

    public Task<ImmutableDictionary<string, RunProgress>> FindRunsAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken)
    {
        Demand();
        return Task.FromResult(Runs.Where(run => runIds.Contains(run.Key)).ToImmutableDictionary());
    }

    public Task CloseRunAsync(Decision.CloseRunRow close, CancellationToken cancellationToken)
    {
        Demand();
        Closed.Enqueue(close);
        return Task.CompletedTask;
    }

    void Demand()
    {
        if (Problem is not null)
            throw new ReconcileFailedException(Problem.Message);
    }
}
