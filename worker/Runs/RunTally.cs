using Kombo.Core.Runs;

namespace Kombo.Worker.Runs;

/// <summary>Where a run stands, told by those who read and those who write, each from its own thread.</summary>
/// <param name="changed">Called with each new state.</param>
internal sealed class RunTally(string runId, Action<RunProgress> changed, TimeProvider clock)
{
    readonly Lock gate = new();
    RunProgress progress = new() { RunId = runId, Phase = RunPhase.Starting };
    RunCounts counts = new();
    int streams;
    int done;
    long streamRead;
    long? streamTotal;
    DateTimeOffset? waitsUntil;

    public RunProgress Progress
    {
        get
        {
            lock (gate)
                return progress;
        }
    }

    /// <summary>Counts of this run so far, those of earlier attempts included.</summary>
    public RunCounts Counts
    {
        get
        {
            lock (gate)
                return counts;
        }
    }

    public void Plan(int streamCount, RunCounts earlier) => Change(() => (streams, counts) = (streamCount, earlier));

    /// <param name="read">Records that an earlier attempt read of it.</param>
    public void BeginStream(string model, long read) => Change(() =>
    {
        (streamRead, streamTotal, waitsUntil) = (read, null, null);
        progress = progress with { Phase = RunPhase.Fetching, Model = model, WaitingFor = null };
    });

    public void Wrote(int pages, long? total, RunCounts written) => Change(() =>
    {
        counts += written;
        streamRead += written.Read;
        streamTotal = total ?? streamTotal;
        progress = progress with { Pages = (progress.Pages ?? 0) + pages };
        // What was read before is written while the next page is waited for.
        if (!(waitsUntil > clock.GetUtcNow()))
            progress = progress with { Phase = RunPhase.Fetching, WaitingFor = null };
    });

    /// <summary>A purge has looked through rows of that model.</summary>
    public void Purged(string model, RunCounts done) => Change(() =>
    {
        counts += done;
        progress = progress with { Phase = RunPhase.Purging, Model = model, WaitingFor = null };
    });

    public void EndStream() => Change(() => (done, streamRead, streamTotal) = (done + 1, 0, null));

    /// <param name="waitingFor">Null: the phase says it all.</param>
    public void Enter(string phase, string? waitingFor) => Change(() =>
    {
        waitsUntil = null;
        progress = progress with { Phase = phase, WaitingFor = waitingFor };
    });

    /// <summary>Nothing is asked of the source before that time.</summary>
    public void Wait(string reason, DateTimeOffset until) => Change(() =>
    {
        waitsUntil = until;
        progress = progress with { Phase = RunPhase.Waiting, WaitingFor = $"{reason}, until {until:HH:mm:ss} UTC" };
    });

    void Change(Action act)
    {
        RunProgress now;
        lock (gate)
        {
            act();
            progress = progress with
            {
                Records = counts.Read,
                Changed = counts.Written(),
                Percent = RunRules.Percent(done, streams, streamRead, streamTotal),
                Counts = counts,
            };
            now = progress;
        }

        changed(now);
    }
}
