using Kombo.Kubernetes.Events;
using Kombo.Kubernetes.Informers;
using Kombo.Kubernetes.Models;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>What is built upon the client: informers and events.</summary>
public abstract class FollowContract(ITestCluster cluster) : ContractSuite(cluster)
{
    [ContractFact]
    public async Task An_informer_follows_its_namespace()
    {
        await CreateAsync("early");
        await RunAsync(async informer =>
        {
            informer.Store.List().Single().Name().ShouldBe("early");
            var owner = await CreateAsync("owner");
            var owned = NewWidget("owned");
            await Client.CreateAsync(owned with { Metadata = owned.Metadata with { OwnerReferences = [owner.MakeControllerReference()] } }, None);
            await EventuallyAsync(() => Task.FromResult(informer.Store.ByIndex(Indexers.OwnerUid, owner.Uid()).Count == 1));
            await MergeAsync("early", """{"spec": {"size": 9}}""");
            await EventuallyAsync(() => Task.FromResult(informer.Store.Get(new(Home, "early"))?.Spec?.Size == 9));
            await Client.DeleteAsync<Widget>("owner", Home, DeleteOptions.Background, None);
            await EventuallyAsync(() => Task.FromResult(informer.Store.Count == 1));
        });
    }

    [ContractFact]
    public async Task An_informer_of_several_namespaces_holds_theirs_and_no_others()
    {
        var (second, other) = (await NewNamespaceAsync(), await NewNamespaceAsync());
        await CreateAsync("same");
        await Client.CreateAsync(In(second, "same"), None);
        await Client.CreateAsync(In(other, "same"), None);
        List<string> gone = [];
        using var stop = new CancellationTokenSource();
        var informer = new Informer<Widget>(
            Client, new InformerOptions<Widget> { Namespaces = [Home, second] }, TimeProvider.System,
            NullLogger<Informer<Widget>>.Instance);
        informer.AddHandler(new InformerHandler<Widget>(
            _ => { }, (_, _) => { }, widget => gone.Add(NamespacedName.Of(widget).ToString())));
        var running = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(None).WaitAsync(TimeSpan.FromSeconds(30));
        informer.Store.List().Select(widget => widget.Namespace()).ShouldBe([Home, second], ignoreOrder: true);

        await Client.CreateAsync(In(other, "later"), None);
        await Client.CreateAsync(In(second, "later"), None);
        await EventuallyAsync(() => Task.FromResult(informer.Store.Get(new(second, "later")) is not null));
        await Client.DeleteAsync<Widget>("same", second, DeleteOptions.Background, None);
        await EventuallyAsync(() => Task.FromResult(gone is not []));
        await MergeAsync("same", """{"spec": {"size": 9}}""");
        await EventuallyAsync(() => Task.FromResult(informer.Store.Get(new(Home, "same"))?.Spec?.Size == 9));

        gone.ShouldBe([$"{second}/same"]);
        informer.Store.List().Select(widget => NamespacedName.Of(widget).ToString())
            .ShouldBe([$"{Home}/same", $"{second}/later"], ignoreOrder: true);
        await stop.CancelAsync();
        await running;

        Widget In(string space, string name)
        {
            var widget = NewWidget(name);
            return widget with { Metadata = widget.Metadata with { NamespaceProperty = space } };
        }
    }

    [ContractFact]
    public async Task Events_are_accepted_and_counted()
    {
        using var stop = new CancellationTokenSource();
        var recorder = new EventRecorder(
            Client, new EventSource("kombo.dev/test", "me"), TimeProvider.System, NullLogger<EventRecorder>.Instance);
        var running = recorder.RunAsync(stop.Token);
        var widget = await CreateAsync("a");
        recorder.Publish(widget, new EventNote(EventType.Normal, "SyncStarted", "Sync", "began"));
        recorder.Publish(widget, new EventNote(EventType.Normal, "SyncStarted", "Sync", "began"));
        Eventsv1Event? written = null;
        await EventuallyAsync(async () =>
        {
            var list = await Client.ListAsync<Eventsv1Event>(Home, ListOptions.All, None);
            written = list.Items is [var first, ..] ? first : null;
            return written?.Series?.Count == 2;
        });
        written!.Regarding!.Uid.ShouldBe(widget.Uid());
        await stop.CancelAsync();
        await running;
    }

    protected async Task RunAsync(Func<Informer<Widget>, Task> act)
    {
        using var stop = new CancellationTokenSource();
        var informer = new Informer<Widget>(
            Client,
            new InformerOptions<Widget> { Namespaces = [Home], Indexers = [Indexers.ByOwnerUid<Widget>()] },
            TimeProvider.System,
            NullLogger<Informer<Widget>>.Instance);
        var running = informer.RunAsync(stop.Token);
        await informer.WaitForSyncAsync(None).WaitAsync(TimeSpan.FromSeconds(30));
        try
        {
            await act(informer);
        }
        finally
        {
            await stop.CancelAsync();
            await running;
        }
    }
}
