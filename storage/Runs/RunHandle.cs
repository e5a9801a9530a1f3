using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Core.Runs;

namespace Kombo.Storage.Runs;

/// <summary>A run whose lease we hold. The lease is renewed in the background until the handle is disposed; disposing
/// does not give it back (<see cref="RunFinisher"/> does).</summary>
public sealed class RunHandle : IAsyncDisposable
{
    readonly CancellationTokenSource lost = new();
    readonly CancellationTokenSource stopped = new();
    readonly ConcurrentDictionary<(string Stream, string Model), bool> unordered = new();
    ImmutableDictionary<string, StreamState> streams;
    Task renewal = Task.CompletedTask;

    internal RunHandle(RunRequest request, IEnumerable<StreamState> streams)
    {
        Request = request;
        this.streams = streams.ToImmutableDictionary(state => state.Stream);
        Lost = lost.Token;
    }

    public RunRequest Request { get; }

    public string RunId => Request.RunId;

    public string IntegrationId => Request.IntegrationId;

    public SyncType Type => Request.Type;

    /// <summary>Grows with each owner of the lease; a write with a smaller one than the current is refused.</summary>
    public required long FencingToken { get; init; }

    /// <summary>Without a renewal the lease lapses after it.</summary>
    internal TimeSpan LeaseTime { get; init; } = RunStore.DefaultLeaseTime;

    /// <summary>Start of the run's first attempt, by the database's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>1 for the first.</summary>
    public required int Attempt { get; init; }

    /// <summary>It goes on where an earlier attempt, or an earlier run, has stopped.</summary>
    public required bool Resumed { get; init; }

    /// <summary>What is committed of each stream so far, adopted checkpoints included.</summary>
    public IReadOnlyCollection<StreamState> Streams => [.. streams.Values];

    /// <summary>All streams together.</summary>
    public RunCounts Counts => streams.Values.Aggregate(new RunCounts(), (sum, stream) => sum + stream.Counts);

    /// <summary>Cancelled once another worker has taken the lease over or the run was closed.</summary>
    public CancellationToken Lost { get; }

    /// <summary>How far that stream is; Pending where nothing is known of it.</summary>
    public StreamState Stream(string name) =>
        streams.GetValueOrDefault(name) ?? new StreamState(name, StreamProgress.Pending);

    internal void Update(StreamState state) =>
        ImmutableInterlocked.AddOrUpdate(ref streams, state.Stream, state, (_, _) => state);

    /// <summary>That stream does not list in the order of its ids.</summary>
    internal bool IsUnordered(string stream, Model model) => unordered.ContainsKey((stream, model.Name));

    internal void MarkUnordered(string stream, Model model) => unordered.TryAdd((stream, model.Name), true);

    internal void MarkLost() => lost.Cancel();

    internal void Renew(Func<RunHandle, CancellationToken, Task> renew) => renewal = renew(this, stopped.Token);

    public async ValueTask DisposeAsync()
    {
        await stopped.CancelAsync();
        await renewal;
        stopped.Dispose();
    }
}
