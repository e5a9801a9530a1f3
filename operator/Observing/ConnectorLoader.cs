using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Connectors;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Observing;

/// <summary>The definition that an Integration names: a built-in one, or one from a ConfigMap, which is read each time
/// and loaded again only when it changed.</summary>
sealed class ConnectorLoader(IKubernetesClient client)
{
    // Definitions are few; this only bounds what a stream of edits could pile up.
    const int MostKept = 500;

    readonly ConcurrentDictionary<Source, (string Version, LoadedConnector Connector)> kept = new();

    public async Task<LoadedConnector> LoadAsync(
        string namespaceName, IntegrationSpec spec, CancellationToken cancellationToken) =>
        spec switch
        {
            { Connector: { Length: > 0 } name, ConnectorFrom: null } => BuiltIn(name),
            { Connector: null or "", ConnectorFrom.ConfigMapKeyRef: { Name.Length: > 0, Key.Length: > 0 } reference } =>
                await FromConfigMapAsync(namespaceName, reference, cancellationToken),
            _ => new(null, []), // the check of the spec tells
        };

    static LoadedConnector BuiltIn(string name)
    {
        if (BuiltInDefinitions.Find(name) is { } definition)
            return new(definition, []);
        var names = string.Join(", ", BuiltInDefinitions.Names);
        return Missing(
            $"spec.connector: there is no built-in connector \"{name}\"; there are: {names}. For one of your own use "
            + "spec.connectorFrom", needsEdit: true);
    }

    async Task<LoadedConnector> FromConfigMapAsync(
        string namespaceName, KeyReference reference, CancellationToken cancellationToken)
    {
        const string Field = "spec.connectorFrom.configMapKeyRef";
        V1ConfigMap? configMap;
        try
        {
            configMap = await client.GetAsync<V1ConfigMap>(reference.Name, namespaceName, cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsForbidden)
        {
            return Missing(
                $"{Field}: the operator may not read ConfigMap \"{reference.Name}\": grant it get on configmaps in "
                + $"namespace \"{namespaceName}\"", needsEdit: false);
        }
        if (configMap is null)
            return Missing(
                $"{Field}: there is no ConfigMap \"{reference.Name}\" in namespace \"{namespaceName}\": create it, or "
                + "correct the name", needsEdit: false);
        if (configMap.Data?.GetValueOrDefault(reference.Key) is not { } text)
            return Missing(
                $"{Field}: ConfigMap \"{reference.Name}\" has no key \"{reference.Key}\": add it, or correct the key",
                needsEdit: false);
        return Load(reference, configMap, text);
    }

    LoadedConnector Load(KeyReference reference, V1ConfigMap configMap, string text)
    {
        var key = new Source(NamespacedName.Of(configMap), reference.Key);
        var version = $"{configMap.Uid()}/{configMap.ResourceVersion()}";
        if (kept.TryGetValue(key, out var known) && known.Version == version)
            return known.Connector;
        var (definition, problems) = ConnectorDefinition.Load(text, $"ConfigMap {reference.Name}, key {reference.Key}");
        var loaded = new LoadedConnector(definition, problems);
        if (kept.Count >= MostKept)
            kept.Clear();
        kept[key] = (version, loaded);
        return loaded;
    }

    static LoadedConnector Missing(string message, bool needsEdit) =>
        new(null, [new Problem(Reasons.ConnectorNotFound, message, needsEdit)]);

    readonly record struct Source(NamespacedName ConfigMap, string Key);
}

/// <param name="Definition">Null: see the problems.</param>
sealed record LoadedConnector(ConnectorDefinition? Definition, ImmutableArray<Problem> Problems);
