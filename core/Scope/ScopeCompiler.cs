using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Core.Planning;
using Kombo.Core.Resources;

namespace Kombo.Core.Scope;

/// <summary>Turns a scope as written into bitmaps and collects all that is wrong with it.</summary>
sealed class ScopeCompiler(ModelCatalog catalog)
{
    readonly Dictionary<string, StoredModel> stored = new(StringComparer.Ordinal);

    public List<Problem> Problems { get; } = [];

    public static Dictionary<string, StoredModel> Everything(ModelCatalog catalog) =>
        catalog.Models.ToDictionary(
            model => model.Name, model => new StoredModel(NonSensitive(model), RemoteData: false));

    public Dictionary<string, StoredModel> Compile(ScopeSpec? spec)
    {
        if (spec?.Models is not { } models)
            return Everything(catalog);
        if (models is [])
            Add("scope.models",
                "is empty, so nothing would be synced: name at least one model, or leave models out for all");
        foreach (var model in models)
            Compile(model);
        foreach (var join in catalog.Models.Where(model => model.Kind == ModelKind.Join && IsLinked(model)))
            stored[join.Name] = new(NonSensitive(join), RemoteData: false);
        return stored;
    }

    bool IsLinked(Model join) =>
        Links(join).All(side => stored.ContainsKey(side));

    static IEnumerable<string> Links(Model join) => new[] { join.Left, join.Right, join.Per }.OfType<string>();

    void Compile(ScopeModelSpec spec)
    {
        if (catalog.Find(spec.Name) is not { } model)
            Add("scope.models", $"\"{spec.Name}\" is not a model{CloseNames.Hint(spec.Name, Nameable)}");
        else if (model.Kind == ModelKind.Join)
            Add("scope.models",
                $"\"{spec.Name}\" cannot be named: it is in scope when {string.Join(" and ", Links(model))} are; leave it out");
        else if (!stored.TryAdd(spec.Name, new(Fields(model, spec), spec.RemoteData ?? false)))
            Add("scope.models", $"\"{spec.Name}\" is named twice: put its settings into one entry");
    }

    IEnumerable<string> Nameable =>
        catalog.Models.Where(model => model.Kind != ModelKind.Join).Select(model => model.Name);

    ImmutableArray<bool> Fields(Model model, ScopeModelSpec spec)
    {
        if (spec is { Include: not null, Exclude: not null })
            Add(Path(model), "has both include and exclude: keep one of them");
        var include = Known(model, "include", spec.Include);
        var exclude = Known(model, "exclude", spec.Exclude);
        var sensitive = Known(model, "includeSensitive", spec.IncludeSensitive);
        CheckSensitive(model, include, exclude, sensitive);
        CheckRequired(model, include, exclude);
        return [.. model.Fields.Select(field => field.Sensitive
            ? sensitive?.Contains(field) ?? false
            : include?.Contains(field) ?? !(exclude?.Contains(field) ?? false))];
    }

    HashSet<Field>? Known(Model model, string list, ImmutableArray<string>? names)
    {
        if (names is not { } given)
            return null;
        var known = new HashSet<Field>(ReferenceEqualityComparer.Instance);
        foreach (var name in given)
            if (model.Find(name) is { } field)
                known.Add(field);
            else
                Add($"{Path(model)}.{list}", $"{model.Name} has no field \"{name}\"{Hint(model, name)}");
        return known;
    }

    static string Hint(Model model, string name) =>
        CloseNames.Hint(name, model.Fields.Select(field => field.Name)) is { Length: > 0 } hint ? hint : "; take it out";

    void CheckSensitive(Model model, HashSet<Field>? include, HashSet<Field>? exclude, HashSet<Field>? sensitive)
    {
        foreach (var field in include?.Where(field => field.Sensitive) ?? [])
            Add($"{Path(model)}.include", $"{field.Name} is a sensitive field: name it in includeSensitive instead");
        foreach (var field in sensitive?.Where(field => !field.Sensitive) ?? [])
            Add($"{Path(model)}.includeSensitive",
                $"{field.Name} is not a sensitive field: take it out here (it is in unless include or exclude leave it "
                + "out)");
        foreach (var field in sensitive?.Where(field => field.Sensitive && exclude?.Contains(field) == true) ?? [])
            Add($"{Path(model)}.exclude", $"{field.Name} is in includeSensitive as well: keep it in one of the two");
    }

    void CheckRequired(Model model, HashSet<Field>? include, HashSet<Field>? exclude)
    {
        foreach (var field in model.Fields.Where(field => !field.Nullable))
            if (exclude?.Contains(field) == true)
                Add($"{Path(model)}.exclude", $"{Required(model, field)}: take it out of exclude, or leave {model.Name} out");
            else if (include?.Contains(field) == false)
                Add($"{Path(model)}.include", $"{Required(model, field)}: add it to include, or leave {model.Name} out");
    }

    static string Required(Model model, Field field) =>
        $"{field.Name} cannot be left out, because each of {model.Name} must say its {field.Ref ?? field.Name}";

    static string Path(Model model) => $"scope.models[{model.Name}]";

    void Add(string path, string message) =>
        Problems.Add(new Problem(Reasons.InvalidScope, $"spec.{path}: {message}", NeedsEdit: true));

    static ImmutableArray<bool> NonSensitive(Model model) => [.. model.Fields.Select(field => !field.Sensitive)];
}
