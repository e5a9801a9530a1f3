using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Crds.Manifests;
using Kombo.Crds.Schema;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

/// <summary>Our own kinds, made of the same definitions that a real cluster gets, schema included.</summary>
public static class KomboKinds
{
    public static ImmutableArray<ClusterKind> All { get; } =
    [
        Of(SchemaValidator.Of<V1Alpha1Integration>(), "integrations"),
        Of(SchemaValidator.Of<V1Alpha1SyncSchedule>(), "syncschedules"),
    ];

    static ClusterKind Of(SchemaValidator validator, string plural) => CustomKind.FromDefinition(
        ManifestReader.Read(CustomResources.DefinitionYaml(plural)).Single().AsObject(),
        candidate => Admit(validator, candidate));

    static IReadOnlyList<V1StatusCause> Admit(SchemaValidator validator, JsonObject candidate)
    {
        validator.Prune(candidate);
        return [.. validator.Validate(candidate).Select(error => new V1StatusCause
        {
            Reason = "FieldValueInvalid",
            Field = error.Field,
            Message = error.Message,
        })];
    }
}
