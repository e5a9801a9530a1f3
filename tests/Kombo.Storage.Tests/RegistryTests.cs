using Kombo.Storage.Registry;
using Kombo.Storage.Tests.Support;
using Kombo.Testing;

namespace Kombo.Storage.Tests;

public sealed class RegistryTests(StorageFixture fixture) : IClassFixture<StorageFixture>
{
    static readonly IntegrationRow Acme = new()
    {
        IntegrationId = "sandbox:acme",
        Namespace = "default",
        Name = "acme",
        Uid = "1",
        Connector = "sandbox",
        Category = "HRIS",
        State = "ACTIVE",
        EndUserOrganizationName = "Acme Inc",
        CreatedAt = new DateTimeOffset(2026, 1, 5, 10, 0, 0, TimeSpan.FromHours(1)),
    };

    [RequiresFact(Need.Postgres)]
    public async Task The_installation_has_one_id_for_ever()
    {
        var id = await fixture.Database.Registry.InstallationIdAsync(CancellationToken.None);
        id.Length.ShouldBe(32);
        await fixture.Database.MigrateAsync(CancellationToken.None);
        (await fixture.Database.Registry.InstallationIdAsync(CancellationToken.None)).ShouldBe(id);
    }

    [RequiresFact(Need.Postgres)]
    public async Task An_integration_is_written_when_it_differs_and_only_then()
    {
        var registry = fixture.Database.Registry;
        (await registry.UpsertAsync(Acme, CancellationToken.None)).ShouldBeTrue();
        (await registry.UpsertAsync(Acme, CancellationToken.None)).ShouldBeFalse();
        (await registry.UpsertAsync(Acme with { State = "INACTIVE" }, CancellationToken.None)).ShouldBeTrue();

        (await registry.FindAsync(Acme.IntegrationId, CancellationToken.None)).ShouldBe(
            Acme with { State = "INACTIVE", CreatedAt = Acme.CreatedAt?.ToUniversalTime() });
        (await registry.FindAsync("nobody", CancellationToken.None)).ShouldBeNull();
        (await registry.LastUpstreamEventAtAsync(Acme.IntegrationId, CancellationToken.None)).ShouldBeNull();
    }
}
