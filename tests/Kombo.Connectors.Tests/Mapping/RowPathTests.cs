using System.Text.Json;
using Kombo.Connectors.Mapping;

namespace Kombo.Connectors.Tests.Mapping;

/// <summary>Where the rows of an answer are, and whether all of it is there.</summary>
public sealed class RowPathTests
{
    [Theory]
    [InlineData("a list", "data", """{"data":[{"id":1},{"id":2}]}""", 2, "Everywhere")]
    [InlineData("an object is one row", "data", """{"data":{"id":1}}""", 1, "Everywhere")]
    [InlineData("an empty list", "data", """{"data":[]}""", 0, "Everywhere")]
    [InlineData("no such key", "data", "{}", 0, "Nowhere")]
    [InlineData("null", "data", """{"data":null}""", 0, "Nowhere")]
    [InlineData("below each item", "teams.*.people", """{"teams":[{"people":[{"id":1}]},{"people":[{"id":2}]}]}""", 2, "Everywhere")]
    [InlineData("below each value", "teams.*", """{"teams":{"a":[{"id":1}],"b":[{"id":2}]}}""", 2, "Everywhere")]
    [InlineData("no items", "teams.*.people", """{"teams":[]}""", 0, "Everywhere")]
    [InlineData("an item without it", "teams.*.people", """{"teams":[{"people":[{"id":1}]},{}]}""", 1, "InSomeItems")]
    [InlineData("an item where it is null", "teams.*.people", """{"teams":[{"people":null},{"people":[{"id":1}]}]}""", 1, "InSomeItems")]
    [InlineData("an item that is none", "*.people", """[{"people":[]},7]""", 0, "InSomeItems")]
    [InlineData("two levels, one gap", "*.*.people", """[[{"people":[{"id":1}]}],[{"people":[]},{}]]""", 1, "InSomeItems")]
    [InlineData("all items without it", "teams.*.people", """{"teams":[{},{}]}""", 0, "Nowhere")]
    [InlineData("nothing to go through", "teams.*.people", """{"teams":7}""", 0, "Nowhere")]
    public void Says_whether_every_item_has_rows(string rule, string path, string answer, int count, string found)
    {
        using var json = JsonDocument.Parse(answer);
        var rows = new List<JsonElement>();

        new RowPath([.. path.Split('.')]).Find(json.RootElement, rows).ToString().ShouldBe(found, rule);

        rows.Count.ShouldBe(count, rule);
    }

    [Fact]
    public async Task A_list_that_only_some_items_have_is_read_and_is_incomplete()
    {
        await using var source = await TestSource.AnsweringAsync(TestSource.Json("""{"teams":[{"people":[{"id":1}]},{"people":null}]}"""));
        await using var session = TestSession.Open(new TestDefinition { Rows = "[teams, '*', people]" }.Load(), source.Url);
        var result = await session.ReadAllAsync();
        result.Ids.ShouldBe("1");
        result.Incomplete.ShouldBe("some items of the answer have no list at teams.*.people");
    }

    [Fact]
    public async Task A_list_that_no_item_has_is_a_failure()
    {
        await using var source = await TestSource.AnsweringAsync(TestSource.Json("""{"teams":[{},{}]}"""));
        await using var session = TestSession.Open(new TestDefinition { Rows = "[teams, '*', people]" }.Load(), source.Url);
        (await Should.ThrowAsync<SourceException>(() => session.ReadAllAsync()))
            .Message.ShouldBe("stream \"teams\": the answer has no list at teams.*.people");
    }
}
