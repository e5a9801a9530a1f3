using System.Collections.Frozen;
using System.Collections.Immutable;
using Kombo.Connectors.Expressions;
using Kombo.Connectors.Manifest;

namespace Kombo.Connectors.Reading;

/// <summary>The <c>config</c> of expressions: parameters, their defaults, credentials.</summary>
sealed class Settings : ValueMap
{
    readonly FrozenDictionary<string, Value> values;

    /// <param name="secret">Gives a credential's value; null where there is none.</param>
    public Settings(
        Specification specification, ImmutableSortedDictionary<string, string>? parameters, Func<string, string?> secret) =>
        values = specification.Properties.ToFrozenDictionary(
            property => property.Name,
            property => property.IsSecret
                ? Value.Of(secret(property.Name))
                : property.Typed(parameters?.GetValueOrDefault(property.Name) ?? property.Default),
            StringComparer.Ordinal);

    public override Value Find(string name) => values.GetValueOrDefault(name);

    public override string ToString() => $"Settings({values.Count} keys)";
}
