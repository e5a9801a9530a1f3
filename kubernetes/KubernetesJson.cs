using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes;

/// <summary>
/// JSON as the API server speaks it. Types come from source-generated contexts; an assembly with kinds of its own adds its
/// context by <see cref="With"/>. Contexts need only name the types: naming, nulls and times are set here.
/// </summary>
public sealed class KubernetesJson
{
    readonly JsonSerializerOptions options;

    KubernetesJson(IJsonTypeInfoResolver resolver)
    {
        options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            TypeInfoResolver = resolver,
            Converters = { new RfcTimeConverter(), new PooledStringConverter() },
        };
        options.MakeReadOnly();
    }

    /// <summary>The kinds of <see cref="Models"/>.</summary>
    public static KubernetesJson Default { get; } = new(ModelsJsonContext.Default);

    public JsonSerializerOptions Options => options;

    /// <summary>A copy that also knows the types of other contexts.</summary>
    public KubernetesJson With(params JsonSerializerContext[] contexts) =>
        new(JsonTypeInfoResolver.Combine([options.TypeInfoResolver!, .. contexts])); // set in the constructor

    public JsonTypeInfo<T> TypeOf<T>() => (JsonTypeInfo<T>)options.GetTypeInfo(typeof(T));

    public string Serialize<T>(T value) => JsonSerializer.Serialize(value, TypeOf<T>());

    public byte[] SerializeToUtf8Bytes<T>(T value) => JsonSerializer.SerializeToUtf8Bytes(value, TypeOf<T>());

    public JsonNode SerializeToNode<T>(T value) =>
        JsonSerializer.SerializeToNode(value, TypeOf<T>()) ?? throw new ArgumentNullException(nameof(value));

    /// <exception cref="JsonException">Not JSON, not of this type, or null.</exception>
    public T Deserialize<T>(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, TypeOf<T>()) ?? throw new JsonException($"null instead of a {typeof(T).Name}");

    /// <inheritdoc cref="Deserialize{T}(ReadOnlySpan{byte})"/>
    public T Deserialize<T>(JsonNode json) =>
        json.Deserialize(TypeOf<T>()) ?? throw new JsonException($"null instead of a {typeof(T).Name}");

    /// <summary>The body of a patch as the bytes to send.</summary>
    public byte[] Serialize(V1Patch patch) => patch.Content switch
    {
        string text => System.Text.Encoding.UTF8.GetBytes(text),
        JsonNode node => System.Text.Encoding.UTF8.GetBytes(node.ToJsonString()),
        var content => JsonSerializer.SerializeToUtf8Bytes(content, options.GetTypeInfo(content.GetType())),
    };
}
