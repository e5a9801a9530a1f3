using Kombo.Testing;

namespace Kombo.Chart.Tests.Cluster;

/// <summary>One after the other: releases share kinds and cluster roles.</summary>
[CollectionDefinition(Name)]
public sealed class ClusterTests : ICollectionFixture<ControlPlaneFixture>, ICollectionFixture<PostgresFixture>
{
    public const string Name = "cluster";
}
