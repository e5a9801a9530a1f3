using Kombo.Kubernetes.LeaderElection;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.LeaderElection;

/// <summary>client-go's rules, one by one, on a clock that the tests move.</summary>
public sealed class LeaderElectorTests : IDisposable
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Lease = TimeSpan.FromSeconds(15);
    static readonly TimeSpan RenewDeadline = TimeSpan.FromSeconds(10);

    readonly ManualClock clock = new();
    readonly LockServer server = new();
    readonly CancellationTokenSource stop = new();
    readonly FakeLock way;
    readonly LeaderElector elector;

    public LeaderElectorTests()
    {
        way = server.LockOf("me");
        elector = ElectorOf(way);
    }

    public void Dispose()
    {
        stop.Cancel();
        stop.Dispose();
    }

    [Fact]
    public void The_durations_are_15_10_and_2_seconds()
    {
        var config = new LeaderElectionConfig(way);
        (config.LeaseDuration, config.RenewDeadline, config.RetryPeriod)
            .ShouldBe((Lease, RenewDeadline, TimeSpan.FromSeconds(2)));
    }

    [Theory]
    [InlineData(10, 10, 2)]
    [InlineData(15, 2.4, 2)]
    [InlineData(15, 10, 0)]
    [InlineData(0.5, 0.4, 0.1)]
    public void Durations_that_could_let_two_lead_or_none_are_refused(double lease, double renew, double retry) =>
        Should.Throw<ArgumentException>(() => new LeaderElector(new(way)
        {
            LeaseDuration = TimeSpan.FromSeconds(lease),
            RenewDeadline = TimeSpan.FromSeconds(renew),
            RetryPeriod = TimeSpan.FromSeconds(retry),
        }));

    [Fact]
    public async Task The_first_one_creates_the_lock_and_leads()
    {
        await elector.AcquireAsync(stop.Token);
        elector.IsLeader().ShouldBeTrue();
        elector.GetLeader().ShouldBe("me");
        server.Record.ShouldBe(new()
        {
            HolderIdentity = "me",
            LeaseDurationSeconds = 15,
            AcquireTime = clock.GetUtcNow(),
            RenewTime = clock.GetUtcNow(),
            LeaderTransitions = 0,
        });
    }

    [Theory]
    [InlineData(-365)]
    [InlineData(365)]
    public async Task A_newcomer_waits_one_full_lease_of_its_own_time_whatever_times_the_record_names(int days)
    {
        server.Write(HeldBy("other") with { RenewTime = clock.GetUtcNow().AddDays(days) });
        var acquiring = Start(elector.AcquireAsync);
        await AdvanceAsync(acquiring, Lease - TimeSpan.FromMilliseconds(1));
        server.Record!.HolderIdentity.ShouldBe("other");
        await AdvanceUntilAsync(acquiring);
        server.Record.ShouldSatisfyAllConditions(
            record => record.HolderIdentity.ShouldBe("me"),
            record => record.LeaderTransitions.ShouldBe(4),
            record => record.AcquireTime.ShouldBe(record.RenewTime));
    }

    [Fact]
    public async Task The_lease_counts_anew_from_every_change_that_is_seen()
    {
        server.Write(HeldBy("other"));
        var acquiring = Start(elector.AcquireAsync);
        await AdvanceAsync(acquiring, TimeSpan.FromSeconds(12));
        server.Write(HeldBy("other") with { RenewTime = clock.GetUtcNow() });
        await AdvanceAsync(acquiring, Lease - TimeSpan.FromMilliseconds(1));
        server.Record!.HolderIdentity.ShouldBe("other");
        await AdvanceUntilAsync(acquiring);
    }

    public static TheoryData<string, LeaderElectionRecord> FreeRecords => new()
    {
        { "released", HeldBy("") with { LeaseDurationSeconds = 1 } },
        { "null holder", HeldBy("other") with { HolderIdentity = null } },
        { "no times", HeldBy("other") with { AcquireTime = null, RenewTime = null } },
        { "no duration", HeldBy("other") with { LeaseDurationSeconds = null } },
        { "nothing at all", new() },
    };

    [Theory, MemberData(nameof(FreeRecords))]
    public async Task A_lock_without_a_holder_is_updated_not_created(string what, LeaderElectionRecord record)
    {
        server.Write(record);
        await elector.AcquireAsync(stop.Token);
        way.Calls.ShouldBe(["get", "update"], what);
    }

    [Fact]
    public async Task A_restarted_process_does_not_inherit_what_it_has_not_renewed()
    {
        server.Write(HeldBy("host_of-its-last-life"));
        var acquiring = Start(elector.AcquireAsync);
        await AdvanceAsync(acquiring, Lease - TimeSpan.FromMilliseconds(1));
        elector.IsLeader().ShouldBeFalse();
    }

    [Fact]
    public async Task It_leads_only_while_its_last_renewal_is_younger_than_the_lease()
    {
        await elector.AcquireAsync(stop.Token);
        clock.Advance(Lease - TimeSpan.FromMilliseconds(1));
        (elector.IsLeader(), elector.IsOverrun()).ShouldBe((true, false));
        clock.Advance(TimeSpan.FromMilliseconds(1));
        (elector.IsLeader(), elector.IsOverrun()).ShouldBe((false, true));
    }

    [Fact]
    public async Task A_renewal_counts_from_before_it_was_sent()
    {
        way.Before = (verb, _) =>
        {
            if (verb == "create")
                clock.Advance(TimeSpan.FromSeconds(3)); // the answer takes long
            return Task.CompletedTask;
        };
        await elector.AcquireAsync(stop.Token);
        clock.Advance(Lease - TimeSpan.FromSeconds(3));
        elector.IsLeader().ShouldBeFalse();
    }

    [Fact]
    public async Task It_renews_and_keeps_the_time_of_its_acquisition()
    {
        await elector.AcquireAsync(stop.Token);
        var (acquired, holding) = (clock.GetUtcNow(), Start(elector.HoldAsync));
        await AdvanceAsync(holding, TimeSpan.FromMinutes(1));
        elector.IsLeader().ShouldBeTrue();
        server.Record!.AcquireTime.ShouldBe(acquired);
        server.Record.RenewTime.ShouldNotBe(acquired);
        server.Record.LeaderTransitions.ShouldBe(0);
    }

    [Fact]
    public async Task It_gives_up_when_the_renew_deadline_passes()
    {
        await elector.AcquireAsync(stop.Token);
        way.Before = (_, _) => throw Away();
        var holding = Start(elector.HoldAsync);
        await AdvanceAsync(holding, RenewDeadline - TimeSpan.FromMilliseconds(1));
        holding.IsCompleted.ShouldBeFalse();
        await AdvanceAsync(holding, TimeSpan.FromMilliseconds(1));
        await holding.WaitAsync(Deadline);
        elector.IsLeader().ShouldBeFalse();
    }

    [Fact]
    public async Task A_short_failure_is_survived()
    {
        await elector.AcquireAsync(stop.Token);
        way.Before = (_, _) => throw Away();
        var holding = Start(elector.HoldAsync);
        await AdvanceAsync(holding, TimeSpan.FromSeconds(7)); // the next attempt is at 8 s
        way.Before = (_, _) => Task.CompletedTask;
        await AdvanceAsync(holding, TimeSpan.FromSeconds(30));
        (holding.Status, elector.IsLeader()).ShouldBe((TaskStatus.WaitingForActivation, true));
    }

    [Fact]
    public async Task A_call_that_hangs_is_cancelled_in_time_for_another_one()
    {
        await elector.AcquireAsync(stop.Token);
        var hangs = true;
        way.Before = (_, cancellationToken) => hangs
            ? Task.Delay(Timeout.InfiniteTimeSpan, cancellationToken)
            : Task.CompletedTask;
        var holding = Start(elector.HoldAsync);
        await AdvanceAsync(holding, TimeSpan.FromSeconds(7.5)); // half of the deadline, after the first pause
        hangs = false;
        await AdvanceAsync(holding, TimeSpan.FromSeconds(30));
        (holding.Status, elector.IsLeader()).ShouldBe((TaskStatus.WaitingForActivation, true));
    }

    [Fact]
    public async Task A_call_that_ignores_its_cancellation_is_not_overtaken_and_the_lead_ends_in_time()
    {
        await elector.AcquireAsync(stop.Token);
        var answer = new TaskCompletionSource();
        way.Before = (verb, _) => verb == "update" ? answer.Task : Task.CompletedTask;
        var holding = Start(elector.HoldAsync);
        await AdvanceUntilAsync(holding);
        way.Busiest.ShouldBe(1);
        elector.IsLeader().ShouldBeFalse();

        // It comes back as a success, after the loss.
        var before = server.Version;
        answer.SetResult();
        await Eventually.BecomesAsync(() => server.Version > before, Deadline);
        elector.IsLeader().ShouldBeFalse();
    }

    [Fact]
    public async Task A_conflict_means_that_somebody_else_has_won()
    {
        await elector.AcquireAsync(stop.Token);
        var theirs = HeldBy("other");
        way.Before = (verb, _) =>
        {
            if (verb == "update" && server.Record != theirs)
                server.Write(theirs);
            return Task.CompletedTask;
        };
        var holding = Start(elector.HoldAsync);
        await AdvanceAsync(holding, TimeSpan.FromSeconds(2));
        await holding.WaitAsync(Deadline);
        elector.IsLeader().ShouldBeFalse();
        server.Record.ShouldBe(theirs, "what the winner wrote stays");
    }

    [Fact]
    public async Task A_conflict_with_somebody_who_only_labelled_it_is_no_loss()
    {
        await elector.AcquireAsync(stop.Token);
        var labelled = false;
        way.Before = (verb, _) =>
        {
            if (verb == "update" && !labelled)
                server.Write(server.Record);
            labelled |= verb == "update";
            return Task.CompletedTask;
        };
        var holding = Start(elector.HoldAsync);
        await AdvanceAsync(holding, TimeSpan.FromSeconds(30));
        (labelled, holding.IsCompleted, elector.IsLeader()).ShouldBe((true, false, true));
    }

    [Fact]
    public async Task A_race_to_create_it_has_one_winner()
    {
        way.Before = (verb, _) =>
        {
            if (verb == "create")
                server.Write(HeldBy("other"));
            return Task.CompletedTask;
        };
        var acquiring = Start(elector.AcquireAsync);
        await AdvanceAsync(acquiring, TimeSpan.FromSeconds(5));
        (acquiring.IsCompleted, elector.IsLeader()).ShouldBe((false, false));
        elector.GetLeader().ShouldBe("other");
    }

    [Fact]
    public async Task A_process_that_slept_through_its_lease_does_not_take_it_up_again()
    {
        await elector.AcquireAsync(stop.Token);
        way.Before = (verb, _) =>
        {
            if (verb == "get")
                clock.Advance(TimeSpan.FromHours(1)); // stopped and woken again in the middle of an attempt
            return Task.CompletedTask;
        };
        var holding = Start(elector.HoldAsync);
        await AdvanceUntilAsync(holding);
        way.Calls.ShouldNotContain("update");
        elector.IsLeader().ShouldBeFalse();
    }

    [Fact]
    public async Task A_release_lets_the_next_one_take_over_at_its_next_attempt()
    {
        await elector.AcquireAsync(stop.Token);
        var next = ElectorOf(server.LockOf("next"));
        var acquiring = Start(next.AcquireAsync);
        await AdvanceAsync(acquiring, TimeSpan.FromSeconds(1));
        (await elector.ReleaseAsync(stop.Token)).ShouldBeTrue();
        elector.IsLeader().ShouldBeFalse();
        (server.Record!.HolderIdentity, server.Record.LeaseDurationSeconds).ShouldBe(("", 1));
        server.Record.RenewTime.ShouldBe(clock.GetUtcNow());
        await AdvanceAsync(acquiring, TimeSpan.FromSeconds(5)); // less than a lease
        await acquiring.WaitAsync(Deadline);
        next.IsLeader().ShouldBeTrue();
    }

    [Fact]
    public async Task A_release_is_repeated_after_a_conflict_only_while_it_is_still_the_holder()
    {
        await elector.AcquireAsync(stop.Token);
        var theirs = HeldBy("other");
        way.Before = (verb, _) =>
        {
            if (verb == "update")
                server.Write(theirs);
            return Task.CompletedTask;
        };
        (await elector.ReleaseAsync(stop.Token)).ShouldBeFalse();
        server.Record.ShouldBe(theirs);
    }

    [Fact]
    public async Task Who_does_not_lead_releases_nothing()
    {
        server.Write(HeldBy("other"));
        (await elector.ReleaseAsync(stop.Token)).ShouldBeFalse();
        way.Calls.ShouldBeEmpty();
    }

    LeaderElector ElectorOf(ILock leaderLock) => new(new(leaderLock) { Clock = clock });

    // Without the context of the test, which would run it late.
    Task Start(Func<CancellationToken, Task> run) => Task.Run(() => run(stop.Token), CancellationToken.None);

    // In small steps, and none before the elector waits again.
    async Task AdvanceAsync(Task running, TimeSpan by)
    {
        var until = clock.GetUtcNow() + by;
        while (clock.GetUtcNow() < until && !running.IsCompleted)
        {
            await Eventually.BecomesAsync(() => running.IsCompleted || clock.PendingTimers > 0, Deadline);
            var left = until - clock.GetUtcNow();
            clock.Advance(left < TimeSpan.FromMilliseconds(250) ? left : TimeSpan.FromMilliseconds(250));
        }
    }

    async Task AdvanceUntilAsync(Task running)
    {
        await AdvanceAsync(running, TimeSpan.FromMinutes(1));
        await running.WaitAsync(Deadline);
    }

    static LeaderElectionRecord HeldBy(string identity) => new()
    {
        HolderIdentity = identity,
        LeaseDurationSeconds = 15,
        AcquireTime = DateTimeOffset.UnixEpoch,
        RenewTime = DateTimeOffset.UnixEpoch,
        LeaderTransitions = 3,
    };

    static KubernetesException Away() => new(new V1Status { Reason = "ConnectionFailed", Message = "away" });
}
