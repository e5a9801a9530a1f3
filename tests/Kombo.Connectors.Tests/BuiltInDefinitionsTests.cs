using Kombo.Testing;

namespace Kombo.Connectors.Tests;

public sealed class BuiltInDefinitionsTests
{
    public static TheoryData<string> Names => [.. BuiltInDefinitions.Names];

    [Fact]
    public void There_are_the_sandbox_and_SCIM() => BuiltInDefinitions.Names.ShouldBe(["sandbox", "scim"]);

    [Theory, MemberData(nameof(Names))]
    public void Each_loads_under_its_own_name(string name) => BuiltInDefinitions.Find(name)!.Name.ShouldBe(name);

    [Fact]
    public void An_unknown_one_is_not_there() => BuiltInDefinitions.Find("bamboo").ShouldBeNull();

    [Fact]
    public void The_sample_for_a_ConfigMap_loads()
    {
        var yaml = File.ReadAllText(RepositoryRoot.Combine("connectors", "samples", "json-server.yaml"));
        var (definition, problems) = ConnectorDefinition.Load(yaml, "sample");
        problems.Select(problem => problem.Message).ShouldBeEmpty();
        definition!.Models.Select(model => model.Model.Name).ShouldBe(["hris_teams", "hris_employees", "hris_join_employees_teams"]);
    }

    [Fact]
    public void Models_tell_how_they_are_read()
    {
        var models = BuiltInDefinitions.Find("sandbox")!.Models.ToDictionary(model => model.Model.Name);
        models["hris_employees"].ShouldSatisfyAllConditions(
            model => model.Delta.ShouldBeTrue(), model => model.Cheap.ShouldBeFalse(), model => model.StablePaging.ShouldBeTrue());
        models["hris_teams"].ShouldSatisfyAllConditions(
            model => model.Delta.ShouldBeFalse(), model => model.Cheap.ShouldBeTrue(), model => model.Deletions.ShouldBe(Deletions.ByAbsence));
    }
}
