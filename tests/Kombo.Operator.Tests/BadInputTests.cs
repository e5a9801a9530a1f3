using System.Text.Json.Nodes;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests;

/// <summary>A condition that says what to do; no Job, no row, no hot loop; and it heals.</summary>
public sealed class BadInputTests
{
    public static TheoryData<string, Func<IntegrationSpec, IntegrationSpec>, string, string[]> Mistakes => new()
    {
        { "unknown connector", spec => spec with { Connector = "bamboo" }, "ConnectorNotFound", ["spec.connector", "bamboo", "scim"] },
        { "two connectors", spec => spec with { ConnectorFrom = new(new KeyReference("a", "b")) }, "InvalidSpec", ["connector"] },
        { "bad duration", spec => spec with { Sync = new(new("500ms"), null) }, "InvalidSpec", ["spec.sync.full.frequency", "500ms", "1s"] },
        { "unknown model", spec => spec with { Scope = new([new("hris_emploies")]) }, "InvalidScope", ["hris_emploies", "hris_employees"] },
        {
            "unknown field", spec => spec with { Scope = new([new("hris_employees") { Exclude = ["shoe_size"] }]) },
            "InvalidScope", ["spec.scope.models[hris_employees].exclude", "shoe_size", "take it out"]
        },
        { "include and exclude", spec => spec with { Scope = new([new("hris_employees") { Include = ["first_name"], Exclude = ["avatar"] }]) }, "InvalidScope", ["exclude"] },
        { "unknown parameter", spec => spec with { Parameters = spec.Parameters!.Add("baseURI", "x") }, "InvalidSpec", ["baseURI"] },
        { "missing parameter", spec => spec with { Parameters = null }, "InvalidSpec", ["baseUrl"] },
        { "no Secret", spec => spec with { Credentials = new(new LocalReference("nowhere")) }, "CredentialsNotFound", ["nowhere", "hr", "create it"] },
        { "no schedule", spec => spec with { ScheduleRef = new("nightly") }, "DependencyNotReady", ["nightly", "spec.scheduleRef.name"] },
        { "no ConfigMap", spec => spec with { Connector = null, ConnectorFrom = new(new KeyReference("mine", "c.yaml")) }, "ConnectorNotFound", ["mine"] },
    };

    [Theory, MemberData(nameof(Mistakes))]
    public async Task A_mistake_is_named_and_nothing_starts(
        string mistake, Func<IntegrationSpec, IntegrationSpec> with, string reason, string[] words)
    {
        await using var harness = await Accepting(with);
        var status = await harness.UntilAsync(status => status.Conditions is not null);
        var ready = status.Find(ConditionTypes.Ready).ShouldNotBeNull();
        ready.Status.ShouldBe("False", mistake);
        ready.Reason.ShouldBe(reason, ready.Message);
        foreach (var word in words)
            ready.Message.ShouldContain(word, Case.Insensitive, mistake);
        (await harness.JobsAsync()).ShouldBeEmpty();
        await ShouldBeQuietAsync(harness);
    }

    [Fact]
    public async Task A_secret_that_comes_later_is_found()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { Credentials = new(new LocalReference("later")) });
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "False/CredentialsNotFound");
        await harness.CreateSecretAsync("later", "token");
        await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
        (await harness.GetAsync()).Status!.Text(ConditionTypes.Ready).ShouldBe("True/Succeeded");
    }

    [Fact]
    public async Task Without_the_database_secret_workers_could_not_run()
    {
        await using var harness = await StartAsync();
        await harness.Cluster.DeleteAsync<V1Secret>(
            "kombo-database", Namespace, DeleteOptions.Background, CancellationToken.None);
        await harness.CreateAsync();
        var status = await harness.UntilAsync(
            status => status.Text(ConditionTypes.Ready) == "False/DatabaseNotConfigured");
        status.Find(ConditionTypes.Ready)!.Message.ShouldContain("kombo-database");
        await harness.CreateSecretAsync("kombo-database", "connectionString");
        await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_starts_and_then_it_does()
    {
        await using var harness = await PrepareAsync();
        harness.Registry.Problem = new(
            Reasons.DatabaseUnavailable, "the operator's database does not answer", NeedsEdit: false);
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync();
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "False/DatabaseUnavailable");
        harness.Registry.Rows.ShouldBeEmpty();
        await ShouldBeQuietAsync(harness);
        harness.Registry.Problem = null;
        await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_database_that_goes_away_while_nothing_is_due_is_told_at_once_and_so_is_its_return()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync();
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "True/Succeeded");
        var began = harness.Clock.GetUtcNow();
        harness.Registry.Problem = new(
            Reasons.DatabaseUnavailable, "the operator's database does not answer", NeedsEdit: false);
        await harness.UntilAsync(
            status => status.Text(ConditionTypes.Ready) == "False/DatabaseUnavailable", step: TimeSpan.FromMilliseconds(100));
        harness.Registry.Problem = null;
        await harness.UntilAsync(
            status => status.Text(ConditionTypes.Ready) == "True/Succeeded", step: TimeSpan.FromMilliseconds(100));
        (harness.Clock.GetUtcNow() - began).ShouldBeLessThan(TimeSpan.FromMinutes(9), "no look for another reason");
    }

    [Fact]
    public async Task A_connector_file_with_an_unsupported_component_is_refused_by_name_and_heals_when_it_is_mended()
    {
        await using var harness = await StartAsync();
        await WriteConnectorAsync(harness, "type: DeclarativeSource", "type: CustomUnknownThing");
        await harness.CreateAsync(spec => spec with
        {
            Connector = null,
            ConnectorFrom = new(new KeyReference("mine", "c.yaml")),
        });
        var status = await harness.UntilAsync(status => status.Conditions is not null);
        status.Text(ConditionTypes.Ready)
            .ShouldBe("False/InvalidConnector", status.Find(ConditionTypes.Ready)!.Message);
        status.Text(ConditionTypes.Stalled).ShouldBe("True/InvalidConnector");
        status.Find(ConditionTypes.Ready)!.Message.ShouldContain("CustomUnknownThing");
        (await harness.JobsAsync()).ShouldBeEmpty();
        await ShouldBeQuietAsync(harness);
        await WriteConnectorAsync(harness, "", "");
        await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_schedule_that_is_deleted_keeps_what_runs_and_starts_nothing_new()
    {
        await using var harness = await StartAsync();
        await harness.CreateScheduleAsync("nightly", new() { Full = new("1h", "1h", null) });
        await harness.CreateAsync(spec => spec with { ScheduleRef = new("nightly") });
        var job = (await harness.UntilJobsAsync(1))[0];
        await harness.UntilAsync(status => status.Effective?.Full == "1h");
        await harness.Cluster.DeleteAsync<V1Alpha1SyncSchedule>(
            "nightly", Namespace, DeleteOptions.Background, CancellationToken.None);
        await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "False/DependencyNotReady");
        (await harness.GetAsync()).Status!.Active!.Full!.JobName.ShouldBe(job.Name());
        await harness.FinishAsync(job);
        await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        await harness.AdvanceAsync(TimeSpan.FromMinutes(61));
        await harness.MarkAsync("marker");
        (await harness.JobsAsync()).Count(other => other.Name() != job.Name()).ShouldBe(0);
    }

    [Fact]
    public async Task A_job_that_the_server_refuses_is_reported_and_not_hammered()
    {
        await using var harness = await PrepareAsync();
        var client = new FaultyClient(harness.Cluster)
        {
            RefuseJob = _ => new KubernetesException(
                new V1Status { Code = 422, Reason = "Invalid", Message = "limits.memory: must be less" }),
        };
        await harness.StartOperatorAsync(client);
        await harness.CreateAsync();
        var status = await harness.UntilAsync(status => status.Conditions is not null);
        status.Text(ConditionTypes.Ready).ShouldBe("False/InvalidSpec");
        var message = status.Find(ConditionTypes.Ready)!.Message;
        message.ShouldStartWith("spec.jobTemplate: correct");
        message.ShouldContain("limits.memory: must be less");
        status.Active?.Full.ShouldBeNull();
        await ShouldBeQuietAsync(harness);
        client.RefuseJob = _ => null;
        await harness.MergeAsync(new JsonObject { ["spec"] = new JsonObject { ["jobTemplate"] = new JsonObject() } });
        await harness.UntilAsync(status => status.Active?.Full is not null);
    }

    [Theory]
    [InlineData(403, "Forbidden", "is forbidden: exceeded quota")]
    [InlineData(400, null, "admission webhook \"policy.example\" denied the request: exceeded quota")]
    public async Task A_quota_or_a_policy_says_so_and_heals_by_itself(int code, string? reason, string says)
    {
        await using var harness = await PrepareAsync();
        var client = new FaultyClient(harness.Cluster)
        {
            RefuseJob = job => new KubernetesException(
                new V1Status { Code = code, Reason = reason, Message = $"{job.Name()} {says}" }),
        };
        await harness.StartOperatorAsync(client);
        await harness.CreateAsync();
        var status = await harness.UntilAsync(status => status.Conditions is not null);
        status.Text(ConditionTypes.Ready).ShouldBe("False/DependencyNotReady");
        status.Text(ConditionTypes.Stalled).ShouldBeNull();
        var message = status.Find(ConditionTypes.Ready)!.Message;
        message.ShouldContain("tried again by itself");
        message.ShouldContain("exceeded quota");
        await ShouldBeQuietAsync(harness);
        client.RefuseJob = _ => null;
        await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_strangers_job_of_that_name_is_left_alone_and_the_next_slot_runs()
    {
        await using var harness = await PrepareAsync();
        var integration = await harness.CreateAsync();
        var name = Core.Scheduling.JobNames.For(
            "acme", "full", Core.Scheduling.JobNames.InitialSlot, integration.Uid());
        await harness.Cluster.CreateAsync(
            new V1Job { Metadata = new() { Name = name, NamespaceProperty = Namespace } }, CancellationToken.None);
        await harness.StartOperatorAsync(new(harness.Cluster));
        var status = await harness.UntilAsync(status => status.History is not null);
        status.History!.Value[0].Reason.ShouldBe(Reasons.JobNameConflict);
        await Testing.Eventually.BecomesAsync(
            async () => (await harness.Cluster.ListAsync<Eventsv1Event>(
                Namespace, ListOptions.All, CancellationToken.None)).Items
                .Any(item => item is { Reason: Reasons.JobNameConflict, Type: "Warning" }),
            TimeSpan.FromSeconds(30));
        status = await harness.UntilAsync(status => status.Active?.Full is not null, step: TimeSpan.FromSeconds(5));
        status.Active!.Full!.JobName.ShouldNotBe(name);
        (await harness.JobsAsync()).Single(job => job.Name() == name).Metadata.OwnerReferences.ShouldBeNull();
    }

    // The schema refuses some of these already; an object from before such a rule is still there.
    static async Task<OperatorHarness> Accepting(Func<IntegrationSpec, IntegrationSpec> with)
    {
        var harness = await StartAsync();
        try
        {
            await harness.CreateAsync(with);
        }
        catch (KubernetesException exception) when (exception.IsInvalid)
        {
            await harness.DisposeAsync();
            harness = await StartAsync(lenient: true);
            await harness.CreateAsync(with);
        }
        return harness;
    }

    // A loop would show while two other Integrations are handled from beginning to end.
    internal static async Task ShouldBeQuietAsync(OperatorHarness harness)
    {
        await harness.MarkAsync("first-marker");
        var (reconciles, writes) = (harness.Reconciles(), (await harness.GetAsync()).ResourceVersion());
        await harness.MarkAsync("second-marker");
        harness.Reconciles().ShouldBe(reconciles);
        (await harness.GetAsync()).ResourceVersion().ShouldBe(writes);
    }

    // A copy of the built-in one, with a mistake put in.
    static async Task WriteConnectorAsync(OperatorHarness harness, string good, string bad)
    {
        var text = await File.ReadAllTextAsync(
            Testing.RepositoryRoot.Combine("connectors", "definitions", "scim.yaml"));
        if (good.Length > 0)
        {
            text.ShouldContain(good);
            text = text.Replace(good, bad, StringComparison.Ordinal);
        }
        var configMap = new V1ConfigMap
        {
            Metadata = new() { Name = "mine", NamespaceProperty = Namespace },
            Data = new Dictionary<string, string> { ["c.yaml"] = text },
        };
        if (await harness.Cluster.GetAsync<V1ConfigMap>("mine", Namespace, CancellationToken.None) is null)
            await harness.Cluster.CreateAsync(configMap, CancellationToken.None);
        else
            await harness.Cluster.ReplaceAsync(configMap, CancellationToken.None);
    }
}
