using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Kubernetes;

namespace Kombo.Crds.Schema;

/// <summary>
/// Says what an API server would say to an object of ours, by the schema of the same CustomResourceDefinition. Rules
/// in CEL are not evaluated, as by a server that does not know them; the operator checks those again.
/// </summary>
public sealed class SchemaValidator
{
    static readonly ConcurrentDictionary<string, SchemaValidator> Known = new();

    SchemaValidator(StructuralSchema schema) => Schema = schema;

    public StructuralSchema Schema { get; }

    /// <summary>The validator of a kind of ours.</summary>
    public static SchemaValidator Of<T>() => Of(KubernetesEntityAttribute.Of<T>().PluralName);

    /// <returns>Null if the kind is not one of ours.</returns>
    public static SchemaValidator? Find(string apiVersion, string kind) => (apiVersion, kind) switch
    {
        ("kombo.dev/v1alpha1", "Integration") => Of("integrations"),
        ("kombo.dev/v1alpha1", "SyncSchedule") => Of("syncschedules"),
        _ => null,
    };

    /// <summary>All errors of an object; empty if it is valid. Unknown fields are no errors: they are pruned.</summary>
    public ImmutableArray<SchemaError> Validate(JsonObject entity)
    {
        var errors = ImmutableArray.CreateBuilder<SchemaError>();
        new ValueCheck(errors).Check(entity, Schema, "");
        return errors.DrainToImmutable();
    }

    /// <summary>Removes, in place, nulls and what the schema does not name. Metadata are left alone.</summary>
    public void Prune(JsonObject entity)
    {
        foreach (var (name, value) in entity.ToArray())
        {
            if (name == "metadata")
                continue;
            if (value is not null && Schema.Properties.TryGetValue(name, out var known))
                Prune(value, known);
            else
                entity.Remove(name);
        }
    }

    static SchemaValidator Of(string plural) => Known.GetOrAdd(plural, static plural =>
    {
        var definition = ManifestReader.Read(CustomResources.DefinitionYaml(plural)).Single();
        var version = definition["spec"]!["versions"]![0]!; // our own file, which tests read too
        return new SchemaValidator(SchemaReader.Read(version["schema"]!["openAPIV3Schema"]!));
    });

    static void Prune(JsonNode? value, StructuralSchema schema)
    {
        if (value is JsonArray array && schema.Items is { } items)
            foreach (var item in array)
                Prune(item, items);
        if (value is not JsonObject entity
            || (schema.Properties.IsEmpty && schema.AdditionalProperties is null && schema.Type != "object"))
            return;
        foreach (var (name, child) in entity.ToArray())
        {
            if (child is not null
                && (schema.Properties.GetValueOrDefault(name) ?? schema.AdditionalProperties) is { } known)
                Prune(child, known);
            else
                entity.Remove(name);
        }
    }
}
