using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Rendering;

/// <summary>values.yaml, its schema and its table in the README say the same.</summary>
public sealed class ValuesTests
{
    static readonly JsonNode Values = ManifestReader.Read(Read("values.yaml")).Single();
    static readonly JsonNode Schema = JsonNode.Parse(Read("values.schema.json"))!; // it is not the word null

    public static TheoryData<string, string, string> Bad => new()
    {
        { "a name that does not exist", "operator.replica=3", "additional properties 'replica' not allowed" },
        { "a name at the top", "replicas=3", "additional properties 'replicas' not allowed" },
        { "a text for a number", "operator.replicas=many", "got string, want integer" },
        { "too few replicas", "operator.replicas=-1", "minimum" },
        { "a capacity of none", "operator.maxActiveSyncs=0", "minimum" },
        { "a number for a time", "operator.resync=600", "/operator/resync" },
        { "a time that is none", "operator.jobTimeToLive=1h", "/operator/jobTimeToLive" },
        { "a list for a text", "database.operatorSecret={a,b}", "got array, want string" },
        { "a name that no Secret has", "database.workerSecret=Kombo_Database", "/database/workerSecret" },
        { "a short digest", "worker.image.digest=sha256:abc", "/worker/image/digest" },
        { "an unknown policy", "worker.image.pullPolicy=Sometimes", "/worker/image/pullPolicy" },
        { "a quantity that is none", "worker.resources.limits.memory=512 MB", "/worker/resources/limits/memory" },
        { "a host with a comma", "worker.allowedHosts[0]=a\\,b", "/worker/allowedHosts/0" },
        { "an unknown render mode", "monitoring.serviceMonitor.renderMode=perhaps", "/monitoring/serviceMonitor/renderMode" },
        { "an option past its value", "operator.extraEnv[0].name=KOMBO_Operator__Concurrency", "/operator/extraEnv/0/name" },
        { "a port too high", "operator.healthPort=70000", "maximum" },
    };

    [RequiresTheory(Need.Helm), MemberData(nameof(Bad))]
    public async Task A_bad_value_is_refused_and_named(string what, string value, string expected)
    {
        var refused = await Should.ThrowAsync<InvalidOperationException>(() => Helm.TemplateAsync("--set", value), what);
        refused.Message.ShouldContain("don't meet the specifications of the schema", customMessage: what);
        refused.Message.ShouldContain(expected, customMessage: what);
    }

    [Fact]
    public void No_object_of_the_schema_takes_names_that_it_does_not_know() => Objects(Schema, "")
        .Where(found => found.Schema["properties"] is not null && found.Schema["additionalProperties"]?.ToJsonString() != "false")
        .Select(found => found.Path).ShouldBeEmpty();

    [Fact]
    public void Schema_and_values_know_the_same_names() =>
        Leaves(Schema, "").Where(path => path != "global").ShouldBe(Leaves(Values).Select(value => value.Path), ignoreOrder: true);

    [Fact]
    public async Task The_README_lists_every_value_with_its_default_and_meaning()
    {
        const string begin = "<!-- values -->\n", end = "<!-- end of values -->";
        var file = Path.Combine(Helm.Chart, "README.md");
        var text = Read("README.md");
        var from = text.IndexOf(begin, StringComparison.Ordinal) + begin.Length;
        var to = text.IndexOf(end, StringComparison.Ordinal);
        await Golden.MatchesAsync(text[..from] + ValuesTable.Of(Read("values.yaml")) + text[to..], file);
    }

    [Fact]
    public void Every_value_has_a_meaning() =>
        ValuesTable.Rows(Read("values.yaml")).Where(row => row.Meaning.Length == 0).Select(row => row.Path).ShouldBeEmpty();

    [Fact]
    public void The_table_has_a_row_for_each_value() =>
        ValuesTable.Rows(Read("values.yaml")).Select(row => row.Path).ShouldBe(Leaves(Values).Select(value => value.Path));

    static string Read(string file) => File.ReadAllText(Path.Combine(Helm.Chart, file));

    // Maps that a user fills are leaves, as their schema has no names; so are quantities.
    static IEnumerable<(string Path, JsonNode? Value)> Leaves(JsonNode values) => Walk(values, "", Schema);

    static IEnumerable<(string Path, JsonNode? Value)> Walk(JsonNode? value, string path, JsonNode? schema)
    {
        if (value is not JsonObject named || IsFree(path) || Resolve(schema)?["properties"] is not JsonObject properties)
            return [(path, value)];
        return named.SelectMany(pair => Walk(pair.Value, Join(path, pair.Key), properties[pair.Key]));
    }

    static IEnumerable<string> Leaves(JsonNode? schema, string path) => Resolve(schema)?["properties"] is JsonObject properties && !IsFree(path)
        ? properties.SelectMany(pair => Leaves(pair.Value, Join(path, pair.Key)))
        : [path];

    // Objects of Kubernetes: their names are not values of ours.
    static bool IsFree(string path) => path == "operator.affinity";

    static JsonNode? Resolve(JsonNode? schema) =>
        schema?["$ref"]?.ToString() is { } reference ? Schema["definitions"]?[reference.Split('/')[^1]] : schema;

    static string Join(string path, string key) => path.Length == 0 ? key : $"{path}.{key}";

    static IEnumerable<(string Path, JsonNode Schema)> Objects(JsonNode? node, string path) => node switch
    {
        JsonObject found => (found["type"]?.ToString() == "object" ? [(path, found)] : Enumerable.Empty<(string, JsonNode)>())
            .Concat(found.SelectMany(pair => Objects(pair.Value, $"{path}/{pair.Key}"))),
        JsonArray list => list.SelectMany(item => Objects(item, path)),
        _ => [],
    };
}
