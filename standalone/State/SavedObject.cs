using System.Text.Json.Nodes;

namespace Kombo.Standalone.State;

/// <summary>What outlives the process of one object.</summary>
/// <param name="Object">As in the cluster, uid and status included: names of Jobs, ids of runs and due times hang on
/// them.</param>
/// <param name="Manifest">What its file said when it was last applied; null for Jobs, which have none.</param>
/// <param name="File">Of the manifest.</param>
internal sealed record SavedObject(JsonObject Object, JsonObject? Manifest, string? File);
