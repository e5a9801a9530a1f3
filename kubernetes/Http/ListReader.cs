using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Http;

/// <summary>
/// Reads a list one item at a time, so that a list of thousands needs the memory of its items only, and one item that cannot
/// be read does not take the others with it.
/// </summary>
internal sealed class ListReader<T>(JsonTypeInfo<T> type, Action<NamespacedName, string> onUndecodable)
    where T : class
{
    readonly List<T> items = [];
    readonly List<NamespacedName> undecodable = [];
    V1ListMeta metadata = new();
    JsonReaderState state;
    bool isInItems;
    bool isAtEnd;

    public async Task<KubernetesList<T>> ReadAsync(Stream body, CancellationToken cancellationToken)
    {
        var pipe = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await pipe.ReadAsync(cancellationToken);
                var consumed = Consume(result.Buffer, result.IsCompleted);
                pipe.AdvanceTo(consumed, result.Buffer.End);
                if (isAtEnd)
                    return new KubernetesList<T>(metadata, items) { Undecodable = undecodable };
                if (result.IsCompleted)
                    throw new IOException("the list ended in the middle");
            }
        }
        finally
        {
            await pipe.CompleteAsync();
        }
    }

    /// <returns>How far the buffer was understood; the rest comes again with more behind it.</returns>
    SequencePosition Consume(ReadOnlySequence<byte> buffer, bool isFinal)
    {
        var reader = new Utf8JsonReader(buffer, isFinal, state);
        while (!isAtEnd)
        {
            var probe = reader; // taken over only when a whole step was in the buffer
            if (!(isInItems ? Item(ref probe) : Member(ref probe)))
                break;
            reader = probe;
        }
        state = reader.CurrentState;
        return reader.Position;
    }

    bool Member(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                return true;
            case JsonTokenType.EndObject:
                isAtEnd = true;
                return true;
            case JsonTokenType.PropertyName:
                return Value(ref reader);
            default:
                throw new JsonException("not a list object");
        }
    }

    bool Value(ref Utf8JsonReader reader)
    {
        var (isItems, isMetadata) = (reader.ValueTextEquals("items"u8), reader.ValueTextEquals("metadata"u8));
        if (!reader.Read())
            return false;
        if (isItems && reader.TokenType == JsonTokenType.StartArray)
            return isInItems = true;
        var value = reader;
        if (!reader.TrySkip())
            return false;
        if (isMetadata)
            metadata = JsonSerializer.Deserialize(ref value, KubernetesJson.Default.TypeOf<V1ListMeta>()) ?? metadata;
        return true;
    }

    bool Item(ref Utf8JsonReader reader)
    {
        if (!reader.Read())
            return false;
        if (reader.TokenType == JsonTokenType.EndArray)
        {
            isInItems = false;
            return true;
        }
        var item = reader;
        var again = reader;
        if (!reader.TrySkip())
            return false;
        try
        {
            if (JsonSerializer.Deserialize(ref item, type) is { } entity)
                items.Add(entity);
        }
        catch (JsonException exception)
        {
            var name = MetadataPeek.Read(ref again).Name;
            undecodable.Add(name);
            onUndecodable(name, exception.Message);
        }
        return true;
    }
}
