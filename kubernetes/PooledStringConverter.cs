using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kombo.Kubernetes;

/// <summary>
/// Gives back the string that was read before where the same text comes again: objects of one kind repeat each other's
/// keys, reasons and messages, and thousands of them are kept. Bounded: a text takes the place of an older one.
/// </summary>
internal sealed class PooledStringConverter : JsonConverter<string>
{
    const int Places = 8192; // a power of two
    const int LongestBytes = 1024;

    // Read and written without a lock: whichever string is found is compared before it is used.
    readonly string?[] pool = new string?[Places];

    public override string? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Take(ref reader);

    public override string ReadAsPropertyName(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Take(ref reader) ?? throw new JsonException("null instead of a name");

    public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value);

    public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value);

    string? Take(ref Utf8JsonReader reader)
    {
        if (reader.HasValueSequence || reader.ValueIsEscaped || reader.ValueSpan.Length > LongestBytes
            || reader.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName))
            return reader.GetString(); // which also refuses what is no string
        var text = reader.ValueSpan;
        var hash = new HashCode();
        hash.AddBytes(text);
        ref var place = ref pool[hash.ToHashCode() & (Places - 1)];
        if (place is { } known && Ascii.Equals(text, known))
            return known;
        return place = reader.GetString();
    }
}
