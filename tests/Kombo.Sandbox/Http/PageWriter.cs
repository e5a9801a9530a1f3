using System.Buffers;
using System.Text.Json;
using Kombo.Sandbox.Company;

namespace Kombo.Sandbox.Http;

/// <summary>Puts pages together out of records that are bytes already.</summary>
static class PageWriter
{
    /// <param name="extras">Appended as they are, valid records or not.</param>
    public static byte[] Write(Page page, IReadOnlyList<byte[]> extras, CollectionEndpoints.PageRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(page.Records.Count * 1_024);
        using var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true });
        json.WriteStartObject();
        json.WriteStartArray("data");
        foreach (var record in page.Records)
            json.WriteRawValue(record.Json, skipInputValidation: true);
        foreach (var extra in extras)
            json.WriteRawValue(extra, skipInputValidation: true);
        json.WriteEndArray();
        json.WriteString(
            "next_cursor", page.LastId is null ? null : CollectionEndpoints.PageRequest.Cursor(page.LastId));
        json.WriteNumber("total", page.Total);
        json.WriteNumber("limit", request.Limit);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}
