using Kombo.Kubernetes.Controllers;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Queueing;
using Kombo.Kubernetes.Tests.Contract;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Tests.Controllers;

/// <summary>Informer, queue, controller and cluster together.</summary>
public sealed class EntityReconcilerTests : IEntityController<Widget>, IAsyncDisposable
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);
    static readonly NamespacedName Name = new("default", "a");

    readonly InMemoryTestCluster cluster = new();
    readonly CancellationTokenSource stop = new();
    readonly WorkQueue<NamespacedName> queue = new("widgets", new RateLimit(), TimeProvider.System);
    readonly List<string> log = [];
    readonly Task[] running;
    readonly Informer<Widget> informer;

    public EntityReconcilerTests()
    {
        informer = new Informer<Widget>(
            cluster.Client, new InformerOptions<Widget>(), TimeProvider.System, NullLogger<Informer<Widget>>.Instance);
        var reconciler = new EntityReconciler<Widget>(
            informer, queue, this, (before, after) => EntityChange.IsRelevant(before, after, key => key == "ours"));
        var controller = new Controller<NamespacedName>(
            queue, reconciler.ReconcileAsync, new ControllerOptions { Name = "widgets" },
            new ControllerSurroundings(TimeProvider.System, NullLoggerFactory.Instance));
        running = [informer.RunAsync(stop.Token), controller.RunAsync(stop.Token)];
    }

    static CancellationToken None => CancellationToken.None;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(running);
        stop.Dispose();
        queue.Dispose();
        cluster.Dispose();
    }

    public Task<ReconciliationResult<Widget>> ReconcileAsync(Widget entity, CancellationToken cancellationToken)
    {
        Note($"reconcile {entity.Spec!.Size} {entity.GetAnnotation("ours")}".TrimEnd());
        return Task.FromResult(ReconciliationResult<Widget>.Success(entity));
    }

    public Task<ReconciliationResult<Widget>> DeletedAsync(Widget entity, CancellationToken cancellationToken)
    {
        Note($"deleted {entity.Spec!.Size}");
        return Task.FromResult(ReconciliationResult<Widget>.Success(entity));
    }

    [Fact]
    public async Task Changes_that_matter_are_reconciled_and_others_are_not()
    {
        await informer.WaitForSyncAsync(None);
        await cluster.Client.CreateAsync(NewWidget(1), None);
        await LogBecomesAsync("reconcile 1");
        await PatchAsync("""{"spec": {"size": 2}}""");
        await LogBecomesAsync("reconcile 1, reconcile 2");
        await PatchAsync("""{"metadata": {"annotations": {"theirs": "x"}, "labels": {"a": "b"}}}""");
        await cluster.Client.PatchStatusAsync<Widget>("a", "default", V1Patch.Merge("""{"status": {"phase": "x"}}"""), PatchOptions.None, None);
        await PatchAsync("""{"metadata": {"annotations": {"ours": "now"}}}""");
        await LogBecomesAsync("reconcile 1, reconcile 2, reconcile 2 now");
        await cluster.Client.DeleteAsync<Widget>("a", "default", DeleteOptions.Background, None);
        await LogBecomesAsync("reconcile 1, reconcile 2, reconcile 2 now, deleted 2");
        informer.Store.Get(Name).ShouldBeNull();
    }

    static Widget NewWidget(int size) => new()
    {
        Metadata = new() { Name = Name.Name, NamespaceProperty = Name.Namespace },
        Spec = new() { Size = size },
    };

    Task<Widget> PatchAsync(string patch) => cluster.Client.PatchAsync<Widget>("a", "default", V1Patch.Merge(patch), PatchOptions.None, None);

    void Note(string entry)
    {
        lock (log)
            log.Add(entry);
    }

    string Log()
    {
        lock (log)
            return string.Join(", ", log);
    }

    async Task LogBecomesAsync(string expected)
    {
        await Task.WhenAny(Eventually.BecomesAsync(() => Log() == expected, Soon));
        Log().ShouldBe(expected);
    }
}
