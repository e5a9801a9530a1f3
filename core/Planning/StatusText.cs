using System.Text.Json;
using System.Text.Json.Serialization;
using Kombo.Core.Resources;

namespace Kombo.Core.Planning;

/// <summary>The operator's part of a status as JSON text; equal texts need no write.</summary>
public static class StatusText
{
    public static string Of(IntegrationStatus status) =>
        JsonSerializer.Serialize(status with { Progress = null }, StatusJson.Default.IntegrationStatus);

    public static bool AreEqual(IntegrationStatus one, IntegrationStatus other) => Of(one) == Of(other);
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IntegrationStatus))]
sealed partial class StatusJson : JsonSerializerContext;
