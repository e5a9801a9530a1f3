using Kombo.Kubernetes.LeaderElection;
using Kombo.Kubernetes.Models;
using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.LeaderElection;

/// <summary>client-go's rules, one by one, on a clock that the tests move.</summary>
public sealed partial class LeaderElectorTests : IDisposable
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
            var step = left < TimeSpan.FromMilliseconds(250) ? left : TimeSpan.FromMilliseconds(250);
            // Off the test's context, what a timer wakes runs on inside of Advance: no step overtakes it.
            await Task.Run(() => clock.Advance(step), CancellationToken.None);
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
