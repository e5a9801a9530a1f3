using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>A custom kind of the tests' own.</summary>
[KubernetesEntity(Group = "test.kombo.dev", ApiVersion = "v1", Kind = "Widget", PluralName = "widgets")]
public sealed record Widget : CustomKubernetesEntity<WidgetSpec, WidgetStatus>;

public sealed record WidgetSpec
{
    public int? Size { get; init; }
    public string? Color { get; init; }
    public IReadOnlyList<string>? Parts { get; init; }
    public IReadOnlyDictionary<string, string>? Options { get; init; }
}

public sealed record WidgetStatus
{
    public string? Phase { get; init; }
    public IReadOnlyList<V1Condition>? Conditions { get; init; }
    public IReadOnlyDictionary<string, WidgetProgress>? Progress { get; init; }
}

public sealed record WidgetProgress(int? Pages, string? Message);

[JsonSerializable(typeof(Widget))]
public sealed partial class WidgetContext : JsonSerializerContext;

public static class WidgetDefinition
{
    public static KubernetesJson Json { get; } = KubernetesJson.Default.With(WidgetContext.Default);

    public static JsonObject Parsed => JsonNode.Parse(Text)!.AsObject();

    public const string Text = """
        {
          "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
          "metadata": {"name": "widgets.test.kombo.dev"},
          "spec": {
            "group": "test.kombo.dev", "scope": "Namespaced",
            "names": {"kind": "Widget", "listKind": "WidgetList", "plural": "widgets", "singular": "widget"},
            "versions": [{
              "name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
              "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                "spec": {"type": "object", "properties": {
                  "size": {"type": "integer", "minimum": 1},
                  "color": {"type": "string"},
                  "parts": {"type": "array", "items": {"type": "string"}},
                  "options": {"type": "object", "additionalProperties": {"type": "string"}}}},
                "status": {"type": "object", "properties": {
                  "phase": {"type": "string"},
                  "progress": {"type": "object", "additionalProperties": {"type": "object", "properties": {
                    "pages": {"type": "integer"}, "message": {"type": "string"}}}},
                  "conditions": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["type"],
                    "items": {"type": "object", "required": ["type", "status"], "properties": {
                      "type": {"type": "string"}, "status": {"type": "string"}, "reason": {"type": "string"},
                      "message": {"type": "string"}, "observedGeneration": {"type": "integer"},
                      "lastTransitionTime": {"type": "string", "format": "date-time"}}}}}}}}}
            }]
          }
        }
        """;
}
