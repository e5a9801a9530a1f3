using Kombo.Core.Models;
using Kombo.EndToEnd.Tests.Cluster;
using Kombo.Testing;

namespace Kombo.EndToEnd.Tests;

/// <summary>What a user takes out of the scope, or deletes with its data, is gone from the database, on a real API server
/// with operator and workers as processes.</summary>
[Collection(ClusterTests.Name)]
[Trait("Level", "e2e")]
public sealed class PurgeTests(KomboCluster cluster)
{
    const Need Everything = Need.ControlPlane | Need.Postgres | Need.Sources;
    const string Token = "scim-canary-token";

    [RequiresFact(Everything)]
    public async Task A_narrower_scope_takes_values_out_of_the_mirror_also_while_suspended()
    {
        await using var source = await SourceProcess.StartScimAsync(200, 5, Token);
        await using var tenant = await cluster.NewTenantAsync();
        var id = await MirrorAsync(tenant, source, deletionPolicy: "Retain");
        (await CountAsync(tenant, "select count(work_email) from kombo.hris_employees", id)).ShouldBe(200);
        (await CountAsync(tenant, "select count(*) from kombo.hris_teams", id)).ShouldBe(5);

        await tenant.KubectlAsync(
            "patch", "integration", "acme", "--type=merge", "-p",
            """{"spec":{"suspend":true,"scope":{"models":[{"name":"hris_employees","include":["first_name"]}]}}}""");

        var status = await tenant.StatusAsync("acme", status => Tenant.Text(status, "purge", "lastSyncTime") is not null);
        (await CountAsync(tenant, "select count(work_email) from kombo.hris_employees", id)).ShouldBe(0);
        (await CountAsync(tenant, "select count(first_name) from kombo.hris_employees", id)).ShouldBe(200);
        (await CountAsync(tenant, "select count(*) from kombo.hris_teams", id)).ShouldBe(0);
        Tenant.Condition(status, "PurgePending").ShouldBeNull();
        Tenant.Text(status, "progress", "purge", "result").ShouldBe("Succeeded");
        (await tenant.KubectlAsync("get", "events", "-o", "yaml")).ShouldContain("PurgeSucceeded");
    }

    [RequiresTheory(Everything)]
    [InlineData("background")]
    [InlineData("foreground")]
    public async Task Deleted_with_policy_Delete_rows_and_object_go(string cascade)
    {
        await using var source = await SourceProcess.StartScimAsync(200, 5, Token);
        await using var tenant = await cluster.NewTenantAsync();
        var id = await MirrorAsync(tenant, source, deletionPolicy: "Delete");
        (await tenant.KubectlAsync("get", "integration", "acme", "-o", "jsonpath={.metadata.finalizers}")).ShouldContain("kombo.dev/purge");

        await tenant.KubectlAsync("delete", "integration", "acme", $"--cascade={cascade}", "--timeout=120s");

        foreach (var model in ModelCatalog.Default.Models)
            (await CountAsync(tenant, $"select count(*) from kombo.{model.Name}", id)).ShouldBe(0, model.Name);
        (await CountAsync(tenant, "select count(*) from kombo.sync_runs", id)).ShouldBe(1, "the purge itself");
        (await CountAsync(tenant, "select count(purged_at) from kombo.integrations", id)).ShouldBe(1);
        (await tenant.KubectlAsync("get", "integrations", "-o", "name")).ShouldBeEmpty();
        (await tenant.KubectlAsync("get", "jobs", "-o", "name")).ShouldBeEmpty("nothing else would take its Job away");
    }

    [RequiresFact(Everything)]
    public async Task A_namespace_that_is_deleted_goes_although_nothing_can_be_purged_there()
    {
        await using var source = await SourceProcess.StartScimAsync(20, 2, Token);
        await using var tenant = await cluster.NewTenantAsync();
        var id = await MirrorAsync(tenant, source, deletionPolicy: "Delete");

        await tenant.KubectlAsync("delete", "namespace", tenant.Name, "--wait=false");

        await Eventually.BecomesAsync(
            async () => await CountAsync(
                tenant, "select count(*) filter (where deleted_at is not null and deletion_policy = 'Delete') from kombo.integrations", id) == 1
                && (await tenant.KubectlAsync("get", "integrations", "-o", "name")).Length == 0,
            TimeSpan.FromMinutes(2));
    }

    /// <summary>Connects a directory and waits for its first full sync.</summary>
    /// <returns>The integration id.</returns>
    static async Task<string> MirrorAsync(Tenant tenant, SourceProcess source, string deletionPolicy)
    {
        await tenant.KubectlAsync("create", "secret", "generic", "acme-scim", $"--from-literal=token={Token}");
        await tenant.ApplyAsync($$$"""
            apiVersion: kombo.dev/v1alpha1
            kind: Integration
            metadata: {name: acme}
            spec:
              connector: scim
              parameters: {baseUrl: "{{{source.Address}}}scim/v2"}
              credentials: {secretRef: {name: acme-scim}}
              deletionPolicy: {{{deletionPolicy}}}
            """);
        var status = await tenant.StatusAsync("acme", status => Tenant.Text(status, "full", "lastSyncTime") is not null);
        return Tenant.Text(status, "integrationId") ?? throw new InvalidOperationException("it has no id");
    }

    static Task<long> CountAsync(Tenant tenant, string sql, string id) =>
        tenant.ScalarAsync<long>($"{sql} where integration_id = @integration", id);
}
