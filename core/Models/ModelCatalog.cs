using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kombo.Core.Models;

/// <summary>Every HRIS and ATS model, read from <c>catalog.json</c>, the one file that also drives tables, mapping
/// checks, API routes and OpenAPI.</summary>
public sealed class ModelCatalog
{
    readonly FrozenDictionary<string, Model> byName;

    internal ModelCatalog(ImmutableArray<Model> models)
    {
        Models = models;
        byName = models.ToFrozenDictionary(model => model.Name, StringComparer.Ordinal);
    }

    static readonly Lazy<ModelCatalog> Shared = new(Load);

    /// <summary>The catalog of this build; read once.</summary>
    public static ModelCatalog Default => Shared.Value;

    /// <summary>In the file's order: records, embedded models, joins.</summary>
    public ImmutableArray<Model> Models { get; }

    /// <summary>The model of that name; null if there is none.</summary>
    public Model? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The model of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none: a mistake in the program, not in user input.</exception>
    public Model Get(string name) =>
        Find(name) ?? throw new KeyNotFoundException($"the catalog has no model \"{name}\"");

    static ModelCatalog Load()
    {
        using var stream = typeof(ModelCatalog).Assembly.GetManifestResourceStream("catalog.json")
            ?? throw new InvalidOperationException("catalog.json is not embedded in Kombo.Core");
        var file = JsonSerializer.Deserialize(stream, CatalogJson.Default.CatalogFile)
            ?? throw new InvalidOperationException("catalog.json is empty");
        return new ModelCatalog(file.Models);
    }
}

sealed record CatalogFile(int Version, ImmutableArray<Model> Models);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    PropertyNameCaseInsensitive = true)]
[JsonSerializable(typeof(CatalogFile))]
sealed partial class CatalogJson : JsonSerializerContext;
