using Kombo.Core.Resources;
using Kombo.Kubernetes;
using Kombo.Kubernetes.Models;
using Kombo.Operator.Observing;
using Kombo.Operator.Tests.Support;
using Kombo.Standalone.Cluster;
using Kombo.Testing;

namespace Kombo.Operator.Tests.Observing;

public sealed class SecretReaderTests : IDisposable
{
    readonly ManualClock clock = new(An.Morning);
    readonly InMemoryCluster cluster = new(KomboKinds.All, new());
    readonly SecretReader reader;

    public SecretReaderTests()
    {
        cluster.EnsureNamespace("hr");
        reader = new(cluster, clock);
    }

    public void Dispose() => cluster.Dispose();

    [Fact]
    public async Task A_good_database_secret_is_trusted_for_some_seconds_and_no_longer()
    {
        await CreateAsync("connectionString");
        (await ReadAsync()).ShouldBeEmpty();
        await cluster.DeleteAsync<V1Secret>("kombo-database", "hr", DeleteOptions.Background, CancellationToken.None);
        clock.Advance(TimeSpan.FromSeconds(9));
        (await ReadAsync()).ShouldBeEmpty();
        clock.Advance(TimeSpan.FromSeconds(1));
        (await ReadAsync()).ShouldBe([Reasons.DatabaseNotConfigured]);
    }

    [Fact]
    public async Task A_database_secret_that_is_mended_is_found_at_once()
    {
        (await ReadAsync()).ShouldBe([Reasons.DatabaseNotConfigured]);
        await CreateAsync("wrong");
        (await ReadAsync()).ShouldBe([Reasons.DatabaseNotConfigured]);
        await cluster.DeleteAsync<V1Secret>("kombo-database", "hr", DeleteOptions.Background, CancellationToken.None);
        await CreateAsync("connectionString");
        (await ReadAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Credentials_are_read_each_time()
    {
        await CreateAsync("connectionString");
        var before = await reader.CredentialsAsync("hr", "kombo-database", CancellationToken.None);
        await cluster.DeleteAsync<V1Secret>("kombo-database", "hr", DeleteOptions.Background, CancellationToken.None);
        (await reader.CredentialsAsync("hr", "kombo-database", CancellationToken.None)).Keys.ShouldBeNull();
        before.Version.ShouldNotBeNull();
    }

    async Task<IEnumerable<string>> ReadAsync() =>
        (await reader.DatabaseAsync("hr", "kombo-database", CancellationToken.None)).Select(problem => problem.Reason);

    Task<V1Secret> CreateAsync(string key) => cluster.CreateAsync(
        new V1Secret
        {
            Metadata = new() { Name = "kombo-database", NamespaceProperty = "hr" },
            StringData = new Dictionary<string, string> { [key] = "value" },
        },
        CancellationToken.None);
}
