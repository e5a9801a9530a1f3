using Kombo.Kubernetes;
using Kombo.Kubernetes.LeaderElection;
using Kombo.Operator.Leadership;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Operator.Tests.Faults;

/// <summary>An operator that is started again whenever it ends, as by its Deployment.</summary>
sealed class KeptOperator : IAsyncDisposable
{
    /// <summary>In the namespace that it looks after.</summary>
    public const string Lease = "lead";

    readonly Func<OperatorSetup> setup;
    readonly Func<IKubernetesClient>? leases;
    readonly CancellationTokenSource ended = new();
    readonly Task keeping;
    TaskCompletionSource restart = NewSignal();
    volatile ILeadership? leadership;

    KeptOperator(Func<OperatorSetup> setup, Func<IKubernetesClient>? leases)
    {
        (this.setup, this.leases) = (setup, leases);
        keeping = KeepAsync();
    }

    /// <summary>How often one was started.</summary>
    public int Lives { get; private set; }

    /// <summary>How often one ended because it lost the lead.</summary>
    public int Losses { get; private set; }

    public bool IsLeading => leadership?.IsLeader == true;

    /// <param name="setup">For each life anew.</param>
    /// <param name="leases">The client of an elector; null: it is the only operator.</param>
    public static KeptOperator Start(Func<OperatorSetup> setup, Func<IKubernetesClient>? leases = null) =>
        new(setup, leases);

    /// <summary>Ends this life; the next one begins.</summary>
    public void Restart() => restart.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        await ended.CancelAsync();
        restart.TrySetResult();
        await keeping;
        ended.Dispose();
    }

    async Task KeepAsync()
    {
        while (!ended.IsCancellationRequested)
        {
            restart = NewSignal();
            var (life, lifetime) = (setup(), new Lifetime());
            if (leases is not null)
                life = life with { Leadership = NewElection(life, leases(), lifetime) };
            Lives++;
            await using (await InProcessOperator.StartAsync(life))
            {
                leadership = life.Leadership;
                await Task.WhenAny(restart.Task, life.Death.Come, lifetime.Stopping);
                leadership = null;
                Losses += lifetime.Stopping.IsCompleted ? 1 : 0;
            }
            (life.Leadership as IDisposable)?.Dispose();
        }
    }

    // Short, so that a slow answer costs the lease.
    static ElectedLeader NewElection(OperatorSetup setup, IKubernetesClient client, Lifetime lifetime) => new(
        new(new LeaseLock(client, setup.Namespaces, Lease, LeaseSettings.NewIdentity("test")))
        {
            LeaseDuration = TimeSpan.FromSeconds(2),
            RenewDeadline = TimeSpan.FromSeconds(1.5),
            RetryPeriod = TimeSpan.FromSeconds(0.3),
        },
        lifetime,
        NullLogger<ElectedLeader>.Instance);

    static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    sealed class Lifetime : IHostApplicationLifetime
    {
        readonly TaskCompletionSource stopping = NewSignal();

        public Task Stopping => stopping.Task;
        public CancellationToken ApplicationStarted => CancellationToken.None;
        public CancellationToken ApplicationStopping => CancellationToken.None;
        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => stopping.TrySetResult();
    }
}
