using Kombo.Kubernetes.Models;

namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>Create, replace, merge patch, JSON patch.</summary>
public abstract class WriteContract(ITestCluster cluster) : ContractSuite(cluster)
{
    [ContractFact]
    public async Task What_is_not_there_is_null() => (await Client.GetAsync<Widget>("nobody", Home, None)).ShouldBeNull();

    [ContractFact]
    public async Task A_created_object_has_what_the_server_gives()
    {
        var created = await CreateAsync("a");
        created.Uid().ShouldNotBeEmpty();
        created.ResourceVersion().ShouldNotBeNullOrEmpty();
        created.Generation().ShouldBe(1);
        created.Metadata.CreationTimestamp.ShouldNotBeNull();
        (await GetAsync("a")).ShouldSatisfyAllConditions(
            read => read.Spec!.Color.ShouldBe("red"),
            read => read.ResourceVersion().ShouldBe(created.ResourceVersion()));
    }

    [ContractFact]
    public async Task A_second_create_already_exists_which_is_no_conflict()
    {
        await CreateAsync("a");
        var failure = await FailsAsync(() => CreateAsync("a"));
        failure.IsAlreadyExists.ShouldBeTrue();
        failure.IsConflict.ShouldBeFalse();
    }

    [ContractFact]
    public async Task Of_many_creates_of_one_name_one_succeeds()
    {
        var created = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async number =>
        {
            try
            {
                await CreateAsync("same", size: number + 1);
                Interlocked.Increment(ref created);
            }
            catch (KubernetesException exception) when (exception.IsAlreadyExists)
            {
                // The other seven.
            }
        }));
        created.ShouldBe(1);
    }

    [ContractFact]
    public async Task A_namespace_that_is_not_there_takes_nothing()
    {
        var widget = NewWidget("a") with { Metadata = new() { Name = "a", NamespaceProperty = "no-such-namespace" } };
        (await FailsAsync(() => Client.CreateAsync(widget, None))).IsNotFound.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_generated_name_begins_as_asked()
    {
        var widget = NewWidget("") with { Metadata = new() { GenerateName = "gen-", NamespaceProperty = Home } };
        (await Client.CreateAsync(widget, None)).Name().ShouldStartWith("gen-");
    }

    [ContractFact]
    public async Task What_the_schema_forbids_is_invalid()
    {
        (await FailsAsync(() => CreateAsync("a", size: 0))).IsInvalid.ShouldBeTrue();
        await CreateAsync("b");
        (await FailsAsync(() => MergeAsync("b", """{"spec": {"size": 0}}"""))).IsInvalid.ShouldBeTrue();
        (await FailsAsync(() => CreateAsync("Not_A_Name"))).IsInvalid.ShouldBeTrue();
    }

    [ContractFact]
    public async Task Status_and_spec_are_written_apart()
    {
        var created = await Client.CreateAsync(NewWidget("a") with { Status = new() { Phase = "ignored" } }, None);
        created.Status?.Phase.ShouldBeNull();

        var reported = await Client.ReplaceStatusAsync(
            created with { Spec = new() { Size = 99 }, Status = new() { Phase = "Ready" } }, None);
        reported.Spec!.Size.ShouldBe(1);
        reported.Status!.Phase.ShouldBe("Ready");

        var changed = await Client.ReplaceAsync(reported with { Spec = new() { Size = 2 }, Status = new() { Phase = "lost" } }, None);
        changed.Spec!.Size.ShouldBe(2);
        changed.Status!.Phase.ShouldBe("Ready");

        await MergeAsync("a", """{"status": {"phase": "lost"}}""");
        (await GetAsync("a")).Status!.Phase.ShouldBe("Ready");
    }

    [ContractFact]
    public async Task Generation_counts_changes_of_the_spec_only()
    {
        await CreateAsync("a");
        (await MergeAsync("a", """{"metadata": {"annotations": {"x": "1"}}}""")).Generation().ShouldBe(1);
        await Client.PatchStatusAsync<Widget>("a", Home, V1Patch.Merge("""{"status": {"phase": "P"}}"""), PatchOptions.None, None);
        (await GetAsync("a")).Generation().ShouldBe(1);
        (await MergeAsync("a", """{"spec": {"size": 2}}""")).Generation().ShouldBe(2);
    }

    [ContractFact]
    public async Task A_replace_of_an_older_version_conflicts()
    {
        var first = await CreateAsync("a");
        await MergeAsync("a", """{"spec": {"size": 2}}""");
        var failure = await FailsAsync(() => Client.ReplaceAsync(first with { Spec = new() { Size = 3 } }, None));
        failure.IsConflict.ShouldBeTrue();
        failure.IsAlreadyExists.ShouldBeFalse();
        (await FailsAsync(() => Client.ReplaceStatusAsync(first, None))).IsConflict.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_replace_names_its_version()
    {
        var first = await CreateAsync("a");
        var blind = first with { Metadata = first.Metadata with { ResourceVersion = null } };
        (await FailsAsync(() => Client.ReplaceAsync(blind, None))).IsInvalid.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_replace_of_another_object_of_the_same_name_conflicts()
    {
        var first = await CreateAsync("a");
        var other = first with { Metadata = first.Metadata with { Uid = "00000000-0000-0000-0000-000000000001" } };
        (await FailsAsync(() => Client.ReplaceAsync(other, None))).IsConflict.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_write_that_changes_nothing_makes_no_version()
    {
        var created = await CreateAsync("a");
        (await MergeAsync("a", """{"spec": {"size": 1}}""")).ResourceVersion().ShouldBe(created.ResourceVersion());
        (await Client.ReplaceAsync(created, None)).ResourceVersion().ShouldBe(created.ResourceVersion());
    }

    [ContractFact]
    public async Task A_merge_patch_adds_changes_and_removes()
    {
        await CreateAsync("a");
        var patched = await MergeAsync("a", """{"spec": {"color": null, "parts": ["x", "y"], "options": {"k": "v", "l": "w"}}}""");
        patched.Spec!.Color.ShouldBeNull();
        patched.Spec.Size.ShouldBe(1);
        patched = await MergeAsync("a", """{"spec": {"parts": ["z"], "options": {"k": null}}}""");
        patched.Spec!.Parts.ShouldBe(["z"]);
        patched.Spec.Options!.Keys.ShouldBe(["l"]);
    }

    [ContractFact]
    public async Task A_merge_patch_with_a_version_locks()
    {
        var first = await CreateAsync("a");
        await MergeAsync("a", """{"spec": {"size": 2}}""");
        var late = $$$"""{"metadata": {"resourceVersion": "{{{first.ResourceVersion()}}}"}, "spec": {"size": 3}}""";
        (await FailsAsync(() => MergeAsync("a", late))).IsConflict.ShouldBeTrue();
        (await FailsAsync(() => MergeAsync("nobody", """{"spec": {"size": 3}}"""))).IsNotFound.ShouldBeTrue();
    }

    [ContractFact]
    public async Task A_json_patch_does_all_or_nothing()
    {
        await CreateAsync("a");
        Task<Widget> Patch(string json) => Client.PatchAsync<Widget>("a", Home, V1Patch.Json(json), PatchOptions.None, None);
        var patched = await Patch("""
            [{"op": "test", "path": "/spec/size", "value": 1}, {"op": "replace", "path": "/spec/size", "value": 5},
             {"op": "add", "path": "/metadata/annotations", "value": {"a/b": "c"}}, {"op": "remove", "path": "/spec/color"}]
            """);
        patched.Spec!.Size.ShouldBe(5);
        patched.Spec.Color.ShouldBeNull();
        patched.GetAnnotation("a/b").ShouldBe("c");
        (await FailsAsync(() => Patch("""[{"op": "replace", "path": "/spec/size", "value": 6}, {"op": "test", "path": "/spec/size", "value": 1}]""")))
            .IsInvalid.ShouldBeTrue();
        (await FailsAsync(() => Patch("""[{"op": "add", "path": "/spec/nothing/here", "value": 1}]"""))).IsInvalid.ShouldBeTrue();
        (await GetAsync("a")).Spec!.Size.ShouldBe(5);
        (await Patch("""[{"op": "remove", "path": "/metadata/annotations/a~1b"}]""")).GetAnnotation("a/b").ShouldBeNull();
    }

    [ContractFact]
    public async Task A_secret_takes_text_and_gives_bytes()
    {
        var created = await Client.CreateAsync(
            new V1Secret
            {
                Metadata = new() { Name = "s", NamespaceProperty = Home },
                StringData = new Dictionary<string, string> { ["token"] = "hunter2" },
            },
            None);
        created.Data!["token"].ShouldBe("hunter2"u8.ToArray());
        created.Type.ShouldBe("Opaque");
    }

    [ContractFact]
    public async Task Times_of_a_lease_keep_six_digits()
    {
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero).AddMicroseconds(123456);
        var lease = new V1Lease
        {
            Metadata = new() { Name = "l", NamespaceProperty = Home },
            Spec = new() { HolderIdentity = "me", RenewTime = at, LeaseDurationSeconds = 15 },
        };
        (await Client.CreateAsync(lease, None)).Spec!.RenewTime.ShouldBe(at);
    }
}
