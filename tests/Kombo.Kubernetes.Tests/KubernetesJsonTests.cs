using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests;

public sealed partial class KubernetesJsonTests
{
    [KubernetesEntity(Group = "test.kombo.dev", ApiVersion = "v1", Kind = "Gadget", PluralName = "gadgets")]
    public sealed record Gadget : CustomKubernetesEntity<GadgetSpec, GadgetSpec>;

    public sealed record GadgetSpec(string Size, DateTimeOffset? Due = null);

    [JsonSerializable(typeof(Gadget))]
    sealed partial class GadgetContext : JsonSerializerContext;

    [Fact]
    public void An_item_without_kind_has_the_kind_of_its_type() =>
        KubernetesJson.Default.Deserialize<V1Job>("""{"metadata":{"name":"a","managedFields":[{}],"uid":"1"}}"""u8)
            .ShouldSatisfyAllConditions(
                job => job.Kind.ShouldBe("Job"),
                job => job.ApiVersion.ShouldBe("batch/v1"),
                job => job.Name().ShouldBe("a"));

    [Fact]
    public void Types_of_other_assemblies_follow_the_same_conventions()
    {
        var json = KubernetesJson.Default.With(GadgetContext.Default);
        var due = new DateTimeOffset(2026, 8, 1, 10, 0, 0, 500, TimeSpan.FromHours(2));
        json.Serialize(new Gadget { Metadata = new() { Name = "g", NamespaceProperty = "n" }, Spec = new("big", due) }).ShouldBe(
            """{"spec":{"size":"big","due":"2026-08-01T08:00:00Z"},"apiVersion":"test.kombo.dev/v1","kind":"Gadget","metadata":{"name":"g","namespace":"n"}}""");
    }

    [Fact]
    public void Leases_carry_micro_time() =>
        KubernetesJson.Default.SerializeToNode(new V1LeaseSpec { RenewTime = DateTimeOffset.UnixEpoch })["renewTime"]!
            .GetValue<string>().ShouldBe("1970-01-01T00:00:00.000000Z");

    [Fact]
    public void A_secret_never_prints_its_values() =>
        new V1Secret { Metadata = new() { Name = "s", NamespaceProperty = "n" }, StringData = new Dictionary<string, string> { ["k"] = "hunter2" } }
            .ToString().ShouldBe("Secret n/s");

    [Fact]
    public void A_patch_may_be_text_a_node_or_a_known_type()
    {
        string Text(object content) => System.Text.Encoding.UTF8.GetString(KubernetesJson.Default.Serialize(V1Patch.Merge(content)));
        Text("""{"a":1}""").ShouldBe("""{"a":1}""");
        Text(new JsonObject { ["a"] = null }).ShouldBe("""{"a":null}""");
        Text(new V1ListMeta { Continue = "x" }).ShouldBe("""{"continue":"x"}""");
    }
}
