using System.Collections.Concurrent;
using System.Collections.Immutable;

namespace Kombo.Connectors;

/// <summary>The definitions that are part of this build, each loaded once when first asked for.</summary>
public static class BuiltInDefinitions
{
    const string Folder = "definitions/";
    const string Extension = ".yaml";
    static readonly ConcurrentDictionary<string, ConnectorDefinition> Loaded = new(StringComparer.Ordinal);

    public static ImmutableArray<string> Names { get; } =
    [
        .. typeof(BuiltInDefinitions).Assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Folder, StringComparison.Ordinal))
            .Select(resource => resource[Folder.Length..^Extension.Length])
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The built-in definition of that name; null if there is none.</summary>
    public static ConnectorDefinition? Find(string name) =>
        Names.Contains(name, StringComparer.Ordinal) ? Loaded.GetOrAdd(name, Load) : null;

    static ConnectorDefinition Load(string name)
    {
        using var stream = typeof(BuiltInDefinitions).Assembly.GetManifestResourceStream($"{Folder}{name}{Extension}")
            ?? throw new InvalidOperationException($"the definition \"{name}\" is not embedded");
        using var reader = new StreamReader(stream);
        var (definition, problems) = ConnectorDefinition.Load(reader.ReadToEnd(), name);
        return definition ?? throw new InvalidOperationException(
            $"the built-in definition \"{name}\" does not load: {string.Join("; ", problems.Select(problem => problem.Message))}");
    }
}
