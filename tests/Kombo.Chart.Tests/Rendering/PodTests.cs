using System.Text.Json.Nodes;
using Kombo.Testing;

namespace Kombo.Chart.Tests.Rendering;

/// <summary>What runs, runs with as little as it can.</summary>
public sealed class PodTests
{
    static readonly string[] SystemFolders = ["/tmp"];

    [RequiresFact(Need.Helm)]
    public async Task Every_pod_keeps_to_the_restricted_profile_and_a_read_only_root()
    {
        var pods = (await Helm.ObjectsAsync()).Pods().ToList();
        pods.Select(pod => pod.Name).ShouldBe(
            ["Deployment kombo-operator", "Job kombo-migrate", "Pod kombo-test"], ignoreOrder: true);
        foreach (var (name, spec) in pods)
        {
            spec.Text("securityContext", "runAsNonRoot").ShouldBe("true", name);
            spec.Text("securityContext", "seccompProfile", "type").ShouldBe("RuntimeDefault", name);
            foreach (var forbidden in new[] { "hostNetwork", "hostPID", "hostIPC", "hostAliases" })
                spec[forbidden].ShouldBeNull(name);
            foreach (var container in spec.Items("containers"))
            {
                container.Text("securityContext", "allowPrivilegeEscalation").ShouldBe("false", name);
                container.Text("securityContext", "readOnlyRootFilesystem").ShouldBe("true", name);
                container.Texts("securityContext", "capabilities", "drop").ShouldBe(["ALL"], name);
                container.Items("volumeMounts").Where(mount => mount.Text("readOnly") != "true")
                    .Select(mount => mount.Text("mountPath")).ShouldBe(SystemFolders, name);
                container.At("resources", "requests", "memory").ShouldNotBeNull(name);
                container.At("resources", "limits", "memory").ShouldNotBeNull(name);
            }
        }
    }

    [RequiresFact(Need.Helm)]
    public async Task Secrets_reach_pods_only_as_files()
    {
        foreach (var (name, spec) in (await Helm.ObjectsAsync()).Pods())
        {
            spec.ToJsonString().ShouldNotContain("secretKeyRef", customMessage: name);
            spec.ToJsonString().ShouldNotContain("envFrom", customMessage: name);
        }
    }

    [RequiresFact(Need.Helm)]
    public async Task Only_the_operator_has_a_token_of_the_API_server()
    {
        foreach (var (name, spec) in (await Helm.ObjectsAsync()).Pods())
            spec.Text("automountServiceAccountToken").ShouldBe(name == "Deployment kombo-operator" ? "true" : "false", name);
    }

    [RequiresFact(Need.Helm)]
    public async Task Everything_says_what_it_belongs_to()
    {
        foreach (var each in await Helm.ObjectsAsync())
        {
            var labels = each.At("metadata", "labels").ShouldNotBeNull();
            foreach (var name in new[] { "name", "instance", "component", "part-of", "managed-by", "version" })
                labels[$"app.kubernetes.io/{name}"].ShouldNotBeNull($"{each.Text("kind")} {each.Text("metadata", "name")}");
        }
    }

    [RequiresTheory(Need.Helm)]
    [InlineData("operator.replicas=1", "ClusterRole kombo-operator, Role kombo-operator-leader kombo-system")]
    [InlineData("operator.namespaces={hr,it}", "Role kombo-operator hr, Role kombo-operator it, Role kombo-operator-leader kombo-system")]
    public async Task Rights_reach_as_far_as_the_operator_watches(string value, string expected)
    {
        var objects = await Helm.ObjectsAsync("--set", value);
        var bound = objects.Where(each => each.Text("kind") is "RoleBinding" or "ClusterRoleBinding").Select(binding =>
            $"{binding.Text("roleRef", "kind")} {binding.Text("roleRef", "name")} {binding.Text("metadata", "namespace")}".TrimEnd());
        string.Join(", ", bound.Order(StringComparer.Ordinal)).ShouldBe(expected);
        foreach (var binding in objects.Where(each => each.Text("kind") is "RoleBinding" or "ClusterRoleBinding"))
            binding.Items("subjects").Single().Text("namespace").ShouldBe("kombo-system");
    }

    [RequiresFact(Need.Helm)]
    public async Task Secrets_may_be_read_by_name_and_neither_listed_nor_watched()
    {
        foreach (var (role, rule) in Rules(await Helm.ObjectsAsync()).Where(found => found.Rule.Texts("resources").Contains("secrets")))
            rule.Texts("verbs").ShouldBe(["get"], role);
    }

    [RequiresFact(Need.Helm)]
    public async Task A_worker_may_patch_the_status_and_nothing_else()
    {
        var rule = Rules(await Helm.ObjectsAsync()).Where(found => found.Role == "kombo-worker").ShouldHaveSingleItem().Rule;
        rule.Texts("apiGroups").ShouldBe(["kombo.dev"]);
        rule.Texts("resources").ShouldBe(["integrations/status"]);
        rule.Texts("verbs").ShouldBe(["patch"]);
    }

    [RequiresFact(Need.Helm)]
    public async Task No_role_holds_a_wildcard() => (await Helm.ObjectsAsync())
        .Where(each => each.Text("kind") is "Role" or "ClusterRole").ShouldAllBe(role => !role.ToJsonString().Contains("\"*\""));

    [RequiresTheory(Need.Helm)]
    [InlineData("ServiceMonitor", "serviceMonitor")]
    [InlineData("PrometheusRule", "prometheusRule")]
    public async Task What_the_cluster_lacks_is_left_out_refused_or_rendered_all_the_same(string kind, string value)
    {
        Task<IReadOnlyList<JsonNode>> With(string mode, params string[] more) => Helm.ObjectsAsync(
            ["--set", $"monitoring.{value}.enabled=true", "--set", $"monitoring.{value}.renderMode={mode}", .. more]);
        var known = new[] { "--api-versions", $"monitoring.coreos.com/v1/{kind}" };
        (await With("skipIfMissing")).ShouldAllBe(each => each.Text("kind") != kind);
        (await With("skipIfMissing", known)).Find(kind, "kombo-operator");
        (await With("failIfMissing", known)).Find(kind, "kombo-operator");
        (await With("always")).Find(kind, "kombo-operator");
        (await Should.ThrowAsync<InvalidOperationException>(() => With("failIfMissing"))).Message.ShouldContain("install the Prometheus operator");
    }

    static IEnumerable<(string? Role, JsonNode Rule)> Rules(IEnumerable<JsonNode> objects) =>
        from role in objects
        where role.Text("kind") is "Role" or "ClusterRole"
        from rule in role.Items("rules")
        select (role.Text("metadata", "name"), rule);
}
