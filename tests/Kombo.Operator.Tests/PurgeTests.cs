using System.Text.Json;
using System.Text.Json.Nodes;
using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Applying;
using Kombo.Operator.Tests.Support;
using Kombo.Testing;

namespace Kombo.Operator.Tests;

/// <summary>Purge runs and the end of an Integration, on the in-memory cluster.</summary>
public class PurgeTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);
    static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_narrower_scope_is_purged_at_once_and_the_run_is_in_status_history_and_events()
    {
        await using var operators = await OperatorHarness.StartAsync(options => options.KeepDeletedRecordsDays = 3);
        await SyncedAsync(operators);

        await operators.MergeAsync(Narrow(suspend: true));

        var job = await PurgeJobAsync(operators);
        var request = RequestOf(job);
        request.Type.ShouldBe(SyncType.Purge);
        request.Scope!.Models!.Value.Single().Name.ShouldBe("hris_teams");
        request.Purge!.Retention.DeletedRecords.ShouldBe(3);
        request.Purge.StoredScope.ShouldNotBeNull().ShouldContain("hris_employees");
        var container = job.Spec!.Template!.Spec!.Containers.ShouldHaveSingleItem();
        container.Args.ShouldBe(["purge"]);
        container.Env!.Select(variable => variable.Name).ShouldNotContain(WorkerEnvironment.CredentialsFolder);
        job.Spec.Template.Spec.Volumes!.Select(volume => volume.Name).ShouldBe(["tmp", "database"]);
        var during = await operators.UntilAsync(status => status.Active?.Purge is not null);
        during.Conditions!.Value.ShouldContain(condition => condition.Type == ConditionTypes.PurgePending);

        await operators.FinishAsync(job);

        var after = await operators.UntilAsync(status => status.Purge?.LastSyncTime is not null);
        after.Conditions!.Value.ShouldNotContain(condition => condition.Type == ConditionTypes.PurgePending);
        after.StoredScope.ShouldBe(after.SyncedScope);
        after.History!.Value.First(run => run.Type == "purge").Trigger.ShouldBe(Triggers.ScopeNarrowed);
        await ToldAsync(operators, "PurgeStarted");
    }

    [Fact]
    public async Task A_sync_of_the_wider_scope_is_stopped_before()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await operators.CreateAsync(Scoped);
        var sync = (await operators.UntilJobsAsync(1)).Single();

        await operators.MergeAsync(Narrow());

        await PurgeJobAsync(operators);
        operators.Registry.Closed.ShouldContain(close => close.RunId == RequestOf(sync).RunId && close.Reason == Reasons.ScopeNarrowed);
        (await operators.JobsAsync()).ShouldNotContain(job => job.Name() == sync.Name());
    }

    [Fact]
    public async Task Deleted_with_its_data_it_stays_until_all_is_purged()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        (await operators.GetAsync()).Metadata.Finalizers.ShouldBe([Finalizer.Name]);

        await DeleteAsync(operators);

        var job = await PurgeJobAsync(operators);
        RequestOf(job).Purge!.Everything.ShouldBeTrue();
        operators.Registry.Rows.Values.Single().DeletedAt.ShouldNotBeNull("it is closed before it is purged");
        (await operators.UntilAsync(status => status.Active?.Purge is not null)).Conditions!.Value
            .ShouldContain(condition => condition.Type == ConditionTypes.PurgePending && condition.Reason == Reasons.Purging);

        await operators.FinishAsync(job);

        await GoneAsync(operators);
    }

    [Fact]
    public async Task Deleted_in_the_foreground_its_purge_is_not_deleted_before_it()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        await operators.AnnotateAsync(Annotations.RequestedAt, "now");
        await operators.UntilAsync(status => status.Active?.Full is not null);

        await operators.Cluster.DeleteAsync<V1Alpha1Integration>(
            "acme", OperatorHarness.Namespace, new(PropagationPolicy.Foreground), CancellationToken.None);

        var job = await PurgeJobAsync(operators);
        (job.Metadata.OwnerReferences, job.Spec!.TtlSecondsAfterFinished).ShouldBe((null, 3600));
        await operators.UntilAsync(status => status.Active?.Purge is not null);
        await FinalizersAsync(operators, Finalizer.Name);
        (await operators.JobsAsync()).ShouldHaveSingleItem("what it owned is gone").Uid().ShouldBe(job.Uid());

        await operators.FinishAsync(job);

        await GoneAsync(operators);
        (await operators.JobsAsync()).ShouldBeEmpty("nobody else would take its Job away");
    }

    [Fact]
    public async Task A_new_operator_knows_the_purge_of_the_one_before()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        await DeleteAsync(operators);
        var job = await PurgeJobAsync(operators);
        await operators.UntilAsync(status => status.Active?.Purge is not null);
        await operators.StopOperatorAsync();
        await operators.EndJobAsync(job, "Complete");

        await operators.StartOperatorAsync(new FaultyClient(operators.Cluster));

        await GoneAsync(operators);
    }

    [Fact]
    public async Task A_purge_that_works_is_waited_for_and_one_that_cannot_run_is_given_up()
    {
        await using var operators = await OperatorHarness.StartAsync(options => options.DeletionPatience = TimeSpan.FromMinutes(2));
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        await DeleteAsync(operators);
        var job = await PurgeJobAsync(operators);
        await operators.ShowPodAsync(job, new() { Phase = "Running" });
        await operators.UntilAsync(status => status.Active?.Purge is not null && status.Conditions?.Any(IsStalled) != true);

        for (var hour = 0; hour < 3; hour++)
            await operators.AdvanceAsync(TimeSpan.FromHours(1));

        (await operators.GetAsync()).Metadata.Finalizers.ShouldBe([Finalizer.Name]);
        await operators.Cluster.PatchStatusAsync<V1Pod>(
            "acme-pod", OperatorHarness.Namespace,
            V1Patch.Merge("""{"status": {"phase": "Pending", "conditions": [{"type": "PodScheduled", "status": "False"}]}}"""),
            new("kubelet"), CancellationToken.None);
        await operators.UntilAsync(status => status.Conditions?.Any(IsStalled) == true);
        await GoneAsync(operators, Step);
        await Eventually.BecomesAsync(async () => (await operators.JobsAsync()).Count == 0, Deadline);
    }

    static bool IsStalled(Condition condition) => condition.Type == ConditionTypes.Stalled;

    [Fact]
    public async Task While_others_hold_the_object_its_row_stays_closed()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        await operators.MergeAsync(new()
        {
            ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("example.com/other", Finalizer.Name) },
        });
        await DeleteAsync(operators);
        await operators.FinishAsync(await PurgeJobAsync(operators));
        await FinalizersAsync(operators, "example.com/other");

        await operators.AnnotateAsync(Annotations.RequestedAt, "please");
        await operators.MarkAsync("marker");

        operators.Registry.Rows.Values.Single(row => row.Name == "acme").DeletedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task By_default_it_goes_at_once_and_others_finalizers_are_left_alone()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators);
        (await operators.GetAsync()).Metadata.Finalizers.ShouldBeNull();
        await operators.MergeAsync(new() { ["metadata"] = new JsonObject { ["finalizers"] = new JsonArray("example.com/other") } });
        await operators.MergeAsync(new() { ["spec"] = new JsonObject { ["deletionPolicy"] = "Delete" } });
        await FinalizersAsync(operators, "example.com/other", Finalizer.Name);

        await operators.MergeAsync(new() { ["spec"] = new JsonObject { ["deletionPolicy"] = "Retain" } });

        await FinalizersAsync(operators, "example.com/other");
        await DeleteAsync(operators);
        await operators.MergeAsync(new() { ["metadata"] = new JsonObject { ["finalizers"] = null } });
        await GoneAsync(operators);
        (await operators.JobsAsync()).ShouldNotContain(job => job.Name().Contains("-purge-"));
    }

    [Fact]
    public async Task A_purge_that_fails_leaves_the_row_open_to_a_later_one_and_holds_nothing_up()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        await DeleteAsync(operators);

        await operators.EndJobAsync(await PurgeJobAsync(operators), "Failed");

        await GoneAsync(operators);
        var row = operators.Registry.Rows.Values.Single();
        (row.DeletedAt is not null, row.DeletionPolicy).ShouldBe((true, "Delete"));
        await ToldAsync(operators, Reasons.DataRemains);
    }

    [Fact]
    public async Task A_database_that_is_away_holds_it_up_for_a_bounded_time()
    {
        await using var operators = await OperatorHarness.StartAsync(options => options.DeletionPatience = TimeSpan.FromMinutes(2));
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });
        operators.Registry.Problem = new Problem(Reasons.DatabaseUnavailable, "the database is away", NeedsEdit: false);

        await DeleteAsync(operators);

        await operators.UntilAsync(status => status.Conditions?.Any(condition =>
            condition is { Type: ConditionTypes.PurgePending, Reason: Reasons.DatabaseUnavailable }) == true);
        await GoneAsync(operators, Step);
        operators.Registry.Rows.Values.Single().DeletionPolicy.ShouldBe("Delete");
    }

    [Fact]
    public async Task In_a_namespace_that_is_being_deleted_nothing_waits()
    {
        await using var operators = await OperatorHarness.StartAsync();
        await SyncedAsync(operators, spec => Scoped(spec) with { DeletionPolicy = "Delete" });

        await operators.Cluster.DeleteAsync<V1Namespace>(OperatorHarness.Namespace, null, DeleteOptions.Background, CancellationToken.None);
        await DeleteAsync(operators);

        await GoneAsync(operators);
        await Eventually.BecomesAsync(() => operators.Registry.Rows.Values.Single().DeletedAt is not null, Deadline);
    }

    static IntegrationSpec Scoped(IntegrationSpec spec) =>
        spec with { Scope = new([new("hris_employees"), new("hris_teams")]) };

    static JsonObject Narrow(bool suspend = false) => new()
    {
        ["spec"] = new JsonObject
        {
            ["suspend"] = suspend,
            ["scope"] = new JsonObject { ["models"] = new JsonArray(new JsonObject { ["name"] = "hris_teams" }) },
        },
    };

    /// <summary>Its first full sync has succeeded.</summary>
    static async Task SyncedAsync(OperatorHarness operators, Func<IntegrationSpec, IntegrationSpec>? with = null)
    {
        await operators.CreateAsync(with ?? Scoped);
        await operators.FinishAsync((await operators.UntilJobsAsync(1)).Single());
        await operators.UntilAsync(status => status.Full?.LastSyncTime is not null);
    }

    static Task<V1Job> PurgeJobAsync(OperatorHarness operators) => Eventually.GetsAsync<V1Job>(
        async () => (await operators.JobsAsync()).FirstOrDefault(job => job.Name().Contains("-purge-")), Deadline);

    static RunRequest RequestOf(V1Job job)
    {
        var container = job.Spec?.Template?.Spec?.Containers?.SingleOrDefault();
        var variables = container?.Env ?? [];
        var json = variables.Single(variable => variable.Name == WorkerEnvironment.Run).Value ?? "null";
        return JsonSerializer.Deserialize(json, RunJson.Default.RunRequest).ShouldNotBeNull();
    }

    static Task DeleteAsync(OperatorHarness operators) => operators.Cluster.DeleteAsync<V1Alpha1Integration>(
        "acme", OperatorHarness.Namespace, DeleteOptions.Background, CancellationToken.None);

    /// <summary>Events are written apart from what they tell of, and a little later.</summary>
    static Task ToldAsync(OperatorHarness operators, string reason) => Eventually.BecomesAsync(
        async () => (await operators.Cluster.ListAsync<Eventsv1Event>(
            OperatorHarness.Namespace, ListOptions.All, CancellationToken.None)).Items.Any(item => item.Reason == reason),
        Deadline);

    static Task FinalizersAsync(OperatorHarness operators, params string[] names) => Eventually.BecomesAsync(
        async () => (await operators.GetAsync()).Metadata.Finalizers?.SequenceEqual(names) == true, Deadline);

    static Task GoneAsync(OperatorHarness operators, TimeSpan? step = null) => Eventually.BecomesAsync(
        async () =>
        {
            operators.Clock.Advance(step ?? TimeSpan.Zero);
            return await operators.Cluster.GetAsync<V1Alpha1Integration>(
                "acme", OperatorHarness.Namespace, CancellationToken.None) is null;
        },
        Deadline);
}
