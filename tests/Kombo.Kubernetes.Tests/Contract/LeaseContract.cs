using Kombo.Kubernetes.LeaderElection;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>A Lease as a lock.</summary>
public abstract class LeaseContract(ITestCluster cluster) : ContractSuite(cluster)
{
    static readonly DateTimeOffset Now = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(123456);

    static readonly LeaderElectionRecord Mine = new()
    {
        HolderIdentity = "me",
        LeaseDurationSeconds = 15,
        AcquireTime = Now,
        RenewTime = Now,
        LeaderTransitions = 2,
    };

    [ContractFact]
    public async Task What_was_written_is_read_again_to_the_microsecond()
    {
        var leaderLock = LockOf("me");
        (await leaderLock.GetAsync(None)).ShouldBeNull();
        (await leaderLock.CreateAsync(Mine, None)).ShouldBeTrue();
        (await leaderLock.GetAsync(None)).ShouldBe(Mine);
    }

    [ContractFact]
    public async Task One_of_two_creates_it()
    {
        (await LockOf("me").CreateAsync(Mine, None)).ShouldBeTrue();
        (await LockOf("you").CreateAsync(Mine with { HolderIdentity = "you" }, None)).ShouldBeFalse();
    }

    [ContractFact]
    public async Task Whoever_read_an_older_version_does_not_write()
    {
        var (me, you) = (LockOf("me"), LockOf("you"));
        await me.CreateAsync(Mine, None);
        await you.GetAsync(None);
        (await me.UpdateAsync(Mine with { RenewTime = Now.AddSeconds(2) }, None)).ShouldBeTrue();
        (await you.UpdateAsync(Mine with { HolderIdentity = "you" }, None)).ShouldBeFalse();
        (await you.GetAsync(None))!.HolderIdentity.ShouldBe("me");
        (await me.UpdateAsync(Mine with { RenewTime = Now.AddSeconds(4) }, None)).ShouldBeTrue("its own write is no change by others");
    }

    [ContractFact]
    public async Task One_that_is_gone_is_not_made_again_by_an_update()
    {
        var leaderLock = LockOf("me");
        await leaderLock.CreateAsync(Mine, None);
        await Client.DeleteAsync<V1Lease>("leader", Home, DeleteOptions.Background, None);
        (await leaderLock.UpdateAsync(Mine, None)).ShouldBeFalse();
    }

    [ContractFact]
    public async Task One_without_a_spec_is_taken_by_an_update()
    {
        await Client.CreateAsync(new V1Lease { Metadata = new() { Name = "leader", NamespaceProperty = Home } }, None);
        var elector = new LeaderElector(new(LockOf("me")));
        await elector.AcquireAsync(None);
        elector.IsLeader().ShouldBeTrue();
    }

    [ContractFact]
    public async Task Released_it_goes_to_the_next_one_at_once_and_keeps_its_labels()
    {
        await Client.CreateAsync(
            new V1Lease
            {
                Metadata = new()
                {
                    Name = "leader",
                    NamespaceProperty = Home,
                    Labels = new Dictionary<string, string> { ["team"] = "hr" },
                },
            },
            None);
        var (me, you) = (new LeaderElector(new(LockOf("me"))), new LeaderElector(new(LockOf("you"))));
        await me.AcquireAsync(None);
        (await me.ReleaseAsync(None)).ShouldBeTrue();
        var released = (await Client.GetAsync<V1Lease>("leader", Home, None)).ShouldNotBeNull();
        (released.Spec!.HolderIdentity, released.Spec.LeaseDurationSeconds).ShouldBe(("", 1));
        await you.AcquireAsync(None);
        var taken = (await Client.GetAsync<V1Lease>("leader", Home, None)).ShouldNotBeNull();
        taken.Spec!.HolderIdentity.ShouldBe("you");
        taken.Metadata.Labels!["team"].ShouldBe("hr");
    }

    LeaseLock LockOf(string identity) => new(Client, Home, "leader", identity);
}
