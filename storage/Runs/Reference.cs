using System.Collections.Immutable;
using Kombo.Core.Models;

namespace Kombo.Storage.Runs;

/// <summary>A column that holds ids of another model's records.</summary>
/// <param name="Kind">How a dangling one is served: null; kept, its computed id; or withheld, the whole record, because the
/// answer must embed the target.</param>
sealed record Reference(string Model, string Field, string Target, string Kind)
{
    public static ImmutableArray<Reference> Of(ModelCatalog catalog) =>
    [
        .. from model in catalog.Models
           from field in model.Fields
           where field.Ref is not null
           select new Reference(model.Name, field.Name, field.Ref ?? "", KindOf(model, field)),
    ];

    static string KindOf(Model model, Field field) =>
        field.Nullable ? "null"
        : model.Relations.Any(relation => relation.Column == field.Name && !relation.Nullable) ? "withheld"
        : "kept";

    /// <summary>Parameters of the statements of <see cref="ReferenceSql"/>.</summary>
    public ReferenceLook Of(string integrationId, DateTimeOffset since) => new(integrationId, since, Model, Field, Target, Kind);
}

/// <param name="Since">What changed before is not looked at.</param>
sealed record ReferenceLook(string IntegrationId, DateTimeOffset Since, string Model, string Field, string Target, string Kind);
