using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Jobs;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Jobs;

public sealed class JobBuilderTests
{
    static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Theory]
    [InlineData("small")]
    [InlineData("everything")]
    public void A_job_is_as_its_golden_file_says(string name)
    {
        var template = An.Template with
        {
            AllowedHosts = "10.0.0.0/8",
            ImagePullSecrets = ["registry"],
            TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        };
        var job = name == "small"
            ? JobBuilder.Build(An.Integration(), An.Run, An.Template)
            : JobBuilder.Build(Everything, An.Run with { Token = "2026-01-05T09:00:00Z" }, template);
        var actual = JsonNode.Parse(CustomResources.Json.Serialize(job))!.ToJsonString(Indented) + "\n";
        var file = RepositoryRoot.Combine("tests", "Kombo.Operator.Tests", "Jobs", "Cases", $"{name}.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
            File.WriteAllText(file, actual);
        actual.ShouldBe(File.ReadAllText(file), "UPDATE_GOLDEN=1 writes it anew");
    }

    [Fact]
    public void The_worker_is_told_all_that_it_may_not_read_itself()
    {
        var value = VariablesOf(JobBuilder.Build(Everything, An.Run, An.Template))
            .Single(variable => variable.Name == WorkerEnvironment.Run).Value;
        var request = JsonSerializer.Deserialize(value!, RunJson.Default.RunRequest).ShouldNotBeNull();
        request.Uid.ShouldBe(Everything.Metadata.Uid);
        request.Connector.ShouldBeNull();
        request.Scope!.Models!.Value.Single().Name.ShouldBe("hris_teams");
        request.DeletionGuard!.MaxPercent.ShouldBe(10);
        request.IntegrationId.ShouldBe(An.Run.IntegrationId);
    }

    [Fact]
    public void A_parameter_cannot_name_another_variable_of_the_pod()
    {
        var job = JobBuilder.Build(
            An.Integration(spec => spec with { Parameters = spec.Parameters!.Add("tenant", "$(KOMBO_DATABASE) $5") }),
            An.Run,
            An.Template);
        var value = VariablesOf(job).Single(variable => variable.Name == WorkerEnvironment.Run).Value.ShouldNotBeNull();
        value.ShouldNotContain("$");
        JsonSerializer.Deserialize(value, RunJson.Default.RunRequest)!.Parameters["tenant"].ShouldBe(
            "$(KOMBO_DATABASE) $5");
    }

    [Fact]
    public void The_operators_labels_and_annotations_win()
    {
        var job = JobBuilder.Build(
            An.Integration(spec => spec with
            {
                JobTemplate = new()
                {
                    Metadata = new(
                        ImmutableSortedDictionary<string, string>.Empty.Add(Labels.ManagedBy, "me")
                            .Add("team", "people"),
                        ImmutableSortedDictionary<string, string>.Empty.Add(JobAnnotations.RunId, "forged")
                            .Add(JobAnnotations.RequestToken, "forged")),
                },
            }),
            An.Run,
            An.Template);
        job.Metadata.Labels![Labels.ManagedBy].ShouldBe(Labels.ManagedByKombo);
        job.Metadata.Labels["team"].ShouldBe("people");
        job.Metadata.Annotations![JobAnnotations.RunId].ShouldBe(An.Run.RunId);
        job.Metadata.Annotations.ContainsKey(JobAnnotations.RequestToken).ShouldBeFalse();
    }

    [Fact]
    public void A_long_name_becomes_a_label_that_is_still_its_own()
    {
        var one = LabelValue.Of(new string('a', 100) + "1");
        var other = LabelValue.Of(new string('a', 100) + "2");
        one.Length.ShouldBeLessThanOrEqualTo(63);
        one.ShouldNotBe(other);
        LabelValue.Of("acme").ShouldBe("acme");
    }

    [Theory]
    [InlineData(null, null, "cpu=100m,memory=256Mi", "memory=512Mi")]
    [InlineData("memory=2Gi", null, "cpu=100m,memory=2Gi", "")]
    [InlineData(null, "memory=128Mi", "cpu=100m,memory=128Mi", "memory=128Mi")]
    [InlineData("cpu=1", "cpu=2,memory=1Gi", "cpu=1,memory=1Gi", "cpu=2,memory=1Gi")]
    public void Resources_are_merged_by_name(
        string? requests, string? limits, string expectedRequests, string expectedLimits)
    {
        var merged = ResourceMerge.Of(An.Template.Resources, new(Parse(requests), Parse(limits)));
        Text(merged.Requests!).ShouldBe(expectedRequests);
        Text(merged.Limits!).ShouldBe(expectedLimits);
    }

    static V1Alpha1Integration Everything { get; } = An.Integration(spec => spec with
    {
        Connector = null,
        ConnectorFrom = new(new KeyReference("my-connectors", "intranet.yaml")),
        ScheduleRef = new("standard"),
        Scope = new([new ScopeModelSpec("hris_teams")]),
        DeletionGuard = new(10, 5, false),
        JobTemplate = new()
        {
            Metadata = new(
                ImmutableSortedDictionary<string, string>.Empty.Add("team", "people"),
                ImmutableSortedDictionary<string, string>.Empty.Add("example.com/note", "nightly")),
            Resources = new(null, ImmutableSortedDictionary<string, string>.Empty.Add("memory", "1Gi")),
            NodeSelector = ImmutableSortedDictionary<string, string>.Empty.Add("kubernetes.io/os", "linux"),
            Tolerations = [new() { Key = "batch", Operator = "Exists", Effect = "NoSchedule" }],
            PriorityClassName = "low",
        },
    });

    static IReadOnlyList<V1EnvVar> VariablesOf(V1Job job) => job.Spec!.Template!.Spec!.Containers![0].Env!;

    static ImmutableSortedDictionary<string, string>? Parse(string? text) =>
        text?.Split(',').Select(pair => pair.Split('=')).ToImmutableSortedDictionary(pair => pair[0], pair => pair[1]);

    static string Text(IReadOnlyDictionary<string, string> quantities) =>
        string.Join(',', quantities.OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}={pair.Value}"));
}
