using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Kombo.Crds;
using Kombo.Crds.Manifests;
using Kombo.Operator;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Rendering;

/// <summary>What the chart says a second time is what its source says.</summary>
public sealed class AgreementTests
{
    const string Prefix = "KOMBO_Operator__";

    /// <summary>Options that a pod's own surroundings answer.</summary>
    static readonly string[] NotSet =
    [
        nameof(OperatorOptions.KubeConfig), nameof(OperatorOptions.LeaderElection), nameof(OperatorOptions.LeaseNamespace),
        nameof(OperatorOptions.LogFormat),
    ];

    [RequiresFact(Need.Helm)]
    public async Task Every_option_of_the_operator_has_its_own_default_as_value()
    {
        var defaults = new OperatorOptions();
        var expected = typeof(OperatorOptions).GetProperties().Where(option => option.CanWrite && !NotSet.Contains(option.Name))
            .ToDictionary(option => option.Name, option => Convert.ToString(option.GetValue(defaults), CultureInfo.InvariantCulture));
        expected[nameof(OperatorOptions.WorkerImage)] = $"kombo-worker:{Version}"; // the option itself has none
        var container = (await Helm.ObjectsAsync()).Find("Deployment", "kombo-operator").Items("spec", "template", "spec", "containers").Single();
        var actual = container.Items("env").Where(variable => variable.Text("name")!.StartsWith(Prefix, StringComparison.Ordinal))
            .ToDictionary(variable => variable.Text("name")![Prefix.Length..], variable => variable.Text("value"));
        actual.ShouldBe(expected, ignoreOrder: true);
    }

    [RequiresFact(Need.Helm)]
    public async Task The_kinds_are_those_of_crds()
    {
        string[] kinds = ["integrations", "syncschedules"];
        foreach (var plural in kinds)
            await Golden.MatchesAsync(
                CustomResources.DefinitionYaml(plural), Path.Combine(Helm.Chart, "files", "crds", $"{plural}.yaml"));
        var objects = await Helm.ObjectsAsync("--kube-version", "1.34.0");
        foreach (var plural in kinds)
        {
            var source = ManifestReader.Read(CustomResources.DefinitionYaml(plural)).Single();
            var rendered = objects.Find("CustomResourceDefinition", $"{plural}.{CustomResources.Group}");
            JsonNode.DeepEquals(rendered["spec"], source["spec"]).ShouldBeTrue(plural);
            rendered.Text("metadata", "annotations", "helm.sh/resource-policy").ShouldBe("keep");
        }
    }

    [RequiresFact(Need.Helm)]
    public async Task A_server_that_knows_no_rules_gets_the_same_kinds_without_them()
    {
        var rendered = (await Helm.ObjectsAsync("--kube-version", "1.20.2")).Find("CustomResourceDefinition", "integrations.kombo.dev");
        rendered.ToJsonString().ShouldNotContain("x-kubernetes-validations");
        var source = ManifestReader.Read(CustomResources.DefinitionYaml("integrations")).Single();
        RemoveRules(source);
        JsonNode.DeepEquals(rendered["spec"], source["spec"]).ShouldBeTrue();
    }

    [RequiresFact(Need.Helm)]
    public async Task Kept_kinds_can_be_given_up_and_left_out()
    {
        (await Helm.ObjectsAsync("--set", "crds.keep=false")).Find("CustomResourceDefinition", "integrations.kombo.dev")
            .At("metadata", "annotations").ShouldBeNull();
        (await Helm.ObjectsAsync("--set", "crds.install=false")).ShouldAllBe(each => each.Text("kind") != "CustomResourceDefinition");
    }

    [RequiresFact(Need.Helm)]
    public async Task The_plain_roles_are_those_of_the_chart()
    {
        string[] parts =
        [
            "templates/operator/serviceaccount.yaml", "templates/operator/rbac.yaml", "templates/operator/leader-role.yaml",
            "templates/worker/clusterrole.yaml",
        ];
        var rendered = await Helm.TemplateAsync([.. parts.SelectMany(part => new[] { "--show-only", part })]);
        await Golden.MatchesAsync(PlainRoles.Of(rendered), RepositoryRoot.Combine("operator", "rbac.yaml"));
    }

    [Fact]
    public void The_chart_has_the_version_of_the_programs_and_the_licence_of_the_repository()
    {
        var chart = ManifestReader.Read(File.ReadAllText(Path.Combine(Helm.Chart, "Chart.yaml"))).Single();
        chart.Text("version").ShouldBe(Version);
        chart.Text("appVersion").ShouldBe(Version);
        File.ReadAllText(Path.Combine(Helm.Chart, "LICENSE")).ShouldBe(File.ReadAllText(RepositoryRoot.Combine("LICENSE")));
    }

    static string Version => XDocument.Load(RepositoryRoot.Combine("Directory.Build.props")).Descendants("Version").Single().Value;

    static void RemoveRules(JsonNode? node)
    {
        if (node is JsonObject named)
        {
            named.Remove("x-kubernetes-validations");
            foreach (var (_, value) in named)
                RemoveRules(value);
        }
        else if (node is JsonArray list)
        {
            foreach (var item in list)
                RemoveRules(item);
        }
    }
}
