using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Data.Common;
using System.Net.Sockets;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Leadership;
using Kombo.Storage;
using Kombo.Storage.Registry;
using Kombo.Storage.Requests;

namespace Kombo.Operator.Database;

/// <summary>The registry in Postgres. A database that is away is asked every few seconds, by one caller for
/// all.</summary>
sealed class DatabaseRegistry(IDatabaseSource source, ILeadership leadership, TimeProvider clock)
    : IRegistry, IDisposable
{
    static readonly TimeSpan WellFor = TimeSpan.FromSeconds(15);
    static readonly TimeSpan AwayFor = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim gate = new(1);
    readonly ConcurrentDictionary<string, (KomboDatabase To, IntegrationRow Row)> written = new();
    RegistryState state = new(null, null);
    KomboDatabase? judged; // the one that the state is of
    long checkAgainAt; // UTC ticks

    public void Dispose() => gate.Dispose();

    public async Task<RegistryState> StateAsync(CancellationToken cancellationToken)
    {
        await gate.WaitAsync(cancellationToken);
        try
        {
            if (clock.GetUtcNow().UtcTicks < Interlocked.Read(ref checkAgainAt) && await IsJudgedAsync(cancellationToken))
                return state;
            state = await CheckAsync(cancellationToken);
            var again = clock.GetUtcNow() + (state.Problem is null ? WellFor : AwayFor);
            Interlocked.Exchange(ref checkAgainAt, again.UtcTicks);
            return state;
        }
        finally
        {
            gate.Release();
        }
    }

    public Task<string?> UpsertAsync(IntegrationRow row, CancellationToken cancellationToken) => UseAsync(
        async database =>
        {
            // Also spares the statement, as a reconcile rarely changes the row.
            if (written.TryGetValue(row.IntegrationId, out var before) && before == (database, row))
                return null;
            var (_, holder) = await database.Registry.UpsertAsync(row, cancellationToken);
            if (holder is null)
                written[row.IntegrationId] = (database, row);
            return holder;
        });

    public Task<ImmutableArray<IntegrationRow>> ListOpenAsync(string cluster, CancellationToken cancellationToken) =>
        UseAsync(database => database.Registry.ListOpenAsync(cluster, cancellationToken));

    public Task<ApiWishes> WishesAsync(CancellationToken cancellationToken) =>
        UseAsync(async database => await database.Requests.ListAsync(cancellationToken) with
        {
            Events = await database.Events.WaitingAsync(cancellationToken),
        });

    public Task<bool> AcceptAsync(Decision.AcceptRequest accept, CancellationToken cancellationToken) => UseAsync(
        database => database.Requests.AcceptAsync(accept.RunId, accept.Type, accept.RunsAs, cancellationToken));

    public Task AnswerAsync(Decision.AnswerRequest answer, CancellationToken cancellationToken) => UseAsync(
        async database =>
        {
            await database.Requests.AnswerAsync(answer.RunId, answer.Result, answer.Reason, cancellationToken);
            return true;
        });

    public Task<bool> CloseAsync(string uid, CancellationToken cancellationToken) =>
        UseAsync(database => database.Registry.CloseAsync(uid, cancellationToken));

    public Task<string?> MirroredIdentityAsync(string integrationId, CancellationToken cancellationToken) =>
        UseAsync(database => database.Registry.MirroredIdentityAsync(integrationId, cancellationToken));

    public Task<DateTimeOffset?> LastUpstreamEventAtAsync(string integrationId, CancellationToken cancellationToken) =>
        UseAsync(database => database.Registry.LastUpstreamEventAtAsync(integrationId, cancellationToken));

    public Task<ImmutableDictionary<string, RunProgress>> FindRunsAsync(
        IReadOnlyCollection<string> runIds, CancellationToken cancellationToken) =>
        UseAsync(database => database.Registry.FindRunsAsync(runIds, cancellationToken));

    public Task CloseRunAsync(Decision.CloseRunRow close, CancellationToken cancellationToken) =>
        UseAsync(database => database.Registry.CloseRunAsync(close, cancellationToken));

    async Task<RegistryState> CheckAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (await source.FindAsync(cancellationToken) is not { } database)
                return state with { Problem = new(Reasons.DatabaseNotConfigured, source.Remedy, NeedsEdit: false) };
            if (Interlocked.Exchange(ref judged, database) != database)
                state = new(null, null); // another database has an id of its own
            var schema = await database.CheckSchemaAsync(cancellationToken);
            if (!schema.Usable)
                return state with { Problem = new(Reasons.DatabaseUnavailable, schema.Message, NeedsEdit: false) };
            var id = state.InstallationId ?? await database.Registry.InstallationIdAsync(cancellationToken);
            return new(id, Problem: null);
        }
        catch (DatabaseSettingException exception)
        {
            return state with { Problem = new(Reasons.DatabaseNotConfigured, exception.Message, NeedsEdit: false) };
        }
        catch (Exception exception) when (IsAway(exception))
        {
            return state with { Problem = Away(exception) };
        }
    }

    // Another connection string may be another database.
    async Task<bool> IsJudgedAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await source.FindAsync(cancellationToken) == judged;
        }
        catch (DatabaseSettingException)
        {
            return false; // the check says so
        }
    }

    async Task<T> UseAsync<T>(Func<KomboDatabase, Task<T>> act)
    {
        if (!leadership.IsLeader)
            throw new ReconcileFailedException(LeaderOnlyClient.NotLeader);
        try
        {
            var database = await source.FindAsync(CancellationToken.None)
                ?? throw new ReconcileFailedException(source.Remedy);
            return await act(database);
        }
        catch (DatabaseSettingException exception)
        {
            Interlocked.Exchange(ref checkAgainAt, 0); // as below
            throw new ReconcileFailedException(exception.Message);
        }
        catch (Exception exception) when (IsAway(exception))
        {
            Interlocked.Exchange(ref checkAgainAt, 0); // the next look finds out, and says so
            throw new ReconcileFailedException(Away(exception).Message, exception);
        }
    }

    static bool IsAway(Exception exception) =>
        exception is DbException or TimeoutException or SocketException or IOException;

    static Problem Away(Exception exception) => new(
        Reasons.DatabaseUnavailable,
        $"the operator's database does not answer ({exception.Message}): it is tried again by itself; check that the "
        + "server runs and that the connection string is right",
        NeedsEdit: false);
}
