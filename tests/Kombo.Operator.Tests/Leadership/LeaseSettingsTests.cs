using Kombo.Operator.Leadership;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Tests.Leadership;

public sealed class LeaseSettingsTests
{
    [Fact]
    public void The_identity_is_the_host_and_something_that_no_other_life_of_it_had()
    {
        var one = LeaseSettings.NewIdentity("kombo-operator-0");
        one.ShouldStartWith("kombo-operator-0_");
        LeaseSettings.NewIdentity("kombo-operator-0").ShouldNotBe(one);
    }

    [Theory]
    [InlineData(null, true, true)]
    [InlineData(null, false, false)]
    [InlineData(true, false, true)]
    [InlineData(false, true, false)]
    public void It_is_on_in_a_cluster_unless_it_is_set(bool? setting, bool isInCluster, bool expected) =>
        LeaseSettings.IsWanted(new() { LeaderElection = setting }, isInCluster).ShouldBe(expected);

    [Theory]
    [InlineData("given", "pods", "own", "given")]
    [InlineData("", "pods", "own", "pods")]
    [InlineData("", null, "own", "own")]
    public void The_lease_is_in_the_operators_own_namespace(string setting, string? variable, string? own, string expected) =>
        LeaseSettings.NamespaceOf(new() { LeaseNamespace = setting }, _ => variable, own).ShouldBe(expected);

    [Fact]
    public void Without_a_namespace_the_start_is_stopped_with_a_remedy() =>
        Should.Throw<OptionsValidationException>(() => LeaseSettings.NamespaceOf(new(), _ => null, ownNamespace: null))
            .Message.ShouldContain("LeaseNamespace");

    [Fact]
    public void Name_and_durations_are_the_usual_ones()
    {
        var options = new OperatorOptions();
        options.LeaseName.ShouldBe("kombo-operator");
        (options.LeaseDuration.TotalSeconds, options.LeaseRenewDeadline.TotalSeconds, options.LeaseRetryPeriod.TotalSeconds)
            .ShouldBe((15, 10, 2));
    }
}
