namespace Kombo.Testing;

[Trait("Level", "cluster")]
public sealed class ControlPlaneFixtureTests(ControlPlaneFixture cluster) : IClassFixture<ControlPlaneFixture>
{
    static readonly TimeSpan Deadline = TimeSpan.FromMinutes(3);

    [RequiresFact(Need.ControlPlane)]
    public async Task The_job_controller_makes_a_pod_for_a_job()
    {
        var space = await NewNamespaceAsync();

        await cluster.KubectlAsync("create", "job", "probe", "--image=none", "--namespace", space);

        await Eventually.BecomesAsync(
            async () => (await cluster.KubectlAsync("get", "pods", "-l", "job-name=probe", "-o", "name", "--namespace", space)).StartsWith("pod/probe-", StringComparison.Ordinal),
            Deadline);
    }

    [RequiresFact(Need.ControlPlane)]
    public async Task A_service_account_may_do_only_what_a_role_allows()
    {
        var space = await NewNamespaceAsync();
        await cluster.KubectlAsync("create", "role", "reader", "--verb=list", "--resource=configmaps", "--namespace", space);
        await cluster.KubectlAsync("create", "rolebinding", "reader", "--role=reader", $"--serviceaccount={space}:default", "--namespace", space);
        Task<string> List(string resource) =>
            cluster.KubectlAsync("get", resource, "--namespace", space, $"--as=system:serviceaccount:{space}:default");

        await Eventually.BecomesAsync(() => SucceedsAsync(List("configmaps")), Deadline);
        (await Should.ThrowAsync<InvalidOperationException>(() => List("secrets"))).Message.ShouldContain("Forbidden");
    }

    [RequiresFact(Need.ControlPlane)]
    public async Task State_outlives_a_restart_of_the_API_server()
    {
        if (!cluster.CanRestart)
            return; // a cluster given from outside is not ours to restart
        var space = await NewNamespaceAsync();

        await cluster.RestartApiServerAsync();

        (await cluster.KubectlAsync("get", "namespace", space, "-o", "name")).ShouldBe($"namespace/{space}");
    }

    async Task<string> NewNamespaceAsync()
    {
        var name = $"test-{Guid.NewGuid():N}";
        await cluster.KubectlAsync("create", "namespace", name);
        return name;
    }

    static async Task<bool> SucceedsAsync(Task<string> command)
    {
        try
        {
            await command;
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
