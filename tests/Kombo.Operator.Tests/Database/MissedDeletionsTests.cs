using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Tests.Support;
using Kombo.Storage.Registry;
using Kombo.Testing;
using static Kombo.Operator.Tests.Support.OperatorHarness;

namespace Kombo.Operator.Tests.Database;

/// <summary>Integrations that were deleted while no operator ran.</summary>
public sealed class MissedDeletionsTests
{
    static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Rows_of_what_is_gone_are_closed_at_the_start_and_no_others()
    {
        await using var harness = await PrepareAsync(options => options.Namespaces = Namespace);
        var living = await harness.CreateAsync(spec => spec with { Suspend = true });
        Put(harness, "scim:gone", Namespace, "gone", "uid-gone");
        Put(harness, "scim:living", Namespace, "acme", living.Uid());
        Put(harness, "scim:elsewhere", "elsewhere", "other", "uid-other");
        Put(harness, "scim:other-cluster", Namespace, "gone", "uid-there", "there");
        Put(harness, "scim:old-row", Namespace, "gone-before", "uid-old", cluster: null);
        await harness.StartOperatorAsync(new(harness.Cluster));
        await ClosesAsync(harness, "scim:gone");
        harness.Registry.Rows["scim:gone"].State.ShouldBe("INACTIVE");
        await harness.MarkAsync("marker");
        harness.Registry.Rows["scim:living"].DeletedAt.ShouldBeNull();
        harness.Registry.Rows["scim:elsewhere"].DeletedAt.ShouldBeNull("another operator watches that namespace");
        harness.Registry.Rows["scim:other-cluster"].DeletedAt.ShouldBeNull("another cluster uses the database too");
        harness.Registry.Rows["scim:old-row"].DeletedAt.ShouldBeNull("it may be another cluster's");
    }

    [Fact]
    public async Task In_a_cluster_that_has_no_name_no_row_is_closed()
    {
        await using var harness = await PrepareAsync(options => options.Cluster = "");
        Put(harness, "scim:gone", Namespace, "gone", "uid-gone");
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.MarkAsync("marker");
        harness.Registry.Rows["scim:gone"].DeletedAt.ShouldBeNull();
    }

    [Fact]
    public async Task A_cluster_is_named_by_the_uid_of_its_oldest_namespace()
    {
        await using var harness = await PrepareAsync(options => options.Cluster = "");
        harness.Cluster.EnsureNamespace("kube-system");
        var uid = (await harness.Cluster.GetAsync<V1Namespace>("kube-system", null, CancellationToken.None))!.Uid();
        Put(harness, "scim:gone", Namespace, "gone", "uid-gone", uid);
        await harness.StartOperatorAsync(new(harness.Cluster));
        await ClosesAsync(harness, "scim:gone");
        await harness.CreateAsync(spec => spec with { Suspend = true });
        var id = (await harness.UntilAsync(status => status.IntegrationId is not null)).IntegrationId!;
        await Eventually.BecomesAsync(() => harness.Registry.Rows.GetValueOrDefault(id)?.Cluster == uid, Deadline);
    }

    [Fact]
    public async Task An_id_that_another_Integration_has_is_refused_and_said_so()
    {
        await using var harness = await PrepareAsync();
        Put(harness, "scim:taken", "elsewhere", "other", "uid-other", "there");
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.CreateAsync(spec => spec with { IntegrationId = "scim:taken" });
        var ready = (await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "False/IdentityChanged"))
            .Find(ConditionTypes.Ready)!;
        ready.Message.ShouldContain("belongs to Integration \"elsewhere/other\"");
        (await harness.JobsAsync()).ShouldBeEmpty();
        harness.Registry.Rows["scim:taken"].Uid.ShouldBe("uid-other");
    }

    [Fact]
    public async Task One_that_was_made_again_under_its_name_has_the_row()
    {
        await using var harness = await StartAsync();
        await harness.CreateAsync(spec => spec with { Suspend = true });
        var id = (await harness.UntilAsync(status => status.IntegrationId is not null)).IntegrationId!;
        await harness.StopOperatorAsync();
        await harness.Cluster.DeleteAsync<Crds.V1Alpha1Integration>(
            "acme", Namespace, DeleteOptions.Background, CancellationToken.None);
        var again = await harness.CreateAsync(spec => spec with { Suspend = true });
        Put(harness, "scim:gone", Namespace, "gone", "uid-gone");
        await harness.StartOperatorAsync(new(harness.Cluster));
        await ClosesAsync(harness, "scim:gone");
        await Eventually.BecomesAsync(
            () => harness.Registry.Rows[id] is { DeletedAt: null } row && row.Uid == again.Uid(), Deadline);
    }

    [Fact]
    public async Task One_that_was_made_again_for_another_source_is_refused_while_the_former_ones_records_are_there()
    {
        await using var harness = await StartAsync();
        var former = await harness.CreateAsync();
        await harness.FinishAsync((await harness.UntilJobsAsync(1))[0]);
        var status = await harness.UntilAsync(status => status.Full?.LastSyncTime is not null);
        var (id, source) = (status.IntegrationId!, status.Identity!);
        await Eventually.BecomesAsync(() => harness.Registry.Rows.GetValueOrDefault(id)?.Identity == source, Deadline);
        harness.Registry.Mirrored[id] = true;
        await harness.Cluster.DeleteAsync<Crds.V1Alpha1Integration>(
            "acme", Namespace, DeleteOptions.Background, CancellationToken.None);
        await Eventually.BecomesAsync(() => harness.Registry.Rows[id].DeletedAt is not null, Deadline);

        await harness.CreateAsync(spec => spec with { Parameters = spec.Parameters!.SetItem("baseUrl", "https://other.example/scim/v2") });
        var ready = (await harness.UntilAsync(status => status.Text(ConditionTypes.Ready) == "False/IdentityChanged"))
            .Find(ConditionTypes.Ready)!;

        ready.Message.ShouldContain(source);
        ready.Message.ShouldContain("https://other.example/scim/v2");
        ready.Message.ShouldContain(id);
        (await harness.JobsAsync()).ShouldAllBe(job => job.Metadata.OwnerReferences![0].Uid == former.Uid());
        harness.Registry.Rows[id].Identity.ShouldBe(source);
    }

    [Fact]
    public async Task A_database_that_is_away_at_the_start_is_looked_into_later()
    {
        await using var harness = await PrepareAsync();
        Put(harness, "scim:gone", Namespace, "gone", "uid-gone");
        harness.Registry.Problem = new(Reasons.DatabaseUnavailable, "away", NeedsEdit: false);
        await harness.StartOperatorAsync(new(harness.Cluster));
        await harness.MarkAsync("marker");
        harness.Registry.Rows["scim:gone"].DeletedAt.ShouldBeNull();
        harness.Registry.Problem = null;
        await Eventually.BecomesAsync(
            () =>
            {
                harness.Clock.Advance(TimeSpan.FromSeconds(30));
                return harness.Registry.Rows["scim:gone"].DeletedAt is not null;
            },
            Deadline);
    }

    static Task ClosesAsync(OperatorHarness harness, string id) =>
        Eventually.BecomesAsync(() => harness.Registry.Rows[id].DeletedAt is not null, Deadline);

    static void Put(
        OperatorHarness harness, string id, string namespaceName, string name, string uid,
        string? cluster = ClusterName) =>
        harness.Registry.Rows[id] = new IntegrationRow
        {
            IntegrationId = id,
            Namespace = namespaceName,
            Name = name,
            Uid = uid,
            Cluster = cluster,
            Connector = "scim",
            State = "ACTIVE",
        };
}
