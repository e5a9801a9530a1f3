using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Database;
using Kombo.Storage.Registry;

namespace Kombo.Operator.Tests.Support;

/// <summary>A registry in memory, which can go away.</summary>
sealed class FakeRegistry : IRegistry
{
    static readonly RegistryState Well = new("installation", null);

    public ConcurrentDictionary<string, IntegrationRow> Rows { get; } = new();
    public ConcurrentDictionary<string, RunProgress> Runs { get; } = new();
    public ConcurrentQueue<Decision.CloseRunRow> Closed { get; } = new();

    /// <summary>Null: all is well.</summary>
    public Problem? Problem { get; set; }

    public Task<RegistryState> StateAsync(CancellationToken cancellationToken) =>
        Task.FromResult(Problem is null ? Well : new RegistryState(null, Problem));

    /// <summary>For tests that hold a reconcile in its middle.</summary>
    public Func<CancellationToken, Task> BeforeUpsert { get; set; } = _ => Task.CompletedTask;

    public async Task UpsertAsync(IntegrationRow row, CancellationToken cancellationToken)
    {
        Demand();
        await BeforeUpsert(cancellationToken);
        Rows[row.IntegrationId] = row;
    }

    public Task<ImmutableArray<IntegrationRow>> ListOpenAsync(CancellationToken cancellationToken)
    {
        Demand();
        return Task.FromResult<ImmutableArray<IntegrationRow>>([.. Rows.Values.Where(row => row.DeletedAt is null)]);
    }

    public Task<bool> CloseAsync(string uid, CancellationToken cancellationToken)
    {
        Demand();
        var open = Rows.Values.Where(row => row.Uid == uid && row.DeletedAt is null).ToList();
        foreach (var row in open)
            Rows[row.IntegrationId] = row with { State = "INACTIVE", DeletedAt = An.Morning };
        return Task.FromResult(open is not []);
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
