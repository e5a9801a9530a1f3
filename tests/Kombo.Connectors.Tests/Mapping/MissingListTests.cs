using Kombo.Core.Runs;

namespace Kombo.Connectors.Tests.Mapping;

/// <summary>A list inside a record that is not there: empty, or not told this time.</summary>
public sealed class MissingListTests
{
    const string Cursor = "{type: DatetimeBasedCursor, cursor_field: at, datetime_format: '%s'}";

    static TestDefinition Exploding(string missing = "", string path = "members") => new()
    {
        ModelName = "hris_join_employees_teams",
        Model = $"each: {path}\n    remoteId: \"{{{{ parent.id }}}}:{{{{ record.to }}}}\"\n    delta: true\n    {missing}",
        Cursor = Cursor,
        Fields = "employee_id: to, team_id: $parent.id",
    };

    static async Task<ReadResult> ReadAsync(TestDefinition definition, string rows, SyncType type = SyncType.Full)
    {
        await using var source = await TestSource.StartAsync(TestSource.Json($"{{\"data\":[{rows}]}}"));
        await using var session = TestSession.Open(Load(definition), source.Url);
        return await session.ReadAllAsync(type);
    }

    // The builder writes a remoteId of its own, which a record that is exploded does not have.
    static ConnectorDefinition Load(TestDefinition definition)
    {
        var yaml = definition.Yaml.Replace("    remoteId: id\n", "", StringComparison.Ordinal);
        var (loaded, problems) = ConnectorDefinition.Load(yaml, "test");
        return loaded ?? throw new InvalidOperationException(string.Join("\n", problems.Select(problem => problem.Message)));
    }

    const string Known = """{"id":1,"members":[{"to":7}]}""";

    [Theory]
    [InlineData("absent", """{"id":2}""", "", "data[1] has no members, so that what is in it is not known: say missing: empty at hris_join_employees_teams if that means that it has none")]
    [InlineData("absent, and said to mean none", """{"id":2}""", "missing: empty", null)]
    [InlineData("absent, and said to be unknown", """{"id":2}""", "missing: incomplete", "data[1] has no members, so that what is in it is not known: say missing: empty at hris_join_employees_teams if that means that it has none")]
    [InlineData("null", """{"id":2,"members":null}""", "", null)]
    [InlineData("empty", """{"id":2,"members":[]}""", "", null)]
    public async Task Of_some_records_the_list_is(string rule, string row, string missing, string? incomplete)
    {
        var result = await ReadAsync(Exploding(missing), $"{Known},{row}");
        result.Ids.ShouldBe("1:7", rule);
        result.Errors.ShouldBeEmpty(rule);
        result.Incomplete.ShouldBe(incomplete, rule);
    }

    [Theory]
    [InlineData("""{"id":2,"group":{}}""", true)]
    [InlineData("""{"id":2,"group":null}""", false)]
    [InlineData("""{"id":2,"group":{"members":null}}""", false)]
    [InlineData("""{"id":2,"group":"hidden"}""", true)]
    public async Task A_list_further_inside_is_missing_unless_something_on_the_way_is_null(string row, bool isMissing) =>
        ((await ReadAsync(Exploding(path: "group.members"), row)).Incomplete is not null).ShouldBe(isMissing);

    [Fact]
    public async Task A_delta_concludes_nothing_from_it() =>
        (await ReadAsync(Exploding(), $$"""{{Known}},{"id":2}""", SyncType.Delta)).Incomplete.ShouldBeNull();
}
