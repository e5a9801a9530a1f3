namespace Kombo.Kubernetes.Tests.Contract;

/// <summary>Server-side apply.</summary>
public abstract class ApplyContract(ITestCluster cluster) : ContractSuite(cluster)
{
    const string Operator = "operator";
    const string Worker = "worker";

    [ContractFact]
    public async Task Apply_creates_what_is_missing()
    {
        var made = await ApplyAsync("a", """ "spec": {"size": 3} """, Operator);
        made.Spec!.Size.ShouldBe(3);
        made.Generation().ShouldBe(1);
    }

    [ContractFact]
    public async Task Apply_to_the_status_of_what_is_missing_is_not_found() =>
        (await FailsAsync(() => ApplyStatusAsync("a", """{"phase": "x"}""", Operator))).IsNotFound.ShouldBeTrue();

    [ContractFact]
    public async Task Apply_needs_a_field_manager()
    {
        await CreateAsync("a");
        var patch = V1Patch.Apply("""{"apiVersion": "test.kombo.dev/v1", "kind": "Widget", "metadata": {"name": "a"}}""");
        (await FailsAsync(() => Client.PatchAsync<Widget>("a", Home, patch, PatchOptions.None, None))).Code.ShouldBeInRange(400, 422);
    }

    [ContractFact]
    public async Task A_field_that_is_applied_no_more_goes()
    {
        await ApplyAsync("a", """ "spec": {"size": 3, "color": "red", "options": {"a": "1", "b": "2"}} """, Operator);
        var after = await ApplyAsync("a", """ "spec": {"size": 3, "options": {"b": "2"}} """, Operator);
        after.Spec!.Color.ShouldBeNull();
        after.Spec.Options!.ShouldBe(new Dictionary<string, string> { ["b"] = "2" });
        after.Generation().ShouldBe(2);
    }

    [ContractFact]
    public async Task The_same_apply_again_makes_no_version()
    {
        var first = await ApplyAsync("a", """ "spec": {"size": 3, "parts": ["x"]} """, Operator);
        (await ApplyAsync("a", """ "spec": {"size": 3, "parts": ["x"]} """, Operator)).ResourceVersion().ShouldBe(first.ResourceVersion());
    }

    [ContractFact]
    public async Task Two_managers_share_a_status_without_meeting()
    {
        await CreateAsync("a");
        await ApplyStatusAsync("a", """{"phase": "Syncing", "conditions": [{"type": "Ready", "status": "True"}]}""", Operator, force: true);
        await ApplyStatusAsync("a", """{"progress": {"full": {"pages": 1, "message": "began"}}}""", Worker, force: true);
        var after = await ApplyStatusAsync("a", """{"progress": {"full": {"pages": 2}}}""", Worker, force: true);
        after.Status!.Phase.ShouldBe("Syncing");
        after.Status.Progress!["full"].ShouldBe(new WidgetProgress(2, null));
        after = await ApplyStatusAsync("a", """{"conditions": [{"type": "Ready", "status": "False"}]}""", Operator, force: true);
        after.Status!.Phase.ShouldBeNull();
        after.Status.Conditions!.Single().Status.ShouldBe("False");
        after.Status.Progress!["full"].Pages.ShouldBe(2);
    }

    [ContractFact]
    public async Task Conditions_are_merged_by_type()
    {
        await CreateAsync("a");
        await ApplyStatusAsync("a", """{"conditions": [{"type": "Ready", "status": "True"}, {"type": "Stalled", "status": "True"}]}""", Operator);
        await ApplyStatusAsync("a", """{"conditions": [{"type": "Extra", "status": "True", "reason": "Mine"}]}""", Worker);
        var after = await ApplyStatusAsync("a", """{"conditions": [{"type": "Ready", "status": "Unknown"}]}""", Operator);
        after.Status!.Conditions!.Select(condition => $"{condition.Type}={condition.Status}").Order()
            .ShouldBe(["Extra=True", "Ready=Unknown"]);
    }

    [ContractFact]
    public async Task Another_value_for_the_field_of_another_manager_conflicts_unless_forced()
    {
        await ApplyAsync("a", """ "spec": {"size": 3, "color": "red"} """, Operator);
        (await FailsAsync(() => ApplyAsync("a", """ "spec": {"size": 4} """, Worker))).IsConflict.ShouldBeTrue();
        (await GetAsync("a")).Spec!.Size.ShouldBe(3);
        (await ApplyAsync("a", """ "spec": {"size": 4} """, Worker, force: true)).Spec!.Size.ShouldBe(4);
        // It was taken away: leaving it out now removes nothing.
        var after = await ApplyAsync("a", """ "spec": {"color": "red"} """, Operator);
        after.Spec!.Size.ShouldBe(4);
    }

    [ContractFact]
    public async Task A_field_with_two_owners_goes_with_the_last()
    {
        await ApplyAsync("a", """ "spec": {"size": 3, "color": "red"} """, Operator);
        await ApplyAsync("a", """ "spec": {"size": 3} """, Worker);
        (await ApplyAsync("a", """ "spec": {"color": "red"} """, Operator)).Spec!.Size.ShouldBe(3);
        (await ApplyAsync("a", """ "spec": {} """, Worker)).Spec!.Size.ShouldBeNull();
    }

    [ContractFact]
    public async Task What_an_ordinary_write_changed_is_its_writers()
    {
        await ApplyAsync("a", """ "spec": {"size": 3, "color": "red"} """, Operator);
        await MergeAsync("a", """{"spec": {"size": 4}}""");
        (await FailsAsync(() => ApplyAsync("a", """ "spec": {"size": 5, "color": "red"} """, Operator))).IsConflict.ShouldBeTrue();
        (await ApplyAsync("a", """ "spec": {"color": "red"} """, Operator)).Spec!.Size.ShouldBe(4);
    }

    [ContractFact]
    public async Task A_json_patch_of_the_status_is_for_one_uid_and_lives_beside_an_apply()
    {
        var created = await CreateAsync("a");
        Task<Widget> Patch(string uid) => Client.PatchStatusAsync<Widget>(
            "a", Home,
            V1Patch.Json($$"""
                [{"op": "test", "path": "/metadata/uid", "value": "{{uid}}"},
                 {"op": "add", "path": "/status/progress", "value": {"full": {"pages": 1} } }]
                """),
            new PatchOptions(Worker), None);
        await ApplyStatusAsync("a", """{"phase": "Syncing"}""", Operator, force: true);
        (await FailsAsync(() => Patch("00000000-0000-0000-0000-000000000001"))).IsInvalid.ShouldBeTrue();
        (await Patch(created.Uid())).Status!.Progress!["full"].Pages.ShouldBe(1);
        var after = await ApplyStatusAsync("a", """{"phase": "Idle"}""", Operator, force: true);
        after.Status!.Progress!["full"].Pages.ShouldBe(1);
        after.Status.Phase.ShouldBe("Idle");
    }

    [ContractFact]
    public async Task Apply_with_an_older_version_conflicts()
    {
        var first = await CreateAsync("a");
        await MergeAsync("a", """{"spec": {"size": 2}}""");
        var patch = V1Patch.Apply(
            $$$"""{"apiVersion": "test.kombo.dev/v1", "kind": "Widget", "metadata": {"name": "a", "resourceVersion": "{{{first.ResourceVersion()}}}"}, "spec": {"color": "blue"}}""");
        (await FailsAsync(() => Client.PatchAsync<Widget>("a", Home, patch, new PatchOptions(Operator, Force: true), None)))
            .IsConflict.ShouldBeTrue();
    }

    [ContractFact]
    public async Task Only_its_version_keeps_a_status_from_an_object_that_was_made_again()
    {
        var first = await CreateAsync("a");
        await Client.DeleteAsync<Widget>("a", Home, DeleteOptions.Background, None);
        await CreateAsync("a");
        Task<Widget> Apply(string identity) => Client.PatchStatusAsync<Widget>(
            "a", Home,
            V1Patch.Apply(
                $$$"""{"apiVersion": "test.kombo.dev/v1", "kind": "Widget", "metadata": {"name": "a", {{{identity}}}}, "status": {"phase": "x"}}"""),
            new PatchOptions(Operator, Force: true), None);
        (await FailsAsync(() => Apply($"\"resourceVersion\": \"{first.ResourceVersion()}\""))).IsConflict.ShouldBeTrue();
        (await GetAsync("a")).Status.ShouldBeNull();
        (await Apply($"\"resourceVersion\": \"{(await GetAsync("a")).ResourceVersion()}\"")).Status!.Phase.ShouldBe("x");
    }

    [ContractFact]
    public async Task A_status_is_not_applied_to_a_version_that_another_manager_changed()
    {
        var first = await CreateAsync("a");
        var seen = await ApplyStatusAsync("a", """{"progress": {"full": {"pages": 1}}}""", Worker, force: true);
        Task<Widget> Apply(Widget of) => Client.PatchStatusAsync<Widget>(
            "a", Home,
            V1Patch.Apply(
                $$$"""{"apiVersion": "test.kombo.dev/v1", "kind": "Widget", "metadata": {"name": "a", "resourceVersion": "{{{of.ResourceVersion()}}}"}, "status": {"phase": "x"}}"""),
            new PatchOptions(Operator, Force: true), None);
        (await FailsAsync(() => Apply(first))).IsConflict.ShouldBeTrue();
        (await Apply(seen)).Status!.Progress!["full"].Pages.ShouldBe(1);
    }

    [ContractFact]
    public async Task Apply_for_another_uid_is_refused()
    {
        // Not on the status: servers ignore metadata there.
        const string Other = "00000000-0000-0000-0000-000000000001";
        string Config(string name) =>
            $$$"""{"apiVersion": "test.kombo.dev/v1", "kind": "Widget", "metadata": {"name": "{{{name}}}", "uid": "{{{Other}}}"}, "spec": {"size": 7}}""";
        await CreateAsync("a");
        (await FailsAsync(() => Client.PatchAsync<Widget>("a", Home, V1Patch.Apply(Config("a")), new PatchOptions(Worker, true), None)))
            .IsInvalid.ShouldBeTrue();
        (await FailsAsync(() => Client.PatchAsync<Widget>("gone", Home, V1Patch.Apply(Config("gone")), new PatchOptions(Worker, true), None)))
            .IsConflict.ShouldBeTrue();
        (await Client.GetAsync<Widget>("gone", Home, None)).ShouldBeNull();
    }

    [ContractFact]
    public async Task Only_apply_can_be_forced()
    {
        await CreateAsync("a");
        (await FailsAsync(() => Client.PatchAsync<Widget>("a", Home, V1Patch.Merge("{}"), new PatchOptions(Worker, Force: true), None)))
            .IsInvalid.ShouldBeTrue();
    }
}
