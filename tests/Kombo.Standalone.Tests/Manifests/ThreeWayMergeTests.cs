using System.Text.Json.Nodes;
using Kombo.Standalone.Manifests;

namespace Kombo.Standalone.Tests.Manifests;

public sealed class ThreeWayMergeTests
{
    public static TheoryData<string, string?, string, string, string> Rules => new()
    {
        { "nothing to do", """{"a":1}""", """{"a":1}""", """{"a":1}""", "{}" },
        { "what the file says is set", """{"a":1}""", """{"a":2}""", """{"a":1}""", """{"a":2}""" },
        { "drift is put right", """{"a":1}""", """{"a":1}""", """{"a":9}""", """{"a":1}""" },
        { "what the file holds no more is removed", """{"a":1,"b":1}""", """{"a":1}""", """{"a":1,"b":1}""", """{"b":null}""" },
        { "what others have set stays", """{"a":1}""", """{"a":1}""", """{"a":1,"other":1}""", "{}" },
        { "never applied: nothing is removed", null, """{"a":1}""", """{"a":1,"other":1}""", "{}" },
        {
            "annotations are merged one by one",
            """{"m":{"x":"1","y":"1"}}""", """{"m":{"x":"2"}}""", """{"m":{"x":"1","y":"1","z":"theirs"}}""", """{"m":{"x":"2","y":null}}"""
        },
        { "lists are replaced as a whole", """{"l":[1]}""", """{"l":[1,2]}""", """{"l":[1]}""", """{"l":[1,2]}""" },
        { "gone already", """{"a":1,"b":1}""", """{"a":1}""", """{"a":1}""", "{}" },
        { "null in the file means absent", """{"a":1}""", """{"a":null}""", """{"a":1}""", """{"a":null}""" },
    };

    [Theory, MemberData(nameof(Rules))]
    public void Makes_the_patch_that_kubectl_apply_would_send(
        string rule, string? before, string wanted, string live, string expected) =>
        ThreeWayMerge.Patch(before is null ? null : Json(before), Json(wanted), Json(live)).ToJsonString().ShouldBe(
            expected, rule);

    static JsonObject Json(string text) => JsonNode.Parse(text)!.AsObject();
}
