using Kombo.Core.Models;
using Microsoft.AspNetCore.Http;

namespace Kombo.Connectors.Tests;

/// <summary>Reading one record by its id.</summary>
public sealed class RecordTests
{
    static readonly TestDefinition Teams = new()
    {
        Authenticator = "{type: BearerAuthenticator, api_token: \"{{ config.token }}\"}",
        Requester = "request_headers: {Accept: application/test}\n          request_parameters: {all: 'true'}",
        Model = "record: {path: \"teams/{{ id }}\", missing: deleted, parameters: {fields: name, same: \"{{ id }}\"}}",
    };

    static Model Model => ModelCatalog.Default.Get("hris_teams");

    static async Task<(string Answer, string Asked)> ReadAsync(
        TestDefinition definition, string id, Func<HttpContext, Task> answer)
    {
        await using var source = await TestSource.StartAsync(answer);
        await using var session = TestSession.Open(definition.Load(), source.Url);
        var read = await session.Session.ReadRecordAsync(Model, id, CancellationToken.None);
        return (Text(read), string.Join(' ', source.Asked));
    }

    static string Text(RecordAnswer answer)
    {
        if (answer is not RecordAnswer.Found { Page: var page })
            return answer is RecordAnswer.Missing missing ? $"missing, deleted: {missing.IsDeleted}" : answer.GetType().Name;
        using (page)
            return string.Join(' ', page.Batches.SelectMany(batch => Enumerable.Range(0, batch.Count).Select(batch.RemoteId))
                .Concat(page.Errors.Select(error => $"error at {error.Path}")));
    }

    public static TheoryData<string, string, Func<HttpContext, Task>, string> Answers => new()
    {
        { "the record", "7", TestSource.Json("""{"id":7,"name":"A"}"""), "7" },
        { "another one", "7", TestSource.Json("""{"id":8,"name":"A"}"""), "Another" },
        { "several", "7", TestSource.Json("""[{"id":7,"name":"A"},{"id":8,"name":"A"}]"""), "Another" },
        { "none in a list", "7", TestSource.Json("[]"), "missing, deleted: False" },
        { "404", "7", TestSource.Json("{}", 404), "missing, deleted: True" },
        { "410", "7", TestSource.Json("{}", 410), "missing, deleted: True" },
        { "one that cannot be stored", "7", TestSource.Json("""{"id":7,"name":{}}"""), "error at hris_teams.name" },
        { "a dot is no record", ".", TestSource.Json("""{"id":"."}"""), "Unusable" },
        { "nor are two", "..", TestSource.Json("""{"id":".."}"""), "Unusable" },
        { "nor a line break", "a\nb", TestSource.Json("{}"), "Unusable" },
    };

    [Theory, MemberData(nameof(Answers))]
    public async Task The_source_answers_with(string rule, string id, Func<HttpContext, Task> answer, string expected) =>
        (await ReadAsync(Teams, id, answer)).Answer.ShouldBe(expected, rule);

    [Fact]
    public async Task A_record_that_is_not_found_proves_no_deletion_unless_the_definition_says_so() =>
        (await ReadAsync(Teams with { Model = "record: {path: \"teams/{{ id }}\"}" }, "7", TestSource.Json("{}", 404)))
            .Answer.ShouldBe("missing, deleted: False");

    [Fact]
    public async Task Nor_does_an_answer_that_the_definition_ignores()
    {
        var definition = Teams with { Requester = "error_handler: {response_filters: [{http_codes: [404], action: IGNORE}]}" };
        (await ReadAsync(definition, "7", TestSource.Json("{}", 404))).Answer.ShouldBe("missing, deleted: False");
    }

    [Theory]
    [InlineData("7", "/teams/7?fields=name&same=7")]
    [InlineData("a/../b", "/teams/a/../b?fields=name&same=a/../b")] // unescaped here; as one piece of the path
    [InlineData("a?all=1#x", "/teams/a?all=1#x?fields=name&same=a?all=1#x")]
    public async Task An_id_is_one_piece_of_the_address_and_the_parameters_of_the_list_are_not_sent(string id, string asked) =>
        (await ReadAsync(Teams, id, TestSource.Json("{}", 404))).Asked.ShouldBe(asked);

    [Fact]
    public async Task An_id_leads_to_no_other_place_of_the_source()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("{}", 404));
        await using var session = TestSession.Open(Teams.Load(), source.Url);
        await session.Session.ReadRecordAsync(Model, "../secrets?x=1", CancellationToken.None);
        source.Paths.ShouldBe(["/teams/..%2Fsecrets%3Fx%3D1"]);
        source.Headers.Single()["Authorization"].ToString().ShouldBe("Bearer s3cret");
        source.Headers.Single()["Accept"].ToString().ShouldBe("application/test");
    }

    [Fact]
    public async Task A_record_brings_all_that_its_stream_makes_of_it()
    {
        var definition = Teams with
        {
            Extra = "  hris_join_employees_teams: {stream: teams, each: members, remoteId: \"{{ parent.id }}:{{ record.value }}\", "
                + "fields: {employee_id: value, team_id: $parent.id}}",
        };
        (await ReadAsync(definition, "7", TestSource.Json("""{"id":7,"name":"A","members":[{"value":1},{"value":2}]}""")))
            .Answer.ShouldBe("7 7:1 7:2");
    }

    [Fact]
    public async Task What_can_be_read_follows_the_definition_and_the_scope()
    {
        await using var source = await TestSource.StartAsync(TestSource.Json("{}"));
        await using var session = TestSession.Open(Teams.Load(), source.Url);
        var (teams, employees) = (ModelCatalog.Default.Get("hris_teams"), ModelCatalog.Default.Get("hris_employees"));
        (session.Session.Provides(teams), session.Session.CanReadRecord(teams), session.Session.CanReadChanges(teams))
            .ShouldBe((true, true, false));
        (session.Session.Provides(employees), session.Session.CanReadRecord(employees)).ShouldBe((false, false));
        await using var cheap = TestSession.Open((Teams with { Model = "cheap: true" }).Load(), source.Url);
        (cheap.Session.CanReadRecord(teams), cheap.Session.SupportsDelta, cheap.Session.CanReadChanges(teams))
            .ShouldBe((false, false, false), "a delta sync of lists that are read whole is none");
        await using var both = TestSession.Open(BuiltInDefinitions.Find("sandbox")!, source.Url);
        (both.Session.SupportsDelta, both.Session.CanReadChanges(teams)).ShouldBe((true, true), "beside others they are read");
    }

    [Fact]
    public async Task A_record_at_a_place_in_the_answer()
    {
        var definition = Teams with { Model = "record: {path: \"teams/{{ id }}\", field_path: [data]}" };
        (await ReadAsync(definition, "7", TestSource.Json("""{"data":{"id":7,"name":"A"}}"""))).Answer.ShouldBe("7");
        (await Should.ThrowAsync<SourceException>(ReadAsync(definition, "7", TestSource.Json("""{"dat":1}"""))))
            .Message.ShouldBe("one record of stream \"teams\": the answer has no record at data");
    }

    [Theory]
    [InlineData("scim", "hris_employees hris_teams")]
    [InlineData("sandbox", "hris_absence_types hris_absences hris_employees hris_employments hris_join_employees_teams hris_locations hris_teams")]
    public void The_definitions_of_the_box_read_single_records_of(string name, string expected) =>
        string.Join(' ', BuiltInDefinitions.Find(name)!.Models.Where(model => model.ReadsRecords).Select(model => model.Model.Name).Order())
            .ShouldBe(expected);
}
