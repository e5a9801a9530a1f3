using Kombo.Standalone.Manifests;

namespace Kombo.Standalone.Tests.Manifests;

public sealed class ManifestFileTests
{
    const string Good = """
        apiVersion: v1
        kind: Secret
        metadata: {name: acme}
        stringData: {token: abc}
        ---
        # only a comment
        ---
        apiVersion: kombo.dev/v1alpha1
        kind: Integration
        metadata:
          name: acme
          namespace: hr
        spec:
          connector: sandbox
        """;

    [Fact]
    public void Reads_every_document_with_its_place_and_namespace()
    {
        var reading = ManifestFile.Read("acme.yaml", Good);

        reading.Problems.ShouldBeEmpty();
        reading.Manifests.Select(manifest => $"{manifest.Key} at {manifest.File}:{manifest.Line}").ShouldBe(
            ["Secret default/acme at acme.yaml:1", "Integration hr/acme at acme.yaml:8"]);
    }

    [Fact]
    public void Plain_text_of_a_secret_is_encoded_as_the_server_would()
    {
        var secret = ManifestFile.Read("acme.yaml", Good).Manifests[0].Json;

        secret.ContainsKey("stringData").ShouldBeFalse();
        ((string?)secret["data"]!["token"]).ShouldBe("YWJj");
    }

    public static TheoryData<string, string, string> Broken => new()
    {
        { "no YAML", "a: [1,", "m.yaml: line " },
        { "no object", "- a\n- b", "m.yaml:1: an object with apiVersion, kind and metadata is expected" },
        { "no version", "kind: Integration", "m.yaml:1: apiVersion: Required value" },
        { "foreign kind", "apiVersion: v1\nkind: Pod\nmetadata: {name: a}", "m.yaml:2: kind: Pod of v1 is none" },
        { "no name", "apiVersion: v1\nkind: Secret\nmetadata: {}", "m.yaml:3: metadata.name: Required value" },
        { "name with capitals", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: Acme", "m.yaml:4: metadata.name: Invalid value" },
        {
            "annotation that is a number",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  annotations:\n    x: 1",
            "m.yaml:6: metadata.annotations.x: Invalid value: must be a text"
        },
        {
            "misspelt field",
            "apiVersion: kombo.dev/v1alpha1\nkind: Integration\nmetadata: {name: a}\nspec:\n  connector: sandbox\n  sheduleRef: {name: x}",
            "m.yaml:6: spec.sheduleRef: unknown field"
        },
        {
            "wrong type",
            "apiVersion: kombo.dev/v1alpha1\nkind: Integration\nmetadata: {name: a}\nspec:\n  connector: sandbox\n  suspend: maybe",
            "m.yaml:6: spec.suspend: Invalid value: must be of type boolean"
        },
        {
            "no spec",
            "# first\napiVersion: kombo.dev/v1alpha1\nkind: Integration\nmetadata: {name: a}",
            "m.yaml:2: spec: Required value"
        },
        {
            "malformed name in a list",
            "apiVersion: kombo.dev/v1alpha1\nkind: Integration\nmetadata: {name: a}\nspec:\n  connector: scim\n  scope:\n    models:\n"
            + "      - name: HRIS Teams",
            "m.yaml:8: spec.scope.models[0].name: Invalid value: should match '^[a-z][a-z0-9_]*$'. Model id, for example hris_employees"
        },
        {
            "malformed duration",
            "apiVersion: kombo.dev/v1alpha1\nkind: SyncSchedule\nmetadata: {name: a}\nspec:\n  full:\n    frequency: often",
            "m.yaml:6: spec.full.frequency: Invalid value: should match '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$'. Time from the end of one "
            + "full sync to the next. From 1s to 8760h."
        },
        { "secret in plain text", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  t: pa$$word", "m.yaml:5: data.t: Invalid value: must be Base64" },
        { "number in a ConfigMap", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  t: 1", "m.yaml:5: data.t: Invalid value: must be a text" },
    };

    [Theory, MemberData(nameof(Broken))]
    public void A_malformed_document_is_named_by_file_line_and_field(string rule, string text, string expected)
    {
        var reading = ManifestFile.Read("m.yaml", text);

        reading.Manifests.ShouldBeEmpty(rule);
        reading.Problems.Select(problem => problem.ToString()).ShouldContain(
            problem => problem.StartsWith(expected, StringComparison.Ordinal), rule);
    }

    [Fact]
    public void A_problem_never_shows_a_secret()
    {
        var reading = ManifestFile.Read(
            "m.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata:\n  t: pa$$word");

        reading.Problems.Single().ToString().ShouldNotContain("pa$$word");
    }

    [Fact]
    public void Good_documents_beside_a_malformed_one_count()
    {
        var reading = ManifestFile.Read("m.yaml", $"{Good}\n---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\n");

        reading.Manifests.Length.ShouldBe(2);
        reading.Problems.Single().Line.ShouldBe(17);
    }
}
