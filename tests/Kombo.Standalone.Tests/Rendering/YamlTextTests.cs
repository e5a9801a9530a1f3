using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Standalone.Rendering;

namespace Kombo.Standalone.Tests.Rendering;

public sealed class YamlTextTests
{
    [Fact]
    public void Is_laid_out_as_people_write_it() =>
        YamlText.Of(JsonNode.Parse("""{"kind":"Integration","metadata":{"name":"acme"},"list":[1,{"a":true}],"none":null,"empty":{},"nothing":[]}""")!).ShouldBe(
            """
            kind: Integration
            metadata:
              name: acme
            list:
            - 1
            - a: true
            none: null
            empty: {}
            nothing: []

            """);

    [Theory]
    [InlineData("yes")]
    [InlineData("007")]
    [InlineData("1e3")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("2026-01-05T09:00:00Z")]
    [InlineData("a: b # c")]
    [InlineData("two\nlines")]
    [InlineData(" spaces ")]
    [InlineData("käse 東京 \u0001")]
    [InlineData("- dash")]
    [InlineData("plain text")]
    public void Text_reads_back_as_the_same_text(string text)
    {
        var json = new JsonObject { ["value"] = text };

        ManifestReader.Read(YamlText.Of(json)).Single().ToJsonString().ShouldBe(json.ToJsonString());
    }
}
