using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>Deletion, finalizers, owners, namespaces, time to live.</summary>
public abstract class DeleteContract(ITestCluster cluster) : ContractSuite(cluster)
{
    [ContractFact]
    public async Task A_deleted_object_is_gone()
    {
        await CreateAsync("a");
        await DeleteAsync("a");
        (await Client.GetAsync<Widget>("a", Home, None)).ShouldBeNull();
        (await FailsAsync(() => DeleteAsync("a"))).IsNotFound.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_deletion_of_another_object_of_the_same_name_conflicts()
    {
        var first = await CreateAsync("a");
        await DeleteAsync("a");
        await CreateAsync("a");
        (await FailsAsync(() => DeleteAsync("a", new DeleteOptions(Uid: first.Uid())))).IsConflict.ShouldBeTrue();
        (await GetAsync("a")).Uid().ShouldNotBe(first.Uid());
    }

    [ContractFact]
    public async Task A_finalizer_holds_an_object_until_it_is_removed()
    {
        await CreateAsync("a");
        await MergeAsync("a", """{"metadata": {"finalizers": ["test.kombo.dev/hold"]}}""");
        await DeleteAsync("a");
        var held = await GetAsync("a");
        held.DeletionTimestamp().ShouldNotBeNull();
        held.HasFinalizer("test.kombo.dev/hold").ShouldBeTrue();
        await DeleteAsync("a"); // again: nothing new
        await MergeAsync("a", """{"metadata": {"finalizers": null}}""");
        (await Client.GetAsync<Widget>("a", Home, None)).ShouldBeNull();
    }

    [ContractFact]
    public async Task A_watch_shows_how_a_held_object_goes()
    {
        await CreateAsync("a");
        var start = await MergeAsync("a", """{"metadata": {"finalizers": ["test.kombo.dev/hold"]}}""");
        await DeleteAsync("a");
        await MergeAsync("a", """{"metadata": {"finalizers": null}}""");
        List<WatchEventType> seen = [];
        await foreach (var change in Client.WatchAsync<Widget>(
            Home, new WatchOptions(ResourceVersion: start.ResourceVersion(), Timeout: TimeSpan.FromSeconds(20)), None))
        {
            seen.Add(change.Type);
            if (change.Type == WatchEventType.Deleted)
                break;
        }
        seen[0].ShouldBe(WatchEventType.Modified);
        seen[^1].ShouldBe(WatchEventType.Deleted);
    }

    [ContractFact]
    public async Task What_an_object_owns_goes_with_it()
    {
        var owner = await CreateAsync("owner");
        await CreateOwnedAsync("owned", owner);
        await CreateAsync("free");
        await DeleteAsync("owner");
        await EventuallyAsync(async () => await Client.GetAsync<Widget>("owned", Home, None) is null);
        (await GetAsync("free")).Name().ShouldBe("free");
    }

    [ContractFact]
    public async Task What_is_owned_by_nobody_any_more_goes()
    {
        var owner = await CreateAsync("owner");
        await DeleteAsync("owner");
        await CreateOwnedAsync("late", owner);
        await EventuallyAsync(async () => await Client.GetAsync<Widget>("late", Home, None) is null);
    }

    [ContractFact]
    public async Task In_the_foreground_what_it_owns_goes_first_and_what_it_comes_to_own_meanwhile_too()
    {
        const string Hold = "test.kombo.dev/hold";
        var owner = await CreateAsync("owner");
        var owned = NewWidget("owned");
        await Client.CreateAsync(
            owned with { Metadata = owned.Metadata with { Finalizers = [Hold], OwnerReferences = [owner.MakeControllerReference()] } }, None);
        await CreateAsync("free");
        await DeleteAsync("owner", new DeleteOptions(PropagationPolicy.Foreground));
        await EventuallyAsync(async () => (await GetAsync("owned")).DeletionTimestamp() is not null);

        (await GetAsync("owner")).Metadata.Finalizers.ShouldBe(["foregroundDeletion"]);
        await CreateOwnedAsync("late", owner); // a garbage collector may look at it only when it looks at its owner again
        await Client.PatchAsync<Widget>("owned", Home, V1Patch.Merge("""{"metadata": {"finalizers": null}}"""), PatchOptions.None, None);
        await EventuallyAsync(async () => await Client.GetAsync<Widget>("late", Home, None) is null);
        await EventuallyAsync(async () => await Client.GetAsync<Widget>("owner", Home, None) is null);
        (await GetAsync("free")).Name().ShouldBe("free");
    }

    [ContractFact]
    public async Task Orphans_stay()
    {
        var owner = await CreateAsync("owner");
        await CreateOwnedAsync("owned", owner);
        await DeleteAsync("owner", new DeleteOptions(PropagationPolicy.Orphan));
        await EventuallyAsync(async () => await Client.GetAsync<Widget>("owner", Home, None) is null);
        (await GetAsync("owned")).Metadata.OwnerReferences.ShouldBeNull();
    }

    [ContractFact]
    public async Task A_namespace_that_goes_takes_its_content_and_nothing_new()
    {
        var home = $"{Home}-going";
        await Client.CreateAsync(new V1Namespace { Metadata = new() { Name = home } }, None);
        var widget = NewWidget("held") with
        {
            Metadata = new() { Name = "held", NamespaceProperty = home, Finalizers = ["test.kombo.dev/hold"] },
        };
        await Client.CreateAsync(widget, None);
        await Client.DeleteAsync<V1Namespace>(home, null, DeleteOptions.Background, None);

        var failure = await FailsAsync(() => Client.CreateAsync(
            widget with { Metadata = new() { Name = "new", NamespaceProperty = home } }, None));
        failure.IsNamespaceTerminating.ShouldBeTrue();
        failure.IsForbidden.ShouldBeFalse();

        await EventuallyAsync(async () =>
            (await Client.GetAsync<Widget>("held", home, None))?.DeletionTimestamp() is not null);
        await Client.PatchAsync<Widget>(
            "held", home, V1Patch.Merge("""{"metadata": {"finalizers": null}}"""), PatchOptions.None, None);
        await EventuallyAsync(async () => await Client.GetAsync<V1Namespace>(home, null, None) is null);
    }

    [ContractFact]
    public async Task A_finished_job_lives_for_its_time_only()
    {
        await Client.CreateAsync(NewJob("j"), None);
        await Client.PatchAsync<V1Job>(
            "j", Home, V1Patch.Merge("""{"spec": {"ttlSecondsAfterFinished": 1}}"""), PatchOptions.None, None);
        await EventuallyAsync(async () =>
        {
            if (await Client.GetAsync<V1Job>("j", Home, None) is not { } job)
                return true;
            // The Job controller of a real cluster may write its own view over ours at first.
            if (job.Status?.Conditions is null)
                await FinishAsync("j");
            return false;
        });
    }

    async Task FinishAsync(string job)
    {
        var status = $$$"""
            {"status": {"succeeded": 1, "completionTime": "{{{Now}}}", "startTime": "{{{Now}}}",
             "conditions": [{"type": "Complete", "status": "True", "lastTransitionTime": "{{{Now}}}", "lastProbeTime": "{{{Now}}}"}]}}
            """;
        await Client.PatchStatusAsync<V1Job>(job, Home, V1Patch.Merge(status), PatchOptions.None, None);
    }

    static string Now => DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);

    V1Job NewJob(string name) => new()
    {
        Metadata = new() { Name = name, NamespaceProperty = Home },
        Spec = new()
        {
            BackoffLimit = 0,
            Template = new()
            {
                Spec = new() { RestartPolicy = "Never", Containers = [new() { Name = "c", Image = "none" }] },
            },
        },
    };

    Task DeleteAsync(string name, DeleteOptions? options = null) =>
        Client.DeleteAsync<Widget>(name, Home, options ?? DeleteOptions.Background, None);

    Task<Widget> CreateOwnedAsync(string name, Widget owner)
    {
        var widget = NewWidget(name);
        return Client.CreateAsync(
            widget with { Metadata = widget.Metadata with { OwnerReferences = [owner.MakeControllerReference()] } }, None);
    }
}
