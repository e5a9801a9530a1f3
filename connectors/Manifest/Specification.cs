using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Kombo.Connectors.Expressions;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Scope;

namespace Kombo.Connectors.Manifest;

/// <summary>What a definition asks for: the properties of its connection specification.</summary>
/// <param name="Required">Names that must be there.</param>
/// <param name="AnyOf">If not empty, all names of at least one of these must be there.</param>
sealed record Specification(
    ImmutableArray<Property> Properties, ImmutableArray<string> Required, ImmutableArray<ImmutableArray<string>> AnyOf)
{
    public static Specification Empty { get; } = new([], [], []);

    public Property? Find(string name) => Properties.FirstOrDefault(property => property.Name == name);

    /// <summary>What is wrong with the parameters and the keys of the Secret.</summary>
    /// <param name="secretKeys">Null while the Secret is not there; then its keys are not judged.</param>
    public IEnumerable<Problem> Check(IntegrationSpec spec, string connector, IReadOnlyCollection<string>? secretKeys)
    {
        var parameters = spec.Parameters ?? ImmutableSortedDictionary<string, string>.Empty;
        foreach (var (name, value) in parameters)
            if (CheckParameter(name, value, connector) is { } message)
                yield return new Problem(Reasons.InvalidSpec, $"spec.parameters.{name}: {message}", NeedsEdit: true);
        foreach (var name in Required.Where(name => Find(name) is { IsSecret: false, Default: null } && !parameters.ContainsKey(name)))
            yield return new Problem(Reasons.InvalidSpec,
                $"spec.parameters: connector \"{connector}\" needs \"{name}\"{About(name)}; add it", NeedsEdit: true);
        foreach (var problem in CheckSecret(spec, connector, secretKeys))
            yield return problem;
    }

    string? CheckParameter(string name, string value, string connector) => Find(name) switch
    {
        null => $"connector \"{connector}\" has no such parameter"
            + (CloseNames.Hint(name, Public) is { Length: > 0 } hint ? hint
                : Public.Any() ? $"; it has: {string.Join(", ", Public)}"
                : "; it has none"),
        { IsSecret: true } => "is a secret; take it out here and put it into the Secret that spec.credentials.secretRef names, "
            + $"under the key \"{name}\"",
        var property => property.Problem(value),
    };

    IEnumerable<string> Public => Properties.Where(property => !property.IsSecret).Select(property => property.Name);

    IEnumerable<Problem> CheckSecret(IntegrationSpec spec, string connector, IReadOnlyCollection<string>? keys)
    {
        var needed = Required.Where(IsSecret).ToArray();
        var choices = AnyOf.Select(names => names.Where(IsSecret).ToArray()).Where(names => names.Length > 0).ToArray();
        if (needed.Length == 0 && choices.Length == 0)
            yield break;
        var either = choices.Select(names => string.Join(" and ", names.Select(Quoted)));
        var wanted = string.Join(", ", needed.Select(Quoted)
            .Concat(choices.Length > 0 ? [$"either {string.Join(", or ", either)}"] : []));
        if (spec.Credentials?.SecretRef is not { } secret)
            yield return new Problem(Reasons.CredentialsNotFound,
                $"spec.credentials.secretRef: connector \"{connector}\" needs a Secret with the keys {wanted}; "
                + "create one and name it here", NeedsEdit: true);
        else if (keys is not null)
        {
            var missing = needed.Where(name => !keys.Contains(name)).ToArray();
            if (missing.Length > 0 || (choices.Length > 0 && !choices.Any(names => names.All(keys.Contains))))
                yield return new Problem(Reasons.CredentialsNotFound,
                    $"Secret \"{secret.Name}\": connector \"{connector}\" needs the keys {wanted}; add what is missing",
                    NeedsEdit: false);
        }
    }

    bool IsSecret(string name) => Find(name) is { IsSecret: true };

    string About(string name) => Find(name)?.Title is { } title ? $" ({title})" : "";

    static string Quoted(string name) => $"\"{name}\"";
}

/// <summary>One property of a connection specification.</summary>
/// <param name="Type">string, boolean, integer or number.</param>
sealed record Property(string Name, string Type)
{
    public bool IsSecret { get; init; }
    public bool IsIdentity { get; init; }
    public string? Title { get; init; }
    public string? Default { get; init; }
    public ImmutableArray<string> Allowed { get; init; } = [];
    public Regex? Pattern { get; init; }

    /// <returns>What is wrong with a value; null if nothing is.</returns>
    public string? Problem(string value)
    {
        if (Type == "boolean" && value is not ("true" or "false"))
            return "must be \"true\" or \"false\"";
        if (Type == "integer" && !long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            return "must be a whole number";
        const NumberStyles decimals = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (Type == "number" && !decimal.TryParse(value, decimals, CultureInfo.InvariantCulture, out _))
            return "must be a number";
        if (!Allowed.IsEmpty && !Allowed.Contains(value))
            return $"must be one of: {string.Join(", ", Allowed)}";
        if (Pattern?.IsMatch(value) == false)
            return $"must match {Pattern}{(Title is null ? "" : $" ({Title})")}: correct it";
        return value.Length == 0 ? "is empty" : null;
    }

    public Value Typed(string? text) => (Type, text) switch
    {
        (_, null) => Value.Null,
        ("boolean", _) => Value.Of(text == "true"),
        ("integer" or "number", _) when decimal.TryParse(text, CultureInfo.InvariantCulture, out var number) => Value.Of(number),
        _ => Value.Of(text),
    };
}
