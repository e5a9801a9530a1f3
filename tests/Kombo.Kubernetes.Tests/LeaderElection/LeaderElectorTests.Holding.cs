using Kombo.Testing;

namespace Kombo.Kubernetes.Tests.LeaderElection;

// While it leads, and how it stops.
public sealed partial class LeaderElectorTests
{
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
        var noticed = new TaskCompletionSource();
        elector.OnError += _ => noticed.TrySetResult();
        var holding = Start(elector.HoldAsync);
        await AdvanceAsync(holding, TimeSpan.FromSeconds(7.5)); // half of the deadline, after the first pause
        await noticed.Task.WaitAsync(Deadline);
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
}
