using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Tests.Support;

namespace Kombo.Operator.Tests.Cluster;

public class SlimTests
{
    [Fact]
    public void Of_an_Integrations_metadata_only_our_annotations_are_kept()
    {
        var integration = new V1Alpha1Integration
        {
            Metadata = new()
            {
                Name = "acme",
                Labels = new Dictionary<string, string> { ["team"] = "people" },
                Annotations = new Dictionary<string, string>
                {
                    ["kubectl.kubernetes.io/last-applied-configuration"] = new('x', 5000),
                    [Annotations.RequestedAt] = "now",
                },
            },
        };
        var slim = Slim.Integration(integration);
        slim.Metadata.Annotations.ShouldBe([KeyValuePair.Create(Annotations.RequestedAt, "now")]);
        slim.Metadata.Labels.ShouldBeNull();
        slim.Name().ShouldBe("acme");
    }

    [Fact]
    public async Task Of_a_Job_is_kept_what_is_read_of_it()
    {
        await using var harness = await OperatorHarness.StartAsync();
        await harness.CreateAsync();
        var job = (await harness.UntilJobsAsync(1)).Single();
        var slim = Slim.Job(job);
        slim.Spec!.Template.ShouldBeNull();
        slim.Metadata.Labels.ShouldBe([KeyValuePair.Create(Labels.Schedule, "default")]);
        slim.Metadata.Annotations.ShouldBe(job.Metadata.Annotations);
        slim.Metadata.OwnerReferences.ShouldBe(job.Metadata.OwnerReferences);
    }
}
