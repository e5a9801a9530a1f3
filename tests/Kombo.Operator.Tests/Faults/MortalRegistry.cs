using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Database;
using Kombo.Storage.Registry;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Tests.Faults;

/// <summary>The database as a process sees it that dies at one of its calls.</summary>
sealed class MortalRegistry(IRegistry inner, Death death) : IRegistry
{
    public Task<RegistryState> StateAsync(CancellationToken cancellationToken) =>
        ReadAsync(() => inner.StateAsync(cancellationToken));

    public Task<string?> UpsertAsync(IntegrationRow row, CancellationToken cancellationToken) =>
        WriteAsync("upsert of the integration", () => inner.UpsertAsync(row, cancellationToken));

    public Task<string?> MirroredIdentityAsync(string integrationId, CancellationToken cancellationToken) =>
        ReadAsync(() => inner.MirroredIdentityAsync(integrationId, cancellationToken));

    public Task<ImmutableArray<IntegrationRow>> ListOpenAsync(string cluster, CancellationToken cancellationToken) =>
        ReadAsync(() => inner.ListOpenAsync(cluster, cancellationToken));

    public Task<bool> CloseAsync(string uid, CancellationToken cancellationToken) =>
        WriteAsync("close of the integration", () => inner.CloseAsync(uid, cancellationToken));

    public Task<DateTimeOffset?> LastUpstreamEventAtAsync(string integrationId, CancellationToken cancellationToken) =>
        ReadAsync(() => inner.LastUpstreamEventAtAsync(integrationId, cancellationToken));

    public Task<ImmutableDictionary<string, RunProgress>> FindRunsAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken) =>
        ReadAsync(() => inner.FindRunsAsync(runIds, cancellationToken));

    public Task<ApiWishes> WishesAsync(CancellationToken cancellationToken) =>
        ReadAsync(() => inner.WishesAsync(cancellationToken));

    public Task<bool> AcceptAsync(Decision.AcceptRequest accept, CancellationToken cancellationToken) =>
        WriteAsync("acceptance of a request", () => inner.AcceptAsync(accept, cancellationToken));

    public Task AnswerAsync(Decision.AnswerRequest answer, CancellationToken cancellationToken) =>
        WriteAsync("answer to a request", () => Done(inner.AnswerAsync(answer, cancellationToken)));

    public Task CloseRunAsync(Decision.CloseRunRow close, CancellationToken cancellationToken) =>
        WriteAsync("close of a run", () => Done(inner.CloseRunAsync(close, cancellationToken)));

    static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }

    Task<T> ReadAsync<T>(Func<Task<T>> act) => GuardAsync(() => death.ReadAsync(act));

    Task<T> WriteAsync<T>(string what, Func<Task<T>> act) => GuardAsync(() => death.WriteAsync(what, act));

    static async Task<T> GuardAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (DeadException exception)
        {
            throw new ReconcileFailedException(exception.Message, exception);
        }
    }
}
