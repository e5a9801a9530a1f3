using System.Text.Json.Nodes;
using Kombo.Crds.Manifests;
using Kombo.Crds.Schema;

namespace Kombo.Crds.Tests;

public sealed class SchemaValidatorTests
{
    [Theory]
    [InlineData("{}", "spec: Required value")]
    [InlineData("{spec: 1}", "must be of type object: \"integer\"")]
    [InlineData("{spec: null}", "spec: Required value")]
    [InlineData("{spec: {connector: a, credentials: {secretRef: {name: null}}}}", "spec.credentials.secretRef.name: Required value")]
    [InlineData("{spec: {connector: \"a\\n\"}}", "should match")]
    [InlineData("{spec: {connector: \"\"}}", "should be at least 1 chars long")]
    [InlineData("{spec: {connector: a, deletionGuard: {minRecords: 1.5}}}", "must be of type integer: \"number\"")]
    [InlineData("{spec: {connector: a}, status: {full: {lastSyncTime: yesterday}}}", "must be of type date-time")]
    [InlineData("{spec: {connector: a}, status: {conditions: [{type: Ready}]}}", "status.conditions[0].status: Required value")]
    [InlineData("{spec: {connector: a, scope: {models: [1]}}}", "spec.scope.models[0]: Invalid value: must be of type object")]
    public void Says_what_is_wrong_and_where(string yaml, string expected) =>
        SchemaValidator.Of<V1Alpha1Integration>().Validate(Parse(yaml))
            .ShouldContain(error => error.ToString().Contains(expected, StringComparison.Ordinal));

    [Fact]
    public void A_whole_number_may_be_written_with_a_point() =>
        SchemaValidator.Of<V1Alpha1Integration>()
            .Validate(Parse("{spec: {connector: a, deletionGuard: {minRecords: 2.0}}}")).ShouldBeEmpty();

    [Fact]
    public void A_null_counts_as_absent() =>
        SchemaValidator.Of<V1Alpha1Integration>().Validate(Parse("{spec: {connector: a, suspend: null, scope: null}}"))
            .ShouldBeEmpty();

    [Fact]
    public void Unknown_fields_go_and_free_keys_and_metadata_stay()
    {
        var entity = Parse(
            "{metadata: {name: n, x: 1}, extra: 1, spec: {connector: a, conector: b, suspend: null, parameters: {any: v}, scope: {models: [{name: m, y: 1}]}}}");
        SchemaValidator.Of<V1Alpha1Integration>().Prune(entity);
        entity.ToJsonString().ShouldBe(
            """{"metadata":{"name":"n","x":1},"spec":{"connector":"a","parameters":{"any":"v"},"scope":{"models":[{"name":"m"}]}}}""");
    }

    [Fact]
    public void Other_kinds_have_no_schema_here() => SchemaValidator.Find("v1", "Secret").ShouldBeNull();

    [Theory]
    [InlineData("a: yes\nb: 'yes'\nc: 010\nd: 1e3\ne: 2026-08-01T10:00:00Z\nf:\ng: ~\nh: -5\ni: 1.5", """{"a":true,"b":"yes","c":8,"d":1000,"e":"2026-08-01T10:00:00Z","f":null,"g":null,"h":-5,"i":1.5}""")]
    [InlineData("x: &a {k: [1]}\ny: *a", """{"x":{"k":[1]},"y":{"k":[1]}}""")]
    public void Manifests_read_as_kubectl_reads_them(string yaml, string json) =>
        ManifestReader.Read(yaml).Single().ToJsonString().ShouldBe(json);

    [Fact]
    public void Several_documents_and_empty_ones() =>
        ManifestReader.Read("---\na: 1\n---\n# nothing\n---\nb: 2\n").Count.ShouldBe(2);

    [Theory]
    [InlineData("a: [1", "line")]
    [InlineData("? [a]\n: 1", "a key must be text")]
    public void A_broken_manifest_says_where(string yaml, string expected) =>
        Should.Throw<FormatException>(() => ManifestReader.Read(yaml)).Message.ShouldContain(expected);

    static JsonObject Parse(string yaml) => ManifestReader.Read(yaml).Single().AsObject();
}
