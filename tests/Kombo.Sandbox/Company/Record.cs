using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Kombo.Sandbox.Company;

/// <summary>One record of a collection, kept as the bytes that are sent.</summary>
sealed record Record(string Id, DateTimeOffset UpdatedAt, byte[] Json)
{
    const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Takes the fields as they are and stamps id and update time on them.</summary>
    public static Record Of(string id, DateTimeOffset updatedAt, JsonObject fields)
    {
        // What is sent has milliseconds; comparing with more digits than that would hide a record from its own stamp.
        var stamp = updatedAt.AddTicks(-(updatedAt.Ticks % TimeSpan.TicksPerMillisecond));
        fields["id"] = id;
        fields["updated_at"] = Format(stamp);
        return new Record(id, stamp, JsonSerializer.SerializeToUtf8Bytes(fields, Plain));
    }

    public JsonObject Fields() => JsonNode.Parse(Json)!.AsObject(); // made by Of

    /// <summary>A copy with the fields of the patch; nested objects are merged. A null is a value: every key is always
    /// there.</summary>
    public Record With(JsonObject patch, DateTimeOffset updatedAt)
    {
        var fields = Fields();
        Merge(fields, patch);
        return Of(Id, updatedAt, fields);
    }

    public static string Format(DateTimeOffset time) =>
        time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture);

    static void Merge(JsonObject target, JsonObject patch)
    {
        foreach (var (key, value) in patch)
        {
            if (value is JsonObject nested && target[key] is JsonObject inner)
                Merge(inner, nested);
            else
                target[key] = value?.DeepClone();
        }
    }
}
