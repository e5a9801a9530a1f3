using Kombo.Kubernetes;

namespace Kombo.Crds;

/// <summary>What belongs to both kinds.</summary>
public static class CustomResources
{
    public const string Group = "kombo.dev";

    /// <summary>JSON that knows the built-in kinds and ours; give it to every client.</summary>
    public static KubernetesJson Json { get; } = KubernetesJson.Default.With(CrdsJsonContext.Default);

    /// <summary>The CustomResourceDefinition of a kind, as YAML.</summary>
    /// <param name="plural">integrations or syncschedules.</param>
    public static string DefinitionYaml(string plural)
    {
        using var stream = typeof(CustomResources).Assembly.GetManifestResourceStream($"{plural}.yaml")
            ?? throw new ArgumentException($"there is no kind with the plural {plural}", nameof(plural));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}

/// <summary>Keys that people and programs set on an Integration. All other metadata is ignored.</summary>
public static class Annotations
{
    /// <summary>An opaque token; a new one asks for a sync.</summary>
    public const string RequestedAt = "kombo.dev/requestedAt";

    /// <summary>full (default), delta or default.</summary>
    public const string RequestedSync = "kombo.dev/requestedSync";

    /// <summary>The run whose held deletions are released.</summary>
    public const string ConfirmDeletions = "kombo.dev/confirmDeletions";

    /// <summary>Is the key one of these?</summary>
    public static bool IsOwn(string key) => key is RequestedAt or RequestedSync or ConfirmDeletions;
}

/// <summary>Annotations that the operator sets on its Jobs.</summary>
public static class JobAnnotations
{
    public const string RunId = "kombo.dev/run-id";
    public const string Type = "kombo.dev/type";
    public const string Trigger = "kombo.dev/trigger";
    public const string RequestToken = "kombo.dev/request-token";
    public const string ScheduledAt = "kombo.dev/scheduled-at";
    public const string Scope = "kombo.dev/scope";

    /// <summary>Name of the Integration in full; the label may hold a shortened one.</summary>
    public const string Integration = "kombo.dev/integration";

    /// <summary>Is the key one of these?</summary>
    public static bool IsOwn(string key) => key.StartsWith("kombo.dev/", StringComparison.Ordinal);
}

/// <summary>Labels that the operator sets on what it creates.</summary>
public static class Labels
{
    public const string Integration = "kombo.dev/integration";
    public const string Schedule = "kombo.dev/schedule";
    public const string Run = "kombo.dev/run";

    /// <summary>Only on Jobs without an owner: uid of the Integration whose run it is.</summary>
    public const string IntegrationUid = "kombo.dev/integration-uid";
    public const string ManagedBy = "app.kubernetes.io/managed-by";
    public const string ManagedByKombo = "kombo-operator";
}

/// <summary>Names under which we write to the API server.</summary>
public static class FieldManagers
{
    /// <summary>All of the status but progress.</summary>
    public const string Operator = "kombo-operator";

    /// <summary>status.progress.</summary>
    public const string Worker = "kombo-worker";
}
