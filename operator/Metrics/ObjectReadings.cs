using System.Diagnostics.Metrics;
using Kombo.Core.Resources;
using Kombo.Crds;
using Kombo.Kubernetes;
using Kombo.Operator.Cluster;
using Kombo.Operator.Leadership;

namespace Kombo.Operator.Metrics;

/// <summary>What the objects say now.</summary>
interface IObjectReadings
{
    IEnumerable<Measurement<double>> LastSuccess();

    IEnumerable<Measurement<double>> Next();

    IEnumerable<Measurement<long>> Active();

    IEnumerable<Measurement<long>> Pending();

    IEnumerable<Measurement<long>> Conditions();

    IEnumerable<Measurement<long>> Suspended();
}

/// <summary>From the informers' copies: an object that is gone has no series. Two operators would tell the same twice, so only the
/// leader does.</summary>
sealed class ObjectReadings(ClusterView view, ILeadership leadership) : IObjectReadings
{
    public IEnumerable<Measurement<double>> LastSuccess() => Integrations()
        .Select(integration => (integration, Later(integration.Status?.Full?.LastSyncTime, integration.Status?.Delta?.LastSyncTime)))
        .SelectMany(pair => Time(pair.integration, pair.Item2));

    public IEnumerable<Measurement<double>> Next() =>
        Integrations().SelectMany(integration => Time(integration, integration.Status?.NextSyncTime));

    public IEnumerable<Measurement<long>> Active() => Total(integration =>
        (integration.Status?.Active?.Full is null ? 0 : 1) + (integration.Status?.Active?.Delta is null ? 0 : 1));

    public IEnumerable<Measurement<long>> Pending() => Total(integration =>
        Changes.IsWaiting(integration.Status) || integration.Status?.LastRequest is { Result: "Pending" } ? 1 : 0);

    public IEnumerable<Measurement<long>> Conditions() => Integrations()
        .SelectMany(integration => Of(integration, integration.Status?.Conditions ?? []))
        .Concat(Schedules().SelectMany(schedule => Of(schedule, schedule.Status?.Conditions ?? [])));

    public IEnumerable<Measurement<long>> Suspended() => Integrations()
        .Select(integration => Of(integration, integration.Spec?.Suspend))
        .Concat(Schedules().Select(schedule => Of(schedule, schedule.Spec?.Suspend)));

    IEnumerable<V1Alpha1Integration> Integrations() => leadership.IsLeader ? view.Integrations.Store.List() : [];

    IEnumerable<V1Alpha1SyncSchedule> Schedules() => leadership.IsLeader ? view.Schedules.Store.List() : [];

    IEnumerable<Measurement<long>> Total(Func<V1Alpha1Integration, int> count) =>
        leadership.IsLeader ? [new(Integrations().Sum(count))] : [];

    static IEnumerable<Measurement<double>> Time(V1Alpha1Integration integration, DateTimeOffset? at) => at is null
        ? []
        : [new(at.Value.ToUnixTimeMilliseconds() / 1000.0, Tag("namespace", integration.Namespace()), Tag("name", integration.Name()))];

    static IEnumerable<Measurement<long>> Of(KubernetesObject entity, IEnumerable<Condition> conditions) => conditions.Select(
        condition => new Measurement<long>(
            1, [.. NameOf(entity), Tag("type", condition.Type), Tag("status", condition.Status)]));

    static Measurement<long> Of(KubernetesObject entity, bool? suspend) => new(suspend == true ? 1 : 0, NameOf(entity));

    static KeyValuePair<string, object?>[] NameOf(KubernetesObject entity) =>
        [Tag("kind", entity.Kind), Tag("namespace", entity.Namespace()), Tag("name", entity.Name())];

    static KeyValuePair<string, object?> Tag(string key, string? value) => new(key, value ?? "");

    static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) =>
        one is null || other > one ? other : one;
}
