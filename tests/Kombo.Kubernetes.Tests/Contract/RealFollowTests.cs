namespace Kombo.Kubernetes.Tests.Contract;

[NeedsControlPlane, Trait("Level", "cluster"), Collection(nameof(RealTestCluster))]
public sealed class RealFollowTests(RealTestCluster cluster) : FollowContract(cluster)
{
    readonly RealTestCluster cluster = cluster;

    [ContractFact]
    public async Task An_informer_outlives_the_api_server()
    {
        if (!cluster.ControlPlane.CanRestart)
            return; // a given cluster is not ours to restart
        await RunAsync(async informer =>
        {
            await CreateAsync("before");
            await EventuallyAsync(() => Task.FromResult(informer.Store.Count == 1));
            await cluster.ControlPlane.RestartApiServerAsync();
            await EventuallyAsync(async () => await TryAsync(() => CreateAsync("after")));
            await EventuallyAsync(() => Task.FromResult(informer.Store.Count == 2));
        });
    }

    static async Task<bool> TryAsync(Func<Task> act)
    {
        try
        {
            await act();
            return true;
        }
        catch (KubernetesException exception) when (exception.IsConnectionFailure || exception.IsServerError || exception.IsForbidden)
        {
            return false; // it is still starting
        }
        catch (KubernetesException exception) when (exception.IsAlreadyExists)
        {
            return true; // an earlier attempt was carried out after all
        }
    }
}
