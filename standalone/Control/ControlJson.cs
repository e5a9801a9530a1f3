using System.Text.Json.Serialization;

namespace Kombo.Standalone.Control;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(SyncRequestBody))]
[JsonSerializable(typeof(SyncRequestAnswer))]
[JsonSerializable(typeof(EventBody))]
[JsonSerializable(typeof(EventAnswer))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class ControlJson : JsonSerializerContext;
