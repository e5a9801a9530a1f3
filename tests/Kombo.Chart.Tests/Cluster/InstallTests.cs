using System.Text.Json.Nodes;
using Kombo.Testing;
using Npgsql;

namespace Kombo.Chart.Tests.Cluster;

/// <summary>The chart on a real API server, by the real helm.</summary>
[Collection(ClusterTests.Name)]
[Trait("Level", "cluster")]
public sealed class InstallTests(ControlPlaneFixture plane, PostgresFixture postgres)
{
    const Need Needs = Need.ControlPlane | Need.Postgres | Need.Helm;
    const string Owner = "database.ownerSecret=kombo-owner";
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(2);

    [RequiresFact(Needs)]
    public async Task Installed_upgraded_and_uninstalled_it_leaves_kinds_and_Integrations()
    {
        await using var database = await DocumentedDatabase.CreateAsync(postgres);
        await using var release = await Release.PrepareAsync(plane, database.Operator);
        await using var tenant = await TenantAsync(database.Worker);
        await release.KubectlAsync("create", "secret", "generic", "kombo-owner", $"--from-literal=connectionString={database.Owner}");

        (await release.InstallAsync(Owner)).ShouldContain("STATUS: deployed");
        release.Migrations.ShouldHaveSingleItem().ExitCode.ShouldBe(0, "the hook migrated the database before helm was done");
        (await MigratedAsync(database.Owner)).ShouldBeTrue();
        var address = await release.OperatorAsync();
        (await release.TestAsync(address)).ShouldContain("Phase:          Succeeded");

        await tenant.ConnectAsync();
        var job = await tenant.JobAsync();
        var pod = job.At("spec", "template", "spec")!;
        pod.Text("serviceAccountName").ShouldBe("kombo-worker");
        pod.Items("containers").Single().Text("image").ShouldBe("kombo-worker:0.1.0");

        (await release.UpgradeAsync(Owner, "operator.concurrency=3", "worker.image.tag=next")).ShouldContain("REVISION: 2");
        release.Migrations.Count.ShouldBe(2, "the hook ran again");
        (await release.KubectlAsync("get", "deployment", "kombo-operator", "-o", "json")).ShouldContain("kombo-worker:next");

        var kept = await release.UninstallAsync();
        kept.ShouldContain("integrations.kombo.dev");
        (await release.KubectlAsync("get", "deployments,services,pdb,serviceaccounts,jobs", "-o", "name")).ShouldNotContain("kombo");
        (await plane.KubectlAsync("get", "clusterroles,clusterrolebindings", "-o", "name")).ShouldNotContain("kombo");
        (await tenant.KubectlAsync("get", "integrations", "-o", "name")).ShouldContain("integration.kombo.dev/acme");
        (await release.InstallAgainAsync(Owner)).ShouldContain("STATUS: deployed", customMessage: "over the kinds that were kept");
    }

    [RequiresFact(Needs)]
    public async Task A_migration_that_fails_stops_the_upgrade_before_the_operator_changes()
    {
        await using var release = await Release.PrepareAsync(plane, await postgres.CreateDatabaseAsync());
        await release.InstallAsync("operator.replicas=0");
        await release.KubectlAsync("create", "secret", "generic", "kombo-owner", "--from-literal=connectionString=postgres://no");

        var refused = await Should.ThrowAsync<InvalidOperationException>(
            () => release.UpgradeAsync(TimeSpan.FromSeconds(15), "database.ownerSecret=kombo-owner", "operator.concurrency=3"));

        refused.Message.ShouldContain("pre-upgrade");
        release.Migrations[^1].ExitCode.ShouldBe(3);
        (await release.KubectlAsync("get", "deployment", "kombo-operator", "-o", "json")).ShouldContain("\"value\": \"8\"");
    }

    static async Task<bool> MigratedAsync(string connection)
    {
        await using var database = new NpgsqlConnection(connection);
        await database.OpenAsync();
        await using var command = new NpgsqlCommand("select count(*) > 0 from kombo.schema_versions", database);
        return (bool)(await command.ExecuteScalarAsync())!; // count is never null
    }

    async Task<Tenant> TenantAsync(string connection)
    {
        var tenant = new Tenant(plane, $"hr-{Guid.NewGuid():N}"[..11]);
        await plane.KubectlAsync("create", "namespace", tenant.Name);
        await tenant.KubectlAsync("create", "secret", "generic", "kombo-database", $"--from-literal=connectionString={connection}");
        return tenant;
    }

    sealed record Tenant(ControlPlaneFixture Plane, string Name) : IAsyncDisposable
    {
        public Task<string> KubectlAsync(params string[] arguments) => Plane.KubectlAsync(["-n", Name, .. arguments]);

        public async Task ConnectAsync()
        {
            await KubectlAsync("create", "secret", "generic", "acme-scim", "--from-literal=token=value");
            await KubectlAsync("apply", "--validate=false",
                "-f", RepositoryRoot.Combine("crds", "samples", "valid", "schedule-full.yaml"),
                "-f", RepositoryRoot.Combine("crds", "samples", "valid", "integration-small.yaml"));
        }

        public async Task<JsonNode> JobAsync() => await Eventually.GetsAsync(
            async () => JsonNode.Parse(await KubectlAsync("get", "jobs", "-o", "json")).Items("items").FirstOrDefault(), Deadline);

        public async ValueTask DisposeAsync() => await Plane.KubectlAsync("delete", "namespace", Name, "--wait=false");
    }
}
