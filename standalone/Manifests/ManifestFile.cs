using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Crds.Schema;

namespace Kombo.Standalone.Manifests;

/// <summary>Reads a file of one or several YAML documents. Pure: text in, manifests and problems out.</summary>
internal static class ManifestFile
{
    const string DefaultNamespace = "default";

    /// <param name="file">For messages.</param>
    public static FileReading Read(string file, string text)
    {
        try
        {
            var documents = ManifestReader.Read(text);
            var lines = LineMap.Read(text);
            var results = documents.Zip(lines, (document, map) => Read(file, document, map)).ToList();
            return new FileReading(
                file,
                [.. results.Select(result => result.Manifest).OfType<Manifest>()],
                [.. results.SelectMany(result => result.Problems)]);
        }
        catch (FormatException exception) // says where
        {
            return new FileReading(file, [], [new ManifestProblem(file, 0, "", exception.Message)]);
        }
    }

    static (Manifest? Manifest, ImmutableArray<ManifestProblem> Problems) Read(
        string file, JsonNode document, LineMap lines)
    {
        if (document is not JsonObject json)
        {
            const string Expected = "an object with apiVersion, kind and metadata is expected";
            return (null, [new ManifestProblem(file, lines.First, "", Expected)]);
        }

        var errors = Check(json);
        if (!errors.IsEmpty)
            return (null,
            [
                .. errors.Select(error =>
                    new ManifestProblem(file, lines.LineOf(error.Field), error.Field, error.Message))
            ]);
        var metadata = json["metadata"]!.AsObject(); // checked
        metadata["namespace"] ??= DefaultNamespace;
        if (Text(json, "kind") == "Secret")
            EncodePlainText(json);
        // checked
        var key = new ManifestKey(Text(json, "kind")!, Text(metadata, "namespace")!, Text(metadata, "name")!);
        return (new Manifest(key, json, file, lines.First), []);
    }

    static ImmutableArray<SchemaError> Check(JsonObject json)
    {
        var (version, kind) = (Text(json, "apiVersion"), Text(json, "kind"));
        if (version is null || kind is null)
            return [new SchemaError(version is null ? "apiVersion" : "kind", "Required value")];
        if (!ManifestKinds.IsKnown(version, kind))
            return
            [
                new SchemaError(
                    "kind",
                    $"{kind} of {version} is none that this folder may hold; it may hold {ManifestKinds.Names}"),
            ];
        if (json["metadata"] is not JsonObject metadata || Text(metadata, "name") is not { Length: > 0 })
            return [new SchemaError("metadata.name", "Required value")];
        return [.. MetadataCheck.Check(metadata), .. SpecCheck.Check(version, kind, json)];
    }

    // As the API server does; here already, so that a key that leaves the file leaves the Secret.
    static void EncodePlainText(JsonObject secret)
    {
        if (secret["stringData"] is not JsonObject plain)
            return;
        if (secret["data"] is not JsonObject data)
            secret["data"] = data = [];
        foreach (var (key, value) in plain)
            data[key] = Convert.ToBase64String(Encoding.UTF8.GetBytes(value!.GetValue<string>())); // checked
        secret.Remove("stringData");
    }

    static string? Text(JsonObject json, string name) =>
        json[name] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
