using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Cluster;

/// <summary>Looks at an object before it is stored; may fill in defaults and take out what the schema does not
/// know.</summary>
/// <returns>What is wrong with it; empty: nothing.</returns>
public delegate IReadOnlyList<V1StatusCause> Admission(JsonObject candidate);

/// <summary>How an array is merged by server-side apply. Without one of these an array is one value.</summary>
/// <param name="Keys">The fields that tell items apart; empty: a set of plain values.</param>
public sealed record MergedList(ImmutableArray<string> Keys);

/// <summary>What the in-memory cluster knows of a kind.</summary>
public sealed record ClusterKind
{
    public string Group { get; init; } = "";
    public required string Version { get; init; }
    public required string Kind { get; init; }
    public required string Plural { get; init; }
    public bool IsNamespaced { get; init; } = true;

    /// <summary>Status is written by its own requests only.</summary>
    public bool HasStatus { get; init; }

    /// <summary>Changes beside metadata and status count up <c>metadata.generation</c>.</summary>
    public bool HasGeneration { get; init; }

    /// <summary>A replace must name the version that it replaces, as for all custom resources.</summary>
    public bool NeedsVersionToReplace { get; init; }

    /// <summary>Arrays that are merged, by path: <c>status.conditions</c>.</summary>
    public ImmutableDictionary<string, MergedList> MergedLists { get; init; } =
        ImmutableDictionary<string, MergedList>.Empty;

    /// <summary>Objects that an apply sets as a whole, by path: <c>status.active</c>.</summary>
    public ImmutableHashSet<string> AtomicMaps { get; init; } = [];

    public Admission Admit { get; init; } = _ => [];

    public string GroupVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    internal string Resource => Group.Length == 0 ? Plural : $"{Plural}.{Group}";

    /// <summary>The kinds of Kubernetes itself that this project uses.</summary>
    internal static ImmutableArray<ClusterKind> BuiltIn { get; } =
    [
        Of<V1Namespace>() with { IsNamespaced = false, HasStatus = true },
        Of<V1Secret>() with { Admit = SecretData.Admit },
        Of<V1ConfigMap>(),
        Of<V1ServiceAccount>(),
        Of<V1RoleBinding>(),
        Of<V1Lease>(),
        Of<Eventsv1Event>(),
        Of<V1Pod>() with { HasStatus = true },
        Of<V1Job>() with { HasStatus = true, HasGeneration = true },
    ];

    static ClusterKind Of<T>()
    {
        var entity = KubernetesEntityAttribute.Of<T>();
        return new ClusterKind
        {
            Group = entity.Group,
            Version = entity.ApiVersion,
            Kind = entity.Kind,
            Plural = entity.PluralName,
            MergedLists = ImmutableDictionary<string, MergedList>.Empty.Add(
                "status.conditions", new MergedList(["type"])),
        };
    }

    /// <summary>Metadata are merged alike in every kind.</summary>
    internal MergedList? MergedListAt(string path) => path switch
    {
        "metadata.finalizers" => new MergedList([]),
        "metadata.ownerReferences" => new MergedList(["uid"]),
        _ => MergedLists.GetValueOrDefault(path),
    };
}

/// <summary>The write-only <c>stringData</c> of a Secret becomes <c>data</c>.</summary>
internal static class SecretData
{
    public static IReadOnlyList<V1StatusCause> Admit(JsonObject secret)
    {
        if (secret["stringData"] is JsonObject plain)
        {
            var data = secret["data"] as JsonObject ?? [];
            foreach (var (key, value) in plain)
                data[key] = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes(value?.GetValue<string>() ?? ""));
            secret.Remove("stringData");
            secret["data"] ??= data;
        }
        secret["type"] ??= "Opaque";
        return [];
    }
}
