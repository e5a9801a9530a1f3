using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Testing;

namespace Kombo.Chart.Tests;

/// <summary>The scripts that docs/argocd.md gives to Argo CD, run by Lua.</summary>
public sealed class ArgoCdTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly JsonNode Settings = ReadSettings();

    public static TheoryData<string, string, string> Integrations => new()
    {
        { "new", "{metadata: {generation: 1}}", "Progressing the operator has not seen this version yet" },
        { "edited", "{metadata: {generation: 2}, status: {observedGeneration: 1, conditions: []}}", "Progressing the operator has not seen this version yet" },
        { "not judged yet", With(), "Progressing waiting for the operator" },
        { "unknown", With("Ready Unknown Progressing"), "Progressing Progressing!" },
        { "ready", With("Ready True Succeeded"), "Healthy Succeeded!" },
        { "syncing", With("Ready True Succeeded", "Synchronizing True SyncInProgress"), "Healthy Succeeded!" },
        { "last sync failed", With("Ready True Succeeded", "SyncSucceeded False Failed"), "Healthy Succeeded!" },
        { "suspended", With("Ready True Suspended"), "Suspended Suspended!" },
        { "failing for long", With("Ready False FailureThresholdReached"), "Degraded FailureThresholdReached!" },
        { "stalled", With("Ready False InvalidSpec", "Stalled True InvalidScope"), "Degraded InvalidScope!" },
    };

    public static TheoryData<string, string, string> Schedules => new()
    {
        { "new", "{metadata: {generation: 1}}", "Progressing the operator has not seen this version yet" },
        { "good", With("Ready True Succeeded"), "Healthy " },
        { "bad", With("Stalled True InvalidSchedule"), "Degraded InvalidSchedule!" },
    };

    [RequiresTheory(Need.Lua), MemberData(nameof(Integrations))]
    public async Task An_Integration_is_as_healthy_as_its_conditions_say(string state, string integration, string expected) =>
        (await HealthAsync("Integration", integration)).ShouldBe(expected, state);

    [RequiresTheory(Need.Lua), MemberData(nameof(Schedules))]
    public async Task A_SyncSchedule_is_as_healthy_as_its_conditions_say(string state, string schedule, string expected) =>
        (await HealthAsync("SyncSchedule", schedule)).ShouldBe(expected, state);

    [RequiresTheory(Need.Lua)]
    [InlineData("sync-full", "full")]
    [InlineData("sync-delta", "delta")]
    public async Task An_action_asks_for_a_sync_as_an_annotation_does(string action, string type)
    {
        var script = Actions.Items("definitions").Single(each => each.Text("name") == action).Text("action.lua")!;
        const string print = """
            print(result.metadata.annotations["kombo.dev/requestedSync"], result.metadata.annotations["kombo.dev/requestedAt"], result.spec.connector)
            """;
        var words = (await RunAsync(script, "{metadata: {generation: 1}, spec: {connector: scim}}", print)).Split('\t');
        words[0].ShouldBe(type);
        DateTimeOffset.Parse(words[1], CultureInfo.InvariantCulture).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
        words[2].ShouldBe("scim");
    }

    [RequiresTheory(Need.Lua)]
    [InlineData("{spec: {suspend: true}}", "true\ttrue")]
    [InlineData("{spec: {connector: scim}}", "false\tfalse")]
    public async Task Actions_are_offered_unless_it_is_suspended(string integration, string expected) =>
        (await RunAsync(Actions.Text("discovery.lua")!, integration, """print(result["sync-full"].disabled, result["sync-delta"].disabled)"""))
            .ShouldBe(expected);

    static JsonNode Actions => ManifestReader.Read(Settings.Text("resource.customizations.actions.kombo.dev_Integration")!).Single();

    static Task<string> HealthAsync(string kind, string manifest) => RunAsync(
        Settings.Text($"resource.customizations.health.kombo.dev_{kind}")!, manifest, """io.write(result.status, " ", result.message)""");

    static async Task<string> RunAsync(string script, string manifest, string print)
    {
        var lua = $"obj = {Table(ManifestReader.Read(manifest).Single())}\nlocal result = (function()\n{script}\nend)()\n{print}\n";
        return await ChildProcess.RunAsync(new ChildProcessStart { Program = "lua5.1", Arguments = ["-e", lua] }, Deadline);
    }

    static string With(params string[] conditions)
    {
        var items = conditions.Select(text => text.Split(' ')).Select(
            words => $"{{type: {words[0]}, status: \"{words[1]}\", reason: {words[2]}, message: {words[2]}!}}");
        return $"{{metadata: {{generation: 3}}, status: {{observedGeneration: 3, conditions: [{string.Join(", ", items)}]}}}}";
    }

    // As Argo CD hands objects to a script.
    static string Table(JsonNode? node) => node switch
    {
        JsonObject named => named.Aggregate(new StringBuilder("{"), (text, pair) => text.Append(CultureInfo.InvariantCulture, $"[\"{pair.Key}\"]={Table(pair.Value)},"))
            .Append('}').ToString(),
        JsonArray list => $"{{{string.Join(',', list.Select(Table))}}}",
        null => "nil",
        _ => node.ToJsonString(),
    };

    static JsonNode ReadSettings()
    {
        const string begin = "```yaml\n", end = "```\n";
        var page = File.ReadAllText(RepositoryRoot.Combine("docs", "argocd.md"));
        var from = page.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        return ManifestReader.Read(page[from..page.IndexOf(end, from, StringComparison.Ordinal)]).Single();
    }
}
