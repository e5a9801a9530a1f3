using Kombo.Testing;

namespace Kombo.Chart.Tests.Cluster;

/// <summary>What the API server lets the accounts of a release do.</summary>
[Collection(ClusterTests.Name)]
[Trait("Level", "cluster")]
public sealed class RightsTests(ControlPlaneFixture plane, PostgresFixture postgres)
{
    const Need Needs = Need.ControlPlane | Need.Postgres | Need.Helm;

    [RequiresFact(Needs)]
    public async Task An_operator_of_two_namespaces_may_nothing_elsewhere()
    {
        await using var release = await Release.PrepareAsync(plane, await postgres.CreateDatabaseAsync());
        var (watched, other) = ($"{release.Namespace}-in", $"{release.Namespace}-out");
        await plane.KubectlAsync("create", "namespace", watched);
        await plane.KubectlAsync("create", "namespace", other);
        await release.InstallAsync("operator.replicas=0", "migration.enabled=false", $"operator.namespaces={{{watched}}}", "networkPolicy.enabled=true");

        var account = $"system:serviceaccount:{release.Namespace}:kombo-operator";
        foreach (var (verb, resource) in Needed)
        {
            (await CanAsync(account, verb, resource, watched)).ShouldBeTrue($"{verb} {resource} where it watches");
            (await CanAsync(account, verb, resource, other)).ShouldBeFalse($"{verb} {resource} elsewhere");
        }
        foreach (var (verb, resource) in Refused)
            (await CanAsync(account, verb, resource, watched)).ShouldBeFalse($"{verb} {resource}");
        (await CanAsync(account, "get", "leases.coordination.k8s.io/kombo-operator", release.Namespace)).ShouldBeTrue();
        (await CanAsync(account, "update", "leases.coordination.k8s.io/another", release.Namespace)).ShouldBeFalse();
        (await plane.KubectlAsync("get", "networkpolicy", "kombo-worker", "-n", watched, "-o", "name")).ShouldNotBeEmpty();
        await release.UninstallAsync();
        await plane.KubectlAsync("delete", "namespace", watched, other, "--wait=false");
    }

    [RequiresFact(Needs)]
    public async Task An_operator_of_all_namespaces_may_bind_workers_to_their_role_and_to_no_other()
    {
        await using var release = await Release.PrepareAsync(plane, await postgres.CreateDatabaseAsync());
        await release.InstallAsync("operator.replicas=0", "migration.enabled=false");
        var account = $"system:serviceaccount:{release.Namespace}:kombo-operator";
        foreach (var (verb, resource) in Needed)
            (await CanAsync(account, verb, resource, "default")).ShouldBeTrue($"{verb} {resource}");
        foreach (var (verb, resource) in Refused)
            (await CanAsync(account, verb, resource, "default")).ShouldBeFalse($"{verb} {resource}");
        await plane.KubectlAsync(["create", "rolebinding", "workers", .. Binding(account, release.Namespace, "kombo-worker")]);
        (await Should.ThrowAsync<InvalidOperationException>(
            () => plane.KubectlAsync(["create", "rolebinding", "admins", .. Binding(account, release.Namespace, "cluster-admin")])))
            .Message.ShouldContain("attempting to grant RBAC permissions not currently held");
    }

    static string[] Binding(string account, string space, string role) =>
        ["--clusterrole", role, "--serviceaccount", $"{space}:default", "-n", space, "--as", account];

    static readonly (string Verb, string Resource)[] Needed =
    [
        ("list", "integrations.kombo.dev"), ("patch", "integrations.kombo.dev/status"), ("create", "jobs.batch"), ("watch", "pods"),
        ("get", "secrets"), ("get", "configmaps"), ("create", "events.events.k8s.io"), ("create", "rolebindings.rbac.authorization.k8s.io"),
        ("bind", "clusterroles.rbac.authorization.k8s.io/kombo-worker"), ("get", "serviceaccounts/kombo-worker"),
    ];

    static readonly (string Verb, string Resource)[] Refused =
    [
        ("list", "secrets"), ("watch", "secrets"), ("list", "configmaps"), ("create", "secrets"), ("update", "integrations.kombo.dev"),
        ("delete", "integrations.kombo.dev"), ("create", "pods"), ("bind", "clusterroles.rbac.authorization.k8s.io/cluster-admin"),
        ("escalate", "clusterroles.rbac.authorization.k8s.io/kombo-worker"), ("get", "serviceaccounts/default"), ("delete", "rolebindings.rbac.authorization.k8s.io"),
    ];

    // resource[.group][/name], or the subresource status.
    async Task<bool> CanAsync(string account, string verb, string resource, string space)
    {
        string[] what = resource.EndsWith("/status", StringComparison.Ordinal)
            ? [resource[..^"/status".Length], "--subresource", "status"]
            : [resource];
        try
        {
            return (await plane.KubectlAsync(["auth", "can-i", verb, .. what, "--as", account, "-n", space])).Contains("yes");
        }
        catch (InvalidOperationException refused) when (refused.Message.Split('\n').Contains("no"))
        {
            return false;
        }
    }
}
