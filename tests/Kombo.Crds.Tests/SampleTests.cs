using Kombo.Crds.Schema;

namespace Kombo.Crds.Tests;

public sealed class SampleTests
{
    public static TheoryData<string> Valid => [.. Sample.In("valid").Select(sample => sample.Name)];

    public static TheoryData<string> Invalid => [.. Sample.In("invalid").Select(sample => sample.Name)];

    [Theory, MemberData(nameof(Valid))]
    public void A_valid_sample_fits_the_schema_and_loads_into_its_type(string name)
    {
        var entity = Sample.Find(name).Entity;
        Validator(entity).Validate(entity).ShouldBeEmpty();
        var again = entity["kind"]!.GetValue<string>() == "Integration"
            ? CustomResources.Json.SerializeToNode(CustomResources.Json.Deserialize<V1Alpha1Integration>(entity))
            : CustomResources.Json.SerializeToNode(CustomResources.Json.Deserialize<V1Alpha1SyncSchedule>(entity));
        System.Text.Json.Nodes.JsonNode.DeepEquals(again, entity)
            .ShouldBeTrue($"{again.ToJsonString()} instead of {entity.ToJsonString()}");
    }

    [Theory, MemberData(nameof(Valid))]
    public void Nothing_of_a_valid_sample_is_pruned(string name)
    {
        var entity = Sample.Find(name).Entity;
        var before = entity.ToJsonString();
        Validator(entity).Prune(entity);
        entity.ToJsonString().ShouldBe(before);
    }

    [Theory, MemberData(nameof(Invalid))]
    public void An_invalid_sample_is_refused_by_whom_it_says(string name)
    {
        var sample = Sample.Find(name);
        sample.RefusedBy.ShouldNotBeNull("the first line is # refused-by: schema or operator");
        sample.HasReason.ShouldBeTrue("the second line is # because: …");
        var errors = Validator(sample.Entity).Validate(sample.Entity);
        errors.IsEmpty.ShouldBe(sample.RefusedBy == "operator", string.Join("; ", errors));
    }

    [Fact]
    public void A_status_survives_the_round_trip()
    {
        var status = new Core.Resources.IntegrationStatus
        {
            ObservedGeneration = 3,
            Conditions =
                [new("Ready", "True", "Succeeded", "all well") { LastTransitionTime = DateTimeOffset.UnixEpoch }],
            Full = new() { NextSyncTime = DateTimeOffset.UnixEpoch.AddSeconds(1.5), ConsecutiveFailures = 0 },
            Progress = new(new() { RunId = "r", Counts = new() { Read = 5 } }, null),
        };
        var integration = new V1Alpha1Integration
        {
            Metadata = new() { Name = "a" },
            Spec = new() { Connector = "scim" },
            Status = status,
        };
        var entity = CustomResources.Json.SerializeToNode(integration).AsObject();
        Validator(entity).Validate(entity).ShouldBeEmpty();
        entity["status"]!["full"]!["nextSyncTime"]!.GetValue<string>().ShouldBe("1970-01-01T00:00:01Z");
        CustomResources.Json.Deserialize<V1Alpha1Integration>(entity).Status!.Progress!.Full!.Counts!.Read.ShouldBe(5);
    }

    static SchemaValidator Validator(System.Text.Json.Nodes.JsonObject entity) =>
        SchemaValidator.Find(entity["apiVersion"]!.GetValue<string>(), entity["kind"]!.GetValue<string>())
            .ShouldNotBeNull();
}
