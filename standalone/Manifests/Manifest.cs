using System.Collections.Immutable;
using System.Text.Json.Nodes;

namespace Kombo.Standalone.Manifests;

/// <summary>One object as it is written in a file.</summary>
/// <param name="Json">With kind, version and namespace filled in; never changed.</param>
/// <param name="File">Relative to the folder.</param>
internal sealed record Manifest(ManifestKey Key, JsonObject Json, string File, int Line);

/// <summary>Something in the folder that cannot be used.</summary>
/// <param name="Line">1 is the first; 0 where no line can be named.</param>
/// <param name="Field">Path such as <c>spec.connector</c>; empty where the whole document is meant.</param>
internal sealed record ManifestProblem(string File, int Line, string Field, string Message)
{
    public override string ToString() => (Line, Field) switch
    {
        (0, _) => $"{File}: {Message}",
        (_, "") => $"{File}:{Line}: {Message}",
        _ => $"{File}:{Line}: {Field}: {Message}",
    };
}

/// <summary>What one file holds.</summary>
internal sealed record FileReading(
    string File, ImmutableArray<Manifest> Manifests, ImmutableArray<ManifestProblem> Problems);

/// <summary>What was made of a manifest the last time.</summary>
internal sealed record AppliedManifest(ManifestKey Key, JsonObject Json, string File);
