using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Kubernetes.Configuration;
using Kombo.Kubernetes.Models;
using Microsoft.Extensions.Logging;

namespace Kombo.Kubernetes.Http;

/// <summary>The client of a real API server.</summary>
public sealed partial class KubernetesHttpClient : IKubernetesClient, IDisposable
{
    // The server should end a watch by itself; one that is silent for this much longer is dead.
    static readonly TimeSpan WatchGrace = TimeSpan.FromSeconds(15);

    readonly ApiTransport transport;
    readonly KubernetesClientOptions options;
    readonly ILogger logger;

    public KubernetesHttpClient(KubernetesClientConfiguration configuration, KubernetesClientOptions options)
    {
        this.options = options;
        transport = new ApiTransport(configuration, options);
        logger = options.LoggerFactory.CreateLogger<KubernetesHttpClient>();
    }

    public void Dispose() => transport.Dispose();

    public async Task<T?> GetAsync<T>(string name, string? namespaceName, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        try
        {
            return await SendAsync<T>(new(HttpMethod.Get, Address<T>(namespaceName, name)), cancellationToken);
        }
        catch (KubernetesException exception) when (exception.IsNotFound)
        {
            return null;
        }
    }

    public Task<KubernetesList<T>> ListAsync<T>(
        string? namespaceName, ListOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = KubernetesEntityAttribute.Of<T>();
        var address = RequestAddress.List(RequestAddress.Collection(kind, namespaceName), options);
        return transport.SendAsync(
            new ApiRequest(HttpMethod.Get, address),
            (body, token) => new ListReader<T>(this.options.Json.TypeOf<T>(), (name, problem) => Skip(kind, name, problem))
                .ReadAsync(body, token),
            cancellationToken);
    }

    public async IAsyncEnumerable<WatchEvent<T>> WatchAsync<T>(
        string? namespaceName, WatchOptions options, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = KubernetesEntityAttribute.Of<T>();
        var request = new ApiRequest(
            HttpMethod.Get, RequestAddress.Watch(RequestAddress.Collection(kind, namespaceName), options));
        var limit = options.Timeout is { } timeout ? timeout + WatchGrace : Timeout.InfiniteTimeSpan;
        using var deadline = new CancellationTokenSource(limit, this.options.Clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        using var response = await transport.OpenAsync(request, cancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(cancellationToken);
        var reader = new WatchReader<T>(
            this.options.Json.TypeOf<T>(), this.options.MaxWatchLineBytes, (name, problem) => Skip(kind, name, problem));
        await using var changes = reader.ReadAsync(body, either.Token).GetAsyncEnumerator(either.Token);
        while (await ApiTransport.GuardAsync(request, () => changes.MoveNextAsync().AsTask(), cancellationToken))
            yield return changes.Current;
    }

    public Task<T> CreateAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var address = RequestAddress.Collection(KubernetesEntityAttribute.Of<T>(), entity.Namespace());
        return SendAsync<T>(new(HttpMethod.Post, address, options.Json.SerializeToUtf8Bytes(entity)), cancellationToken);
    }

    public Task<T> ReplaceAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => PutAsync(entity, subresource: null, cancellationToken);

    public Task<T> ReplaceStatusAsync<T>(T entity, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => PutAsync(entity, "status", cancellationToken);

    public Task<T> PatchAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        PatchAtAsync<T>(Address<T>(namespaceName, name), patch, options, cancellationToken);

    public Task<T> PatchStatusAsync<T>(
        string name, string? namespaceName, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        PatchAtAsync<T>(Address<T>(namespaceName, name, "status"), patch, options, cancellationToken);

    public Task DeleteAsync<T>(
        string name, string? namespaceName, DeleteOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["propagationPolicy"] = options.Propagation.ToString(),
        };
        if (options.Uid is not null || options.ResourceVersion is not null)
            body["preconditions"] = new JsonObject(
                new Dictionary<string, string?> { ["uid"] = options.Uid, ["resourceVersion"] = options.ResourceVersion }
                    .Where(pair => pair.Value is not null)
                    .Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value)));
        return transport.SendAsync(
            new ApiRequest(HttpMethod.Delete, Address<T>(namespaceName, name), this.options.Json.SerializeToUtf8Bytes(body)),
            (_, _) => Task.FromResult(true), // either the object or a Status: nobody reads it
            cancellationToken);
    }

    static string Address<T>(string? namespaceName, string name, string? subresource = null) =>
        RequestAddress.Object(KubernetesEntityAttribute.Of<T>(), namespaceName, name, subresource);

    Task<T> PutAsync<T>(T entity, string? subresource, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => SendAsync<T>(
            new(HttpMethod.Put, Address<T>(entity.Namespace(), entity.Name(), subresource), options.Json.SerializeToUtf8Bytes(entity)),
            cancellationToken);

    Task<T> PatchAtAsync<T>(string address, V1Patch patch, PatchOptions options, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => SendAsync<T>(
            new(HttpMethod.Patch, RequestAddress.Patch(address, options), this.options.Json.Serialize(patch), patch.Type switch
            {
                V1Patch.PatchType.JsonPatch => "application/json-patch+json",
                V1Patch.PatchType.MergePatch => "application/merge-patch+json",
                V1Patch.PatchType.StrategicMergePatch => "application/strategic-merge-patch+json",
                V1Patch.PatchType.ApplyPatch => "application/apply-patch+yaml", // JSON is YAML
                _ => throw new ArgumentOutOfRangeException(nameof(patch)),
            }),
            cancellationToken);

    Task<T> SendAsync<T>(ApiRequest request, CancellationToken cancellationToken)
        where T : class, IKubernetesObject<V1ObjectMeta> => transport.SendAsync(
            request,
            async (body, token) => await JsonSerializer.DeserializeAsync(body, options.Json.TypeOf<T>(), token)
                ?? throw new JsonException("null instead of an object"),
            cancellationToken);

    void Skip(KubernetesEntityAttribute kind, NamespacedName name, string problem)
    {
        Telemetry.Undecodable.Add(1, new KeyValuePair<string, object?>("resource", kind.PluralName));
        LogUndecodable(kind.Kind, name, problem);
    }

    [LoggerMessage(2201, LogLevel.Error, "Left out {Kind} {Name}, which cannot be read: {Problem}")]
    partial void LogUndecodable(string kind, NamespacedName name, string problem);
}
