using System.Collections.Immutable;
using Kombo.Connectors;
using Kombo.Core.Planning;
using Kombo.Crds;
using Kombo.Kubernetes.Models;

namespace Kombo.Operator.Observing;

/// <summary>An observation, and the objects that it was made from.</summary>
/// <param name="Integration">Of which the observation speaks; what is written refers to it.</param>
/// <param name="Jobs">Those that the Integration owns.</param>
/// <param name="Configuration">What the Integration's configuration comes to.</param>
sealed record Seen(
    Observation Observation,
    V1Alpha1Integration Integration,
    ImmutableArray<V1Job> Jobs,
    Configuration Configuration)
{
    /// <summary>Null where it could not be loaded.</summary>
    public ConnectorDefinition? Connector => Configuration.Connector;

    /// <summary>The operator's own database can be used.</summary>
    public required bool IsDatabaseReady { get; init; }
}

/// <summary>Where an observation comes from.</summary>
enum Freshness
{
    /// <summary>From the informers' copies, which may be a little old.</summary>
    Stored,

    /// <summary>From the API server: what starts a sync must rest on this.</summary>
    Live,
}
