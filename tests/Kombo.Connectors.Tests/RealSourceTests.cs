using Kombo.Core.Records;
using Kombo.Core.Runs;
using Kombo.Testing;

namespace Kombo.Connectors.Tests;

/// <summary>The definitions against servers that nobody here wrote.</summary>
[Trait("Level", "e2e")]
public sealed class RealSourceTests
{
    static async Task<Dictionary<string, List<string>>> ReadAsync(
        TestSession session, SyncType type, Dictionary<string, string?> watermarks)
    {
        var ids = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var stream in session.Session.Streams(type))
            await foreach (var page in session.Session.ReadAsync(
                stream, new ReadFrom(watermarks.GetValueOrDefault(stream.Name), null), CancellationToken.None))
                using (page)
                {
                    page.Errors.ShouldBeEmpty();
                    page.Incomplete.ShouldBeNull();
                    foreach (var batch in page.Batches)
                        Remember(ids, batch);
                    if (page.IsLast)
                        watermarks[stream.Name] = page.Watermark;
                }

        return ids;
    }

    static void Remember(Dictionary<string, List<string>> ids, RecordBatch batch)
    {
        if (!ids.TryGetValue(batch.Model.Name, out var known))
            ids[batch.Model.Name] = known = [];
        for (var i = 0; i < batch.Count; i++)
            known.Add(batch.RemoteId(i));
    }

    static TestSession Scim(SourceProcess source) =>
        TestSession.Open(BuiltInDefinitions.Find("scim")!, $"{source.Address}scim/v2", clock: TimeProvider.System); // built in

    [RequiresFact(Need.Sources)]
    public async Task SCIM_users_groups_and_memberships_arrive_whole_and_a_delta_brings_what_changed()
    {
        await using var source = await SourceProcess.StartScimAsync(users: 250, groups: 7, token: "s3cret");
        await using var session = Scim(source);
        var watermarks = new Dictionary<string, string?>();
        var full = await ReadAsync(session, SyncType.Full, watermarks);
        full.ToDictionary(pair => pair.Key, pair => pair.Value.Distinct().Count()).ShouldBe(new Dictionary<string, int>
        {
            ["hris_employees"] = 250,
            ["hris_teams"] = 7,
            ["hris_join_employees_teams"] = 250,
        }, ignoreOrder: true);
        full["hris_employees"].Count.ShouldBe(250, "no page came twice");

        await source.ControlAsync(new { users = new[] { new { id = "user-00042", title = "Chief" } } });
        var delta = await ReadAsync(session, SyncType.Delta, watermarks);
        delta["hris_employees"].ShouldContain("user-00042");
        delta["hris_employees"].Count.ShouldBeLessThan(20);
        delta["hris_join_employees_teams"].Count.ShouldBe(250, "memberships are read whole");
    }

    [RequiresFact(Need.Sources)]
    public async Task A_SCIM_server_that_fails_now_and_then_is_read_whole()
    {
        await using var source = await SourceProcess.StartScimAsync(users: 30, groups: 2, token: "s3cret");
        await source.ControlAsync(new
        {
            faults = new object[]
            {
                new { kind = "status", status = 503, headers = new Dictionary<string, string> { ["Retry-After"] = "1" } },
                new { kind = "html" }, new { kind = "truncated" }, new { kind = "reset" },
            },
        });
        await using var session = TestSession.Open(BuiltInDefinitions.Find("scim")!, $"{source.Address}scim/v2"); // built in
        (await ReadAsync(session, SyncType.Full, []))["hris_employees"].Count.ShouldBe(30);
        session.Waits.Count.ShouldBe(4);
    }

    [RequiresFact(Need.Sources)]
    public async Task A_SCIM_record_without_id_is_an_error_and_the_others_arrive()
    {
        await using var source = await SourceProcess.StartScimAsync(users: 5, groups: 1, token: "s3cret");
        await source.ControlAsync(new { faults = new[] { new { kind = "withoutId", path = "/scim/v2/Users" } } });
        await using var session = Scim(source);
        var users = session.Session.Streams(SyncType.Full).Single(stream => stream.Name == "users");
        await foreach (var page in session.Session.ReadAsync(users, ReadFrom.Start, CancellationToken.None))
            using (page)
            {
                page.Batches.Single().Count.ShouldBe(4);
                page.Errors.Single().ShouldBe(new RecordError("hris_employees", null, "Resources[0]", "has no id"));
            }
    }

    [RequiresFact(Need.Sources)]
    public async Task A_wrong_SCIM_token_is_an_authentication_failure()
    {
        await using var source = await SourceProcess.StartScimAsync(users: 5, groups: 1, token: "another");
        await using var session = Scim(source);
        (await Should.ThrowAsync<SourceException>(() => ReadAsync(session, SyncType.Full, []))).Kind.ShouldBe(SourceFailure.Authentication);
    }

    [RequiresFact(Need.Sources)]
    public async Task The_sample_for_json_server_follows_its_links_and_reads_changes()
    {
        var yaml = await File.ReadAllTextAsync(RepositoryRoot.Combine("connectors", "samples", "json-server.yaml"));
        var definition = ConnectorDefinition.Load(yaml, "sample").Definition!; // loads, as another test shows
        await using var source = await SourceProcess.StartJsonServerAsync(employees: 250, departments: 5, token: "s3cret");
        await using var session = TestSession.Open(definition, source.Address.ToString().TrimEnd('/'), clock: TimeProvider.System);
        var watermarks = new Dictionary<string, string?>();
        var full = await ReadAsync(session, SyncType.Full, watermarks);
        full["hris_employees"].ShouldBe(Enumerable.Range(1, 250).Select(id => $"{id}"));
        (full["hris_teams"].Count, full["hris_join_employees_teams"].Count).ShouldBe((5, 250));
        watermarks["employees"].ShouldStartWith("2026-01-01T04:09:00");

        var delta = await ReadAsync(session, SyncType.Delta, watermarks);
        delta["hris_employees"].ShouldBe(["249", "250"], "from one minute before the newest");
    }

    static readonly SourceSettings SandboxSettings = TestSession.Settings with
    {
        Credentials = new SourceCredentials([KeyValuePair.Create("token", SandboxProcess.Token)]),
    };

    [Fact]
    public async Task All_of_the_sandbox_arrives_without_an_error_and_a_delta_brings_what_changed()
    {
        await using var source = await SandboxProcess.StartAsync(employees: 600);
        await using var session = TestSession.Open(
            BuiltInDefinitions.Find("sandbox")!, source.Address.ToString().TrimEnd('/'), SandboxSettings, TimeProvider.System); // built in
        var watermarks = new Dictionary<string, string?>();
        var full = await ReadAsync(session, SyncType.Full, watermarks);
        full.ToDictionary(pair => pair.Key, pair => pair.Value.Distinct().Count()).ShouldBe(await CountsAsync(source), ignoreOrder: true);

        var changed = full["hris_employees"][17];
        await source.ChangeAsync("employees", changed, new { job_title = "Chief" });
        (await ReadAsync(session, SyncType.Delta, watermarks))["hris_employees"].ShouldContain(changed);
        (await source.RequestsAsync()).ShouldContain(request => request.StartsWith("employees?limit=200&updated_since="));
    }

    static async Task<Dictionary<string, int>> CountsAsync(SandboxProcess source)
    {
        var counts = await source.CountsAsync();
        return new Dictionary<string, int>
        {
            ["hris_employees"] = counts["employees"],
            ["hris_employments"] = counts["employments"],
            ["hris_teams"] = counts["teams"],
            ["hris_join_employees_teams"] = counts["memberships"],
            ["hris_locations"] = counts["locations"],
            ["hris_absences"] = counts["absences"],
            ["hris_absence_types"] = counts["absence-types"],
        };
    }
}
