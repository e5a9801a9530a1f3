using Kombo.Core.Records;

namespace Kombo.Connectors.Tests.Mapping;

/// <summary>A record that cannot be mapped is one error; the others of its page arrive.</summary>
public sealed class RecordErrorTests
{
    static async Task<ReadResult> ReadAsync(TestDefinition definition, string rows)
    {
        await using var source = await TestSource.StartAsync(TestSource.Json($"{{\"data\":[{rows}]}}"));
        await using var session = TestSession.Open(definition.Load(), source.Url);
        return await session.ReadAllAsync();
    }

    [Fact]
    public async Task One_that_is_too_large_is_named_by_its_id()
    {
        var result = await ReadAsync(
            new TestDefinition { Extra = "limits: {recordBytes: 100}" },
            $$"""{"id":1,"name":"{{new string('a', 200)}}"},{"id":2,"name":"b"}""");
        result.Ids.ShouldBe("2");
        result.Errors.ShouldBe([new RecordError("hris_teams", "1", "data[0]", "is larger than 100 bytes")]);
    }

    [Theory]
    [InlineData("a", 1500, null)]
    [InlineData("a", 1501, "its id is longer than 1500 bytes")]
    [InlineData("\u00e9", 750, null)]
    [InlineData("\u00e9", 751, "its id is longer than 1500 bytes")]
    [InlineData("\u6f22", 1000, "its id is longer than 1500 bytes")]
    public async Task One_whose_id_is_too_long_is_known_to_exist(string letter, int letters, string? reason)
    {
        var id = string.Concat(Enumerable.Repeat(letter, letters));
        var result = await ReadAsync(new TestDefinition(), $$"""{"id":"{{id}}"},{"id":"b"}""");
        result.RemoteIds.ShouldBe(reason is null ? [id, "b"] : ["b"]);
        result.Errors.ShouldBe(reason is null ? [] : [new RecordError("hris_teams", id, "data[0]", reason)]);
    }

    [Theory]
    [InlineData("where: \"{{ record.level > 3 }}\"", "", "cannot be mapped: a text and a number cannot be compared")]
    [InlineData("", "record_filter: {condition: \"{{ record.level > 3 }}\"}", "cannot be filtered: a text and a number cannot be compared")]
    public async Task One_on_which_an_expression_fails_does_not_stop_the_others(string model, string selector, string reason)
    {
        var result = await ReadAsync(
            new TestDefinition { Model = model, Selector = selector },
            """{"id":1,"level":5},{"id":2,"level":"secret"},{"id":3,"level":1},{"id":4,"level":4}""");
        result.Ids.ShouldBe("1 4");
        result.Errors.Single().ShouldSatisfyAllConditions(
            error => error.Path.ShouldBe("data[1]"), error => error.Reason.ShouldBe(reason));
    }

    [Fact]
    public async Task A_field_whose_expression_fails_is_told_by_the_records_place()
    {
        var result = await ReadAsync(
            new TestDefinition { Fields = "name: \"{{ record.first + record.last }}\"" },
            """{"id":1,"first":"A","last":"B"},{"id":2,"first":"A","last":3}""");
        result.Ids.ShouldBe("1");
        result.Errors.Single().Path.ShouldBe("data[1]");
    }

    [Theory]
    [InlineData("""{"\ud800":0,"id":2,"\ud800 and more":1}""")]
    [InlineData("""{"id":2,"nested":{"\uDC00":1}}""")]
    public async Task A_key_that_is_no_text_costs_nothing_where_nobody_asks_for_it(string row)
    {
        var result = await ReadAsync(
            new TestDefinition { Fields = "name: \"{{ record.name or record.nested }}\"" },
            $$"""{"id":1,"name":"\ud83d\ude00"},{{row}},{"id":3,"name":"c"}""");
        result.Ids.ShouldBe("1 2 3");
        result.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_key_that_is_no_text_is_told_where_it_would_have_to_be_stored()
    {
        var result = await ReadAsync(
            new TestDefinition { ModelName = "hris_employees", Fields = "custom_fields: {extra: extra}" },
            """{"id":1,"extra":{"a":1}},{"id":2,"extra":{"\ud800":1}}""");
        result.Ids.ShouldBe("1");
        result.Errors.Single().ShouldSatisfyAllConditions(
            error => error.RemoteId.ShouldBe("2"),
            error => error.Reason.ShouldEndWith("holds a key that is no valid Unicode text"));
    }

    [Fact]
    public async Task A_NUL_inside_a_nested_value_is_told_and_the_others_arrive()
    {
        var result = await ReadAsync(
            new TestDefinition { ModelName = "hris_employees", Fields = "custom_fields: {extra: extra}" },
            """{"id":1,"extra":["a"]},{"id":2,"extra":["zero\u0000here"]},{"id":3,"extra":{"zero\u0000key":1}}""");
        result.Ids.ShouldBe("1");
        result.Errors.Select(error => error.RemoteId).ShouldBe(["2", "3"]);
        result.Errors.ShouldAllBe(error => error.Reason.EndsWith("holds a NUL character, which Postgres cannot store"));
    }

    [Fact]
    public async Task An_expression_that_meets_a_text_that_is_none_costs_that_record_alone()
    {
        var result = await ReadAsync(
            new TestDefinition { Fields = "name: \"{{ record.name }}\"" },
            """{"id":1,"name":"a"},{"id":2,"name":"\ud800"},{"id":3,"name":"c"}""");
        result.Ids.ShouldBe("1 3");
        result.Errors.Single().Reason.ShouldBe("cannot be mapped: a text is no valid Unicode");
    }

    [Fact]
    public async Task An_item_is_chosen_by_a_key_although_another_holds_text_that_is_none()
    {
        var result = await ReadAsync(
            new TestDefinition { Fields = "name: 'names[type=work].value'" },
            """{"id":1,"names":[{"type":"\ud800","value":"x"},{"\ud800":1,"type":"work","value":"y"}]}""");
        result.Ids.ShouldBe("1");
        result.Errors.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_with_a_number_that_Postgres_would_have_to_write_out_is_named()
    {
        var result = await ReadAsync(
            new TestDefinition { ModelName = "hris_employees", Fields = "custom_fields: {level: level}" },
            """{"id":1,"level":1e20},{"id":2,"level":1e400000},{"id":3,"level":-2.5}""");
        result.Ids.ShouldBe("1 3");
        result.Errors.Single().ShouldSatisfyAllConditions(
            error => error.RemoteId.ShouldBe("2"),
            error => error.Reason.ShouldContain("a number of more digits than are stored"));
    }

    [Fact]
    public async Task A_date_format_that_a_record_holds_is_not_quoted()
    {
        var result = await ReadAsync(
            new TestDefinition { Fields = "name: \"{{ format_datetime('2026-01-05T00:00:00Z', record.name) }}\"" },
            """{"id":1,"name":"%Y"},{"id":2,"name":"%canary"}""");
        result.Ids.ShouldBe("1");
        result.Errors.Single().Reason.ShouldNotContain("canary");
    }

    [Fact]
    public async Task The_same_id_twice_in_a_page_comes_twice_in_order()
    {
        var result = await ReadAsync(new TestDefinition(), """{"id":1,"name":"old"},{"id":1,"name":"new"}""");
        result.Ids.ShouldBe("1 1");
        result.Errors.ShouldBeEmpty();
    }
}
