namespace Kombo.Kubernetes.LeaderElection;

/// <summary>
/// Competes for a lock and holds it. The rules are client-go's (tools/leaderelection). There is no fencing: a process that is
/// stopped for longer than the lease may act for a moment when it wakes. So ask <see cref="IsLeader"/> before each write, and
/// make every effect harmless when it comes twice.
/// </summary>
/// <remarks>Whoever lost the lead must end: state that was built while leading may be wrong by now.</remarks>
public sealed class LeaderElector
{
    const int ReleaseAttempts = 3;

    readonly LeaderElectionConfig config;
    readonly ILock resource;
    readonly TimeProvider clock;
    readonly KeyValuePair<string, object?> name;
    readonly Lock gate = new();
    LeaderElectionRecord? observed;
    long observedAt;
    long? renewedAt; // when the last successful renewal was begun; null: not the leader
    bool isOver;
    Task<Answer> attempt = Task.FromResult(Answer.Failed);

    /// <exception cref="ArgumentException">The durations do not fit together.</exception>
    public LeaderElector(LeaderElectionConfig config)
    {
        if (LeaderElectionConfig.FindProblem(config.LeaseDuration, config.RenewDeadline, config.RetryPeriod) is { } problem)
            throw new ArgumentException(problem, nameof(config));
        this.config = config;
        (resource, clock) = (config.Lock, config.Clock);
        name = new("name", config.Name);
        Telemetry.Leading.Record(0, name);
    }

    /// <summary>What came of one attempt.</summary>
    enum Answer
    {
        Failed,
        Held,
        HeldByOther,
    }

    /// <summary>With the identity of whoever leads now, ourselves included.</summary>
    public event Action<string>? OnNewLeader;

    /// <summary>An attempt failed; the next one follows.</summary>
    public event Action<Exception>? OnError;

    /// <summary>True while we hold the lock and our last renewal is younger than the lease: nobody else can lead then.</summary>
    public bool IsLeader()
    {
        lock (gate)
            return renewedAt is { } at && clock.GetElapsedTime(at) < config.LeaseDuration;
    }

    /// <summary>We neither renewed in time nor noticed it: the loop that should do both hangs.</summary>
    public bool IsOverrun()
    {
        lock (gate)
            return renewedAt is { } at && clock.GetElapsedTime(at) >= config.LeaseDuration;
    }

    /// <returns>Empty: nobody, or not known yet.</returns>
    public string GetLeader()
    {
        lock (gate)
            return observed?.HolderIdentity ?? "";
    }

    /// <summary>Competes until it leads. Once in the life of an elector.</summary>
    public async Task AcquireAsync(CancellationToken cancellationToken)
    {
        while (await AttemptAsync(config.CallTimeout, cancellationToken) != Answer.Held || !IsLeader())
        {
            var jitter = 1 + Random.Shared.NextDouble() * LeaderElectionConfig.JitterFactor;
            await Task.Delay(config.RetryPeriod * jitter, clock, cancellationToken);
        }
    }

    /// <summary>Renews; returns when the lead is lost. A cancellation keeps it: <see cref="ReleaseAsync"/> gives it back.</summary>
    public async Task HoldAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (TimeLeft() is var left && left > TimeSpan.Zero)
            {
                await Task.Delay(Shorter(left, config.RetryPeriod), clock, cancellationToken);
                left = TimeLeft();
                if (left <= TimeSpan.Zero
                    || await AttemptAsync(Shorter(left, config.CallTimeout), cancellationToken) == Answer.HeldByOther)
                    break;
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            throw;
        }
        catch
        {
            Lose();
            throw;
        }
        Lose();
    }

    /// <summary>Competes, leads, and returns when the lead is lost.</summary>
    public async Task RunUntilLeadershipLostAsync(CancellationToken cancellationToken)
    {
        await AcquireAsync(cancellationToken);
        await HoldAsync(cancellationToken);
    }

    /// <summary>Lets the next candidate take over at once. Only after all work has stopped, and when nothing renews any more.</summary>
    /// <returns>False if there was nothing to give back.</returns>
    public async Task<bool> ReleaseAsync(CancellationToken cancellationToken)
    {
        if (!IsLeader())
            return false;
        Lose(); // from here on, whatever the answers
        using var deadline = new CancellationTokenSource(config.CallTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        for (var turn = 0; turn < ReleaseAttempts; turn++)
        {
            if (await resource.GetAsync(either.Token) is not { } record || record.HolderIdentity != resource.Identity)
                return false;
            if (await resource.UpdateAsync(LeaseRule.Released(record, clock.GetUtcNow()), either.Token))
                return true;
        }
        return false;
    }

    // One at a time: an attempt that ignores its deadline is waited for, not overtaken.
    async Task<Answer> AttemptAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        if (attempt.IsCompleted)
            attempt = LimitedAsync(limit, cancellationToken);
        try
        {
            return await attempt.WaitAsync(limit, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Answer.Failed;
        }
    }

    async Task<Answer> LimitedAsync(TimeSpan limit, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(limit, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            return await TryAcquireOrRenewAsync(either.Token);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            OnError?.Invoke(new TimeoutException(
                $"no answer about the lease {resource.Describe()} within {limit.TotalSeconds:0.#} s", exception));
            return Answer.Failed;
        }
        catch (KubernetesException exception)
        {
            OnError?.Invoke(exception);
            return Answer.Failed;
        }
    }

    async Task<Answer> TryAcquireOrRenewAsync(CancellationToken cancellationToken)
    {
        // Whoever wrote before us is looked at again: it may have been a person who set a label.
        for (var turn = 0; turn < 2; turn++)
        {
            var begun = clock.GetTimestamp();
            var before = await resource.GetAsync(cancellationToken);
            if (before is not null && !MayTake(before))
                return Answer.HeldByOther;
            var record = LeaseRule.Taken(before, resource.Identity, config.LeaseDuration, clock.GetUtcNow());
            if (before is null
                ? await resource.CreateAsync(record, cancellationToken)
                : await resource.UpdateAsync(record, cancellationToken))
            {
                Lead(record, begun);
                return Answer.Held;
            }
        }
        return Answer.Failed;
    }

    bool MayTake(LeaderElectionRecord record)
    {
        Observe(record);
        lock (gate)
            return LeaseRule.MayTake(record, resource.Identity, clock.GetElapsedTime(observedAt));
    }

    void Lead(LeaderElectionRecord record, long begun)
    {
        Observe(record);
        lock (gate)
        {
            if (isOver)
                return; // an attempt that came back too late
            renewedAt = begun;
            Telemetry.Leading.Record(1, name);
        }
    }

    void Lose()
    {
        lock (gate)
        {
            (isOver, renewedAt) = (true, null);
            Telemetry.Leading.Record(0, name);
        }
    }

    // Remote times are never compared with our clock: what counts is when we saw the record change.
    void Observe(LeaderElectionRecord record)
    {
        bool isNewLeader;
        lock (gate)
        {
            if (record == observed)
                return;
            isNewLeader = (record.HolderIdentity ?? "") != (observed?.HolderIdentity ?? "");
            (observed, observedAt) = (record, clock.GetTimestamp());
        }
        if (isNewLeader)
            OnNewLeader?.Invoke(record.HolderIdentity ?? "");
    }

    TimeSpan TimeLeft()
    {
        lock (gate)
            return renewedAt is { } at ? config.RenewDeadline - clock.GetElapsedTime(at) : TimeSpan.Zero;
    }

    static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
