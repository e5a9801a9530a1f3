using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;

namespace Kombo.Standalone.Control;

/// <summary>A kind that the command line may read, by its plural.</summary>
internal abstract class ControlKind
{
    static readonly ControlKind[] Known =
    [
        new Reader<V1Alpha1Integration>("integration", "integ"),
        new Reader<V1Alpha1SyncSchedule>("syncschedule", "syncs"),
        new Reader<V1Job>("job"),
    ];

    public abstract string Plural { get; }

    /// <summary>As kubectl accepts them: plural, singular, short.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    public static string AllNames => string.Join(", ", Known.Select(kind => string.Join("|", kind.Names)));

    public static ControlKind? Find(string name) =>
        Array.Find(Known, kind => kind.Names.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <param name="space">Null: every namespace.</param>
    public abstract Task<ObjectList> ListAsync(
        IKubernetesClient client, string? space, CancellationToken cancellationToken);

    /// <summary>Changes after a version, until cancelled or the watch is closed.</summary>
    public abstract IAsyncEnumerable<ObjectChange> WatchAsync(
        IKubernetesClient client, string? space, string version, CancellationToken cancellationToken);

    sealed class Reader<T>(params string[] otherNames) : ControlKind
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        public override string Plural => KubernetesEntityAttribute.Of<T>().PluralName;

        public override IReadOnlyList<string> Names => [Plural, .. otherNames];

        public override async Task<ObjectList> ListAsync(
            IKubernetesClient client, string? space, CancellationToken cancellationToken)
        {
            var list = await client.ListAsync<T>(space, ListOptions.All, cancellationToken);
            var items = list.Items.OrderBy(item => (item.Namespace(), item.Name())).Select(item => Json(item));
            return new ObjectList([.. items], list.Metadata.ResourceVersion ?? "");
        }

        public override async IAsyncEnumerable<ObjectChange> WatchAsync(
            IKubernetesClient client, string? space, string version,
            [EnumeratorCancellation] CancellationToken cancellationToken)
        {
            var options = new WatchOptions(ResourceVersion: version);
            await foreach (var change in client.WatchAsync<T>(space, options, cancellationToken))
                if (change is { Type: not WatchEventType.Error, Entity: { } entity })
                    yield return new ObjectChange(change.Type == WatchEventType.Deleted, Json(entity));
        }

        static JsonObject Json(T entity) => CustomResources.Json.SerializeToNode(entity).AsObject();
    }
}

/// <param name="Version">Where a watch goes on.</param>
internal sealed record ObjectList(IReadOnlyList<JsonObject> Items, string Version);

internal sealed record ObjectChange(bool Deleted, JsonObject Object);
