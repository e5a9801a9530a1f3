using System.Collections.Immutable;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Scope;

namespace Kombo.Connectors;

/// <summary>A connector: how to read a kind of source and how its records become records of the catalog's models.</summary>
public sealed class ConnectorDefinition
{
    ConnectorDefinition(string name, string label, string category) => (Name, Label, Category) = (name, label, category);

    /// <summary>Also the tool in ids, e.g. <c>bamboohr</c>.</summary>
    public string Name { get; }

    public string Label { get; }

    /// <summary>HRIS or ATS.</summary>
    public string Category { get; }

    public ImmutableArray<ModelDefinition> Models { get; private init; } = [];

    public ImmutableArray<ParameterDefinition> Parameters { get; private init; } = [];

    /// <param name="yaml">The file's text.</param>
    /// <param name="name">How messages call it, e.g. <c>sandbox</c> or <c>ConfigMap acme-connector, key connector.yaml</c>.</param>
    /// <returns>The definition, or null and all that is wrong with the file.</returns>
    public static (ConnectorDefinition? Definition, ImmutableArray<Problem> Problems) Load(string yaml, string name) =>
        throw new NotImplementedException(yaml + name);

    /// <summary>What is wrong with an Integration that uses this definition; empty when a sync can start.</summary>
    /// <param name="credentialKeys">Keys of the Secret; null while the Secret is not there (which the caller reports).</param>
    public ImmutableArray<Problem> Check(IntegrationSpec spec, IReadOnlyCollection<string>? credentialKeys) =>
        throw new NotImplementedException(Name);

    public ConnectorFacts Facts(IntegrationSpec spec, CompiledScope scope) => throw new NotImplementedException(Name);
}
