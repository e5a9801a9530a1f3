using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Kombo.Crds.Manifests;

namespace Kombo.Chart.Tests.Rendering;

/// <summary>Rules and dashboard ask for metrics that exist.</summary>
public sealed partial class MonitoringTests
{
    [Fact]
    public void Rules_and_dashboard_use_only_metrics_of_the_operator_with_labels_that_they_have()
    {
        foreach (var expression in Rules.Select(rule => rule.Text("expr")!).Concat(Queries))
        {
            var names = Names(expression).ToList();
            names.ShouldNotBeEmpty(expression);
            names.ShouldBeSubsetOf(OperatorMetrics.Names, expression);
            foreach (Match selector in Selector().Matches(expression))
                foreach (Match label in Label().Matches(selector.Groups[2].Value))
                    OperatorMetrics.LabelsOf(selector.Groups[1].Value).ShouldContain(label.Groups[1].Value, expression);
        }
    }

    [Fact]
    public void Every_alert_says_what_it_means_and_what_to_do()
    {
        foreach (var rule in Rules)
        {
            rule.Text("labels", "severity").ShouldBeOneOf("critical", "warning", "info");
            rule.Text("annotations", "summary").ShouldNotBeNullOrEmpty();
            rule.Text("annotations", "description").ShouldNotBeNullOrEmpty();
        }
        Rules.Select(rule => rule.Text("alert")).ShouldBeUnique();
    }

    static IReadOnlyList<JsonNode> Rules { get; } =
        [.. ManifestReader.Read(File.ReadAllText(Path.Combine(Helm.Chart, "files", "prometheus-rules.yaml"))).Single()
            .Items("groups").SelectMany(group => group.Items("rules"))];

    static IReadOnlyList<string> Queries { get; } =
        [.. JsonNode.Parse(File.ReadAllText(Path.Combine(Helm.Chart, "files", "dashboard.json")))
            .Items("panels").SelectMany(panel => panel.Items("targets")).Select(target => target.Text("expr")!)];

    // What has an underscore and is no label of by(…), on(…) or a selector is a metric.
    static IEnumerable<string> Names(string expression) =>
        Name().Matches(Grouping().Replace(Braces().Replace(expression, ""), "")).Select(match => match.Value)
            .Where(name => !Functions.Contains(name));

    static readonly string[] Functions = ["histogram_quantile", "__rate_interval"];

    [GeneratedRegex(@"(?<![\w$])[a-z_]+_[a-z_]+(?!\w)")]
    private static partial Regex Name();

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Braces();

    [GeneratedRegex(@"\b(by|on)\s*\([^)]*\)")]
    private static partial Regex Grouping();

    [GeneratedRegex(@"(\w+)\{([^}]*)\}")]
    private static partial Regex Selector();

    [GeneratedRegex("(\\w+)=~?\"")]
    private static partial Regex Label();
}
