using Kombo.Operator.Hosting;
using Kombo.Operator.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Kombo.Operator.Tests;

public sealed class OperatorOptionsTests
{
    public static TheoryData<string, Action<OperatorOptions>> Wrong => new()
    {
        { "WorkerImage", options => options.WorkerImage = "" },
        { "WorkerImagePullPolicy", options => options.WorkerImagePullPolicy = "Sometimes" },
        { "MaxActiveSyncs", options => options.MaxActiveSyncs = 0 },
        { "Resync", options => options.Resync = TimeSpan.FromSeconds(1) },
        { "LeaseName", options => options.LeaseName = "" },
        { "LeaseDuration", options => options.LeaseDuration = options.LeaseRenewDeadline },
        { "LeaseRetryPeriod", options => options.LeaseRetryPeriod = options.LeaseRenewDeadline },
        { "AllowedHosts", options => options.AllowedHosts = "10.0.0.0/8,not a host" },
        { "WorkerRequests", options => options.WorkerRequests = "cpu" },
        { "WorkerRequests", options => options.WorkerRequests = "cpu=1,cpu=2" },
        { "WorkerLimits", options => options.WorkerLimits = "memory=512 MB" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_setting_stops_the_start_and_is_named(string setting, Action<OperatorOptions> configure) =>
        Should.Throw<OptionsValidationException>(() => OptionsOf(configure)).Message.ShouldContain(setting);

    [Theory]
    [InlineData("WorkerImage", "--Operator:MaxActiveSyncs=5")]
    [InlineData("MaxActiveSyncs", "--Operator:WorkerImage=w:1", "--Operator:MaxActiveSyncs=0")]
    [InlineData("HealthPort", "--Operator:WorkerImage=w:1", "--Operator:HealthPort=abc")]
    public void A_wrong_setting_on_the_command_line_is_told_in_a_sentence(string setting, params string[] arguments)
    {
        var builder = WebApplication.CreateSlimBuilder(arguments);
        builder.AddOperatorProcess();
        builder.Services.AddKomboOperator();
        using var services = builder.Services.BuildServiceProvider();
        var problem = OperatorProcess.FindProblem(services);
        problem.ShouldNotBeNull().ShouldContain(setting);
        problem.ShouldContain("docs/operator.md");
    }

    [Fact]
    public void The_template_of_the_workers_follows_the_settings()
    {
        var template = OperatorServices.Template(OptionsOf(options =>
        {
            options.DatabaseSecret = "";
            options.AllowedHosts = "10.0.0.0/8";
            options.WorkerImagePullSecrets = "one, two";
            options.WorkerRequests = "cpu=1, memory=1.5Gi";
            options.WorkerLimits = "";
        }));
        template.DatabaseSecret.ShouldBeNull();
        template.AllowedHosts.ShouldBe("10.0.0.0/8");
        template.ImagePullSecrets.ShouldBe(["one", "two"]);
        template.Resources.Requests.ShouldBe(new Dictionary<string, string> { ["cpu"] = "1", ["memory"] = "1.5Gi" });
        template.Resources.Limits.ShouldBeEmpty();
        var defaults = OperatorServices.Template(OptionsOf(_ => { })).Resources;
        defaults.Requests.ShouldBe(An.Template.Resources.Requests, ignoreOrder: true);
        defaults.Limits.ShouldBe(An.Template.Resources.Limits, ignoreOrder: true);
        An.Template.DatabaseSecret.ShouldBe("kombo-database");
    }

    [Fact]
    public void Every_setting_is_documented()
    {
        var page = File.ReadAllText(Testing.RepositoryRoot.Combine("docs", "operator.md"));
        foreach (var setting in typeof(OperatorOptions).GetProperties().Where(property => property.CanWrite))
            page.ShouldContain($"| `{setting.Name}` |");
    }

    static OperatorOptions OptionsOf(Action<OperatorOptions> configure) => new ServiceCollection()
        .AddKomboOperator()
        .Configure<OperatorOptions>(options => options.WorkerImage = "kombo-worker:1")
        .Configure(configure)
        .BuildServiceProvider()
        .GetRequiredService<IOptions<OperatorOptions>>()
        .Value;
}
