namespace Kombo.Core.Tests.Architecture;

public class ArrowTests
{
    /// <summary>Which projects a project may refer to; docs/architecture.md says why.</summary>
    static readonly Dictionary<string, string[]> Allowed = new(StringComparer.Ordinal)
    {
        ["Kombo.Core"] = [],
        ["Kombo.Kubernetes"] = [],
        ["Kombo.Crds"] = ["Kombo.Core", "Kombo.Kubernetes"],
        ["Kombo.Storage"] = ["Kombo.Core"],
        ["Kombo.Connectors"] = ["Kombo.Core"],
        ["Kombo.Operator"] = ["Kombo.Core", "Kombo.Kubernetes", "Kombo.Crds", "Kombo.Storage", "Kombo.Connectors"],
        ["Kombo.Worker"] = ["Kombo.Core", "Kombo.Kubernetes", "Kombo.Crds", "Kombo.Storage", "Kombo.Connectors"],
        ["Kombo.Api"] = ["Kombo.Core", "Kombo.Storage", "Kombo.Connectors"],
        ["Kombo.Standalone"] =
        [
            "Kombo.Core", "Kombo.Kubernetes", "Kombo.Crds", "Kombo.Storage", "Kombo.Connectors",
            "Kombo.Operator", "Kombo.Worker", "Kombo.Api",
        ],
    };

    static IEnumerable<string> Products => Repository.Projects.Where(project => !project.Value.StartsWith("tests/", StringComparison.Ordinal))
        .Select(project => project.Key);

    [Fact]
    public void Every_project_refers_only_to_what_it_may()
    {
        foreach (var project in Products)
        {
            Allowed.ShouldContainKey(project, "a new project needs its line in this table");
            Repository.References(project).Except(Allowed[project]).ShouldBeEmpty($"{project} refers to more than it may");
        }
    }

    [Fact]
    public void Every_project_of_the_table_is_there() => Allowed.Keys.Except(Products).ShouldBeEmpty();

    [Fact]
    public void Products_do_not_refer_to_tests() =>
        Products.SelectMany(Repository.References).Except(Allowed.Keys).ShouldBeEmpty();
}
