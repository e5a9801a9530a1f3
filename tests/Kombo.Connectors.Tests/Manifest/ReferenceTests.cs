using Kombo.Connectors.Manifest;

namespace Kombo.Connectors.Tests.Manifest;

public sealed class ReferenceTests
{
    static YamlMap Resolve(string yaml)
    {
        var problems = new ProblemList("test");
        var root = YamlReader.Read(yaml, problems) ?? throw new InvalidOperationException("no map");
        var resolved = new References(root, problems).Resolve();
        problems.All.ShouldBeEmpty();
        return resolved;
    }

    [Fact]
    public void Keys_beside_a_reference_win()
    {
        var stream = Resolve("definitions: {base: {a: 1, b: 2}}\nstream: {$ref: '#/definitions/base', b: 3, c: 4}").Find("stream").ShouldBeOfType<YamlMap>();
        string.Join(' ', stream.Entries.Select(entry => $"{entry.Key}={((YamlText)entry.Value).Value}")).ShouldBe("a=1 b=3 c=4");
    }

    [Fact]
    public void A_reference_may_lead_to_another_and_into_a_list()
    {
        var root = Resolve("definitions: {one: {$ref: '#/definitions/two'}, two: {x: '#/definitions/list/1'}, list: [a, b]}\nat: {$ref: '#/definitions/one'}");
        root.Find("at").ShouldBeOfType<YamlMap>().Find("x").ShouldBeOfType<YamlText>().Value.ShouldBe("b");
    }

    [Fact]
    public void What_came_by_a_reference_still_knows_where_it_was_written()
    {
        var at = Resolve("definitions:\n  base:\n    a: 1\nstream: {$ref: '#/definitions/base'}").Find("stream").ShouldBeOfType<YamlMap>();
        at.Find("a")!.Place.ShouldBe("definitions.base.a (line 3)");
    }

    [Fact]
    public void Parameters_are_handed_down_and_stand_in_for_missing_keys()
    {
        var root = Resolve("$parameters: {path: outer, name: n}\nchild: {$parameters: {path: inner}, grandchild: {name: own}}");
        var top = new Component(root, new ReadContext(new ProblemList("test"), []), Parameters.None);
        var child = top.Child("child")!;
        var grandchild = child.Child("grandchild")!;
        (top.Text("path"), child.Text("path"), grandchild.Text("path")).ShouldBe(("outer", "inner", "inner"));
        (child.Text("name"), grandchild.Text("name")).ShouldBe(("n", "own"));
    }
}
