using Kombo.Kubernetes.LeaderElection;

namespace Kombo.Kubernetes.Tests.LeaderElection;

/// <summary>What an API server keeps of a lock. Each candidate has its own way to it, on which things go wrong.</summary>
sealed class LockServer
{
    readonly Lock gate = new();

    public LeaderElectionRecord? Record { get; private set; }

    public int Version { get; private set; }

    /// <summary>As by another candidate.</summary>
    public void Write(LeaderElectionRecord? record) => (Record, Version) = (record, Version + 1);

    public FakeLock LockOf(string identity) => new(this, identity);

    public (LeaderElectionRecord? Record, int Version) Read()
    {
        lock (gate)
            return (Record, Version);
    }

    public bool TryWrite(LeaderElectionRecord record, int version)
    {
        lock (gate)
        {
            if (Version != version)
                return false;
            Write(record);
            return true;
        }
    }
}

/// <summary>A candidate's way to the server.</summary>
sealed class FakeLock(LockServer server, string identity) : ILock
{
    int read;
    int underWay;

    public string Identity => identity;

    /// <summary>Every call so far, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>The most calls at one time.</summary>
    public int Busiest { get; private set; }

    /// <summary>Before a call reaches the server: fail, hang, or let somebody else write first.</summary>
    public Func<string, CancellationToken, Task> Before { get; set; } = (_, _) => Task.CompletedTask;

    public string Describe() => $"home/{identity}";

    public Task<LeaderElectionRecord?> GetAsync(CancellationToken cancellationToken) => CallAsync("get", () =>
    {
        (var record, read) = server.Read();
        return record;
    }, cancellationToken);

    public Task<bool> CreateAsync(LeaderElectionRecord record, CancellationToken cancellationToken) => CallAsync(
        "create", () => server.Read().Record is null && server.TryWrite(record, read), cancellationToken);

    public Task<bool> UpdateAsync(LeaderElectionRecord record, CancellationToken cancellationToken) =>
        CallAsync("update", () => server.TryWrite(record, read), cancellationToken);

    async Task<T> CallAsync<T>(string verb, Func<T> act, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested(); // as a client does before it sends anything
        Calls.Add(verb);
        Busiest = Math.Max(Busiest, Interlocked.Increment(ref underWay));
        try
        {
            await Before(verb, cancellationToken);
            return act();
        }
        finally
        {
            Interlocked.Decrement(ref underWay);
        }
    }
}
