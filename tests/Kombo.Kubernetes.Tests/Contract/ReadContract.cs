namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>List and watch.</summary>
public abstract class ReadContract(ITestCluster cluster) : ContractSuite(cluster)
{
    [ContractFact]
    public async Task A_list_has_items_and_a_version()
    {
        await CreateAsync("b");
        await CreateAsync("a");
        var list = await Client.ListAsync<Widget>(Home, ListOptions.All, None);
        list.Items.Select(item => item.Name()).Order().ShouldBe(["a", "b"]);
        list.Metadata.ResourceVersion.ShouldNotBeNullOrEmpty();
        list.Items[0].Kind.ShouldBe("Widget");
    }

    [ContractFact]
    public async Task A_list_without_namespace_has_all()
    {
        await CreateLabelledAsync("a", ("home", Home));
        var list = await Client.ListAsync<Widget>(null, new ListOptions(LabelSelector: $"home={Home}"), None);
        list.Items.Single().Namespace().ShouldBe(Home);
    }

    [ContractFact]
    public async Task Pages_hold_every_object_once()
    {
        foreach (var number in Enumerable.Range(0, 7))
            await CreateAsync($"w{number}");
        List<string> names = [];
        string? next = null;
        do
        {
            var page = await Client.ListAsync<Widget>(Home, new ListOptions(Limit: 3, Continue: next), None);
            page.Items.Count.ShouldBeLessThanOrEqualTo(3);
            names.AddRange(page.Items.Select(item => item.Name()));
            next = page.Metadata.Continue;
        }
        while (!string.IsNullOrEmpty(next));
        names.ShouldBe(["w0", "w1", "w2", "w3", "w4", "w5", "w6"]);
    }

    [ContractFact]
    public async Task Selectors_choose()
    {
        await CreateLabelledAsync("a", ("tier", "front"), ("env", "prod"));
        await CreateLabelledAsync("b", ("tier", "back"), ("env", "prod"));
        await CreateLabelledAsync("c", ("env", "test"));
        (await NamesAsync("tier=front")).ShouldBe(["a"]);
        (await NamesAsync("tier==front,env=prod")).ShouldBe(["a"]);
        (await NamesAsync("tier!=front")).ShouldBe(["b", "c"]);
        (await NamesAsync("tier")).ShouldBe(["a", "b"]);
        (await NamesAsync("!tier")).ShouldBe(["c"]);
        (await NamesAsync("tier in (front,back),env notin (test)")).ShouldBe(["a", "b"]);
        (await NamesAsync("tier notin (front)")).ShouldBe(["b", "c"]);
        (await NamesAsync(null, "metadata.name=b")).ShouldBe(["b"]);
        (await NamesAsync(null, "metadata.name!=b")).ShouldBe(["a", "c"]);
    }

    [ContractFact]
    public async Task A_watch_tells_what_happened_after_its_version()
    {
        var before = await CreateAsync("old");
        var list = await Client.ListAsync<Widget>(Home, ListOptions.All, None);
        await CreateAsync("a");
        await MergeAsync("a", """{"spec": {"size": 2}}""");
        await Client.DeleteAsync<Widget>("a", Home, DeleteOptions.Background, None);
        var seen = await WatchAsync(new WatchOptions(ResourceVersion: list.Metadata.ResourceVersion), count: 3);
        seen.Select(change => $"{change.Type} {change.Entity!.Name()} {change.Entity!.Spec!.Size}")
            .ShouldBe(["Added a 1", "Modified a 2", "Deleted a 2"]);
        seen.Select(change => change.ResourceVersion).ShouldBeUnique();
        seen[2].ResourceVersion.ShouldBe(seen[2].Entity!.ResourceVersion());
    }

    [ContractFact]
    public async Task A_watch_goes_on_from_any_event()
    {
        var list = await Client.ListAsync<Widget>(Home, ListOptions.All, None);
        await CreateAsync("a");
        await CreateAsync("b");
        var first = await WatchAsync(new WatchOptions(ResourceVersion: list.Metadata.ResourceVersion), count: 1);
        var second = await WatchAsync(new WatchOptions(ResourceVersion: first[0].ResourceVersion), count: 1);
        second.Single().Entity!.Name().ShouldBe("b");
    }

    [ContractFact]
    public async Task Leaving_a_selection_looks_like_a_deletion()
    {
        var list = await Client.ListAsync<Widget>(Home, ListOptions.All, None);
        await CreateAsync("a");
        await MergeAsync("a", """{"metadata": {"labels": {"in": "yes"}}}""");
        await MergeAsync("a", """{"spec": {"size": 2}}""");
        await MergeAsync("a", """{"metadata": {"labels": {"in": null}}}""");
        var seen = await WatchAsync(new WatchOptions(LabelSelector: "in=yes", ResourceVersion: list.Metadata.ResourceVersion), count: 3);
        seen.Select(change => change.Type).ShouldBe([WatchEventType.Added, WatchEventType.Modified, WatchEventType.Deleted]);
    }

    [ContractFact]
    public async Task A_watch_ends_in_time_and_without_an_error()
    {
        var list = await Client.ListAsync<Widget>(Home, ListOptions.All, None);
        var options = new WatchOptions(ResourceVersion: list.Metadata.ResourceVersion, Timeout: TimeSpan.FromSeconds(1));
        await foreach (var change in Client.WatchAsync<Widget>(Home, options, None))
            change.Type.ShouldBe(WatchEventType.Bookmark);
    }

    [ContractFact]
    public async Task A_version_that_is_too_old_says_gone()
    {
        await CreateAsync("a");
        var version = await Cluster.GetExpiredVersionAsync();
        KubernetesException? failure = null;
        try
        {
            await foreach (var change in Client.WatchAsync<Widget>(
                Home, new WatchOptions(ResourceVersion: version, Timeout: TimeSpan.FromSeconds(5)), None))
            {
                if (change.Type == WatchEventType.Error)
                    failure = new KubernetesException(change.Status!);
            }
        }
        catch (KubernetesException exception)
        {
            failure = exception;
        }
        failure.ShouldNotBeNull().IsGone.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_version_that_is_to_come_is_too_large()
    {
        // Enough objects and time would make it valid.
        var failure = await FailsAsync(() => Client.ListAsync<Widget>(Home, new ListOptions(ResourceVersion: "999999999"), None));
        failure.IsTooLargeResourceVersion.ShouldBeTrue();
        failure.IsGone.ShouldBeFalse();
    }

    async Task<IReadOnlyList<WatchEvent<Widget>>> WatchAsync(WatchOptions options, int count)
    {
        List<WatchEvent<Widget>> seen = [];
        await foreach (var change in Client.WatchAsync<Widget>(Home, options with { Timeout = TimeSpan.FromSeconds(20) }, None))
        {
            if (change.Type != WatchEventType.Bookmark)
                seen.Add(change);
            if (seen.Count == count)
                break;
        }
        return seen;
    }

    Task<Widget> CreateLabelledAsync(string name, params (string Key, string Value)[] labels)
    {
        var widget = NewWidget(name);
        return Client.CreateAsync(
            widget with { Metadata = widget.Metadata with { Labels = labels.ToDictionary(label => label.Key, label => label.Value) } }, None);
    }

    async Task<IEnumerable<string>> NamesAsync(string? labels, string? fields = null) =>
        (await Client.ListAsync<Widget>(Home, new ListOptions(labels, fields), None)).Items.Select(item => item.Name()).Order();
}
