using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Http;

/// <summary>Reads a watch: one JSON object a line, in pieces as the network brings them.</summary>
internal sealed class WatchReader<T>(JsonTypeInfo<T> type, int maxLineBytes, Action<NamespacedName, string> onUndecodable)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    /// <exception cref="IOException">The stream broke off inside a line.</exception>
    /// <exception cref="JsonException">A line is too long or not a watch event: list again.</exception>
    public async IAsyncEnumerable<WatchEvent<T>> ReadAsync(
        Stream body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await pipe.ReadAsync(cancellationToken);
                var buffer = result.Buffer;
                while (TakeLine(ref buffer) is { } line)
                {
                    if (Parse(line) is { } change)
                        yield return change;
                }
                if (buffer.Length > maxLineBytes)
                    throw new JsonException($"a line is longer than {maxLineBytes} bytes");
                if (result.IsCompleted && buffer.Length > 0)
                    throw new IOException("the watch broke off inside a line");
                pipe.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    yield break;
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    static ReadOnlySequence<byte>? TakeLine(ref ReadOnlySequence<byte> buffer)
    {
        if (buffer.PositionOf((byte)'\n') is not { } end)
            return null;
        var line = buffer.Slice(0, end);
        buffer = buffer.Slice(buffer.GetPosition(1, end));
        return line;
    }

    WatchEvent<T>? Parse(ReadOnlySequence<byte> line)
    {
        if (line.IsEmpty)
            return null;
        var (kind, body) = Split(line);
        switch (kind)
        {
            case "BOOKMARK":
                return new(WatchEventType.Bookmark, Entity: null, Peek(body).Version);
            case "ERROR":
                return new(WatchEventType.Error, Entity: null, ResourceVersion: null, StatusOf(body));
            case "ADDED":
                return Change(WatchEventType.Added, body);
            case "MODIFIED":
                return Change(WatchEventType.Modified, body);
            case "DELETED":
                return Change(WatchEventType.Deleted, body);
            default:
                onUndecodable(Peek(body).Name, $"an event of the unknown type {kind}");
                return null;
        }
    }

    WatchEvent<T> Change(WatchEventType kind, ReadOnlySequence<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body);
            var entity = JsonSerializer.Deserialize(ref reader, type) ?? throw new JsonException("null instead of an object");
            return new(kind, entity, entity.Metadata.ResourceVersion);
        }
        catch (JsonException exception)
        {
            // The place is known even where the object is not: go on after it. To be gone needs no more than a name.
            var (name, version) = Peek(body);
            onUndecodable(name, exception.Message);
            return kind == WatchEventType.Deleted
                ? new(kind, Entity: null, version) { Unreadable = name }
                : new(WatchEventType.Bookmark, Entity: null, version);
        }
    }

    static (string? Kind, ReadOnlySequence<byte> Body) Split(ReadOnlySequence<byte> line)
    {
        string? kind = null;
        var body = ReadOnlySequence<byte>.Empty;
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isObject) = (reader.ValueTextEquals("type"u8), reader.ValueTextEquals("object"u8));
            reader.Read();
            var start = reader.TokenStartIndex;
            if (isType)
                kind = reader.GetString();
            reader.Skip();
            if (isObject)
                body = line.Slice(start, reader.BytesConsumed - start);
        }
        return (kind, body);
    }

    static (NamespacedName Name, string? Version) Peek(ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        return MetadataPeek.Read(ref reader);
    }

    static V1Status StatusOf(ReadOnlySequence<byte> body)
    {
        var reader = new Utf8JsonReader(body);
        return JsonSerializer.Deserialize(ref reader, KubernetesJson.Default.TypeOf<V1Status>()) ?? new V1Status();
    }
}
