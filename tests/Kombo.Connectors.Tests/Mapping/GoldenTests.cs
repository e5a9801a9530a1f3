using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Kombo.Testing;

namespace Kombo.Connectors.Tests.Mapping;

/// <summary>One folder a case: <c>input.json</c> is an answer of the source and what is read of it, <c>definition.yaml</c> a
/// definition (else a built-in one), <c>expected.json</c> what reaches the mirror. UPDATE_GOLDEN=1 writes the latter anew.</summary>
public sealed class GoldenTests
{
    static readonly JsonSerializerOptions Options = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    static readonly JsonSerializerOptions Camel = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };
    static readonly string Folder = RepositoryRoot.Combine("tests", "Kombo.Connectors.Tests", "Cases");

    public static TheoryData<string> Cases => [.. Directory.EnumerateDirectories(Folder).Select(folder => Path.GetFileName(folder)).Order(StringComparer.Ordinal)];

    [Theory, MemberData(nameof(Cases))]
    public async Task Maps(string name)
    {
        var folder = Path.Combine(Folder, name);
        using var input = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "input.json")));
        var actual = (await MapAsync(folder, input.RootElement)).ToJsonString(Options) + "\n";
        var golden = Path.Combine(folder, "expected.json");
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1" && !Requirements.IsCi)
            await File.WriteAllTextAsync(golden, actual);
        actual.ShouldBe(await File.ReadAllTextAsync(golden), $"{name}; UPDATE_GOLDEN=1 writes it anew if this is right");
    }

    static async Task<JsonObject> MapAsync(string folder, JsonElement input)
    {
        var definition = Definition(folder, input);
        await using var source = await TestSource.StartAsync(TestSource.Json(input.GetProperty("answer").GetRawText()));
        await using var session = TestSession.Open(definition, source.Url, TestSession.Settings with
        {
            Scope = Scope(input),
            Parameters = Parameters(input),
        });
        var stream = session.Session.Streams(SyncType.Full).Single(stream => stream.Name == input.GetProperty("stream").GetString());
        var result = new JsonObject();
        await foreach (var page in session.Session.ReadAsync(stream, ReadFrom.Start, CancellationToken.None))
            using (page)
                Add(page, result);
        return result;
    }

    static void Add(SourcePage page, JsonObject result)
    {
        foreach (var batch in page.Batches)
            result[batch.Model.Name] = new JsonArray([.. Enumerable.Range(0, batch.Count).Select(index => RowText.Of(batch, index))]);
        if (page.Watermark is { } watermark)
            result["watermark"] = watermark;
        if (!page.Errors.IsEmpty)
            result["errors"] = new JsonArray([.. page.Errors.Select(error => JsonValue.Create($"{error.Model} {error.RemoteId ?? "without id"}: {error.Path} {error.Reason}"))]);
    }

    static ConnectorDefinition Definition(string folder, JsonElement input)
    {
        var own = Path.Combine(folder, "definition.yaml");
        if (!File.Exists(own))
            return BuiltInDefinitions.Find(input.GetProperty("connector").GetString() ?? "") ?? throw new InvalidOperationException($"{folder} names no connector");
        var (definition, problems) = ConnectorDefinition.Load(File.ReadAllText(own), Path.GetFileName(folder));
        return definition ?? throw new InvalidOperationException(string.Join("\n", problems.Select(problem => problem.Message)));
    }

    static ImmutableSortedDictionary<string, string> Parameters(JsonElement input) =>
        input.TryGetProperty("parameters", out var parameters)
            ? parameters.Deserialize<Dictionary<string, string>>()!.ToImmutableSortedDictionary() // an object, by the test's own file
            : ImmutableSortedDictionary<string, string>.Empty;

    static CompiledScope Scope(JsonElement input)
    {
        var spec = input.TryGetProperty("scope", out var models) ? new ScopeSpec(models.Deserialize<ImmutableArray<ScopeModelSpec>>(Camel)) : null;
        return CompiledScope.Compile(spec, ModelCatalog.Default).Scope ?? throw new InvalidOperationException("the case's scope does not compile");
    }
}
