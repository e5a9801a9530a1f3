namespace Kombo.Kubernetes.Tests.Contract;

[CollectionDefinition(nameof(InMemoryTestCluster))]
public sealed class InMemory : ICollectionFixture<InMemoryTestCluster>;

[CollectionDefinition(nameof(RealTestCluster))]
public sealed class Real : ICollectionFixture<RealTestCluster>;

[Collection(nameof(InMemoryTestCluster))]
public sealed class InMemoryWriteTests(InMemoryTestCluster cluster) : WriteContract(cluster);

[Collection(nameof(InMemoryTestCluster))]
public sealed class InMemoryApplyTests(InMemoryTestCluster cluster) : ApplyContract(cluster);

[Collection(nameof(InMemoryTestCluster))]
public sealed class InMemoryReadTests(InMemoryTestCluster cluster) : ReadContract(cluster);

[Collection(nameof(InMemoryTestCluster))]
public sealed class InMemoryDeleteTests(InMemoryTestCluster cluster) : DeleteContract(cluster);

[Collection(nameof(InMemoryTestCluster))]
public sealed class InMemoryFollowTests(InMemoryTestCluster cluster) : FollowContract(cluster);

[Collection(nameof(InMemoryTestCluster))]
public sealed class InMemoryLeaseTests(InMemoryTestCluster cluster) : LeaseContract(cluster);

[NeedsControlPlane, Trait("Level", "cluster"), Collection(nameof(RealTestCluster))]
public sealed class RealLeaseTests(RealTestCluster cluster) : LeaseContract(cluster);

[NeedsControlPlane, Trait("Level", "cluster"), Collection(nameof(RealTestCluster))]
public sealed class RealWriteTests(RealTestCluster cluster) : WriteContract(cluster);

[NeedsControlPlane, Trait("Level", "cluster"), Collection(nameof(RealTestCluster))]
public sealed class RealApplyTests(RealTestCluster cluster) : ApplyContract(cluster);

[NeedsControlPlane, Trait("Level", "cluster"), Collection(nameof(RealTestCluster))]
public sealed class RealReadTests(RealTestCluster cluster) : ReadContract(cluster);

[NeedsControlPlane, Trait("Level", "cluster"), Collection(nameof(RealTestCluster))]
public sealed class RealDeleteTests(RealTestCluster cluster) : DeleteContract(cluster);
