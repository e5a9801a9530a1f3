using Kombo.Core.Planning;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Kubernetes.Controllers;
using Kombo.Operator.Database;
using Kombo.Operator.Leadership;
using Kombo.Storage;
using Kombo.Storage.Registry;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Operator.Tests.Database;

/// <summary>Against a real PostgreSQL that is not there yet, not migrated yet, and then is.</summary>
public sealed class DatabaseRegistryTests(PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    static readonly IntegrationRow Row = new()
    {
        IntegrationId = "scim:8uJ3kfGr9hAnVvfnVbTVsL6n",
        Namespace = "hr",
        Name = "acme",
        Uid = "11111111-2222-3333-4444-555555555555",
        Connector = "scim",
        Category = "HRIS",
        State = "ACTIVE",
        Cluster = "here",
    };

    readonly ManualClock clock = new();

    [Fact]
    public async Task Without_a_connection_string_it_says_where_to_put_one()
    {
        using var registry = new DatabaseRegistry(Configured(_ => null), new SoleLeader(), clock);
        var state = await registry.StateAsync(CancellationToken.None);
        state.Problem!.Reason.ShouldBe(Reasons.DatabaseNotConfigured);
        state.Problem.Message.ShouldContain(WorkerEnvironment.DatabaseConnection);
        state.Problem.NeedsEdit.ShouldBeFalse();
        await Should.ThrowAsync<ReconcileFailedException>(() => registry.UpsertAsync(Row, CancellationToken.None));
    }

    [Fact]
    public async Task A_server_that_is_away_is_an_answer_and_no_password_is_in_it()
    {
        using var registry = new DatabaseRegistry(
            Configured(_ => "Host=127.0.0.1;Port=1;Username=kombo;Password=hunter2;Timeout=2"),
            new SoleLeader(),
            clock);
        var state = await registry.StateAsync(CancellationToken.None);
        state.Problem!.Reason.ShouldBe(Reasons.DatabaseUnavailable);
        state.Problem.Message.ShouldNotContain("hunter2");
        var refused = await Should.ThrowAsync<ReconcileFailedException>(
            () => registry.UpsertAsync(Row, CancellationToken.None));
        refused.Message.ShouldNotContain("hunter2");
    }

    [Theory]
    [InlineData("hunter2")]
    [InlineData("Host=db;hunter2=yes")]
    [InlineData("Host=db;Port=hunter2")]
    [InlineData("Host=db;SSL Mode=hunter2")]
    [InlineData("Host=db;Port=99999999999999;Password=hunter2")]
    [InlineData("Username=kombo;Password=hunter2")]
    public async Task A_malformed_connection_string_is_an_answer_that_does_not_quote_it(string connection)
    {
        using var registry = new DatabaseRegistry(Configured(_ => connection), new SoleLeader(), clock);
        var problem = (await registry.StateAsync(CancellationToken.None)).Problem.ShouldNotBeNull();
        problem.Reason.ShouldBe(Reasons.DatabaseNotConfigured);
        problem.Message.ShouldContain(WorkerEnvironment.DatabaseConnection);
        problem.Message.ShouldNotContain("hunter2");
        var refused = await Should.ThrowAsync<ReconcileFailedException>(
            () => registry.UpsertAsync(Row, CancellationToken.None));
        refused.ToString().ShouldNotContain("hunter2");
    }

    [Fact]
    public async Task A_string_that_was_malformed_for_a_while_is_opened_anew()
    {
        var connection = "Host=one";
        await using var source = Configured(_ => connection);
        var before = await source.FindAsync(CancellationToken.None);
        connection = "nonsense";
        await Should.ThrowAsync<DatabaseSettingException>(() => source.FindAsync(CancellationToken.None));
        connection = "Host=one";
        (await source.FindAsync(CancellationToken.None)).ShouldNotBeNull().ShouldNotBeSameAs(before, "it is closed");
    }

    // Not a file, which is refused as an unreadable one is; to root every file is readable.
    [Fact]
    public async Task A_connection_string_that_may_not_be_read_is_an_answer()
    {
        var folder = Directory.CreateTempSubdirectory("kombo-secret-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "connectionString"));
            var source = Configured(variable => variable == WorkerEnvironment.DatabaseFolder ? folder : null);
            using var registry = new DatabaseRegistry(source, new SoleLeader(), clock);
            var problem = (await registry.StateAsync(CancellationToken.None)).Problem.ShouldNotBeNull();
            problem.Reason.ShouldBe(Reasons.DatabaseNotConfigured);
            problem.Message.ShouldContain(WorkerEnvironment.DatabaseFolder);
            await Should.ThrowAsync<ReconcileFailedException>(() => registry.UpsertAsync(Row, CancellationToken.None));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [RequiresFact(Need.Postgres)]
    public async Task Another_database_is_asked_for_its_id_and_gets_its_rows_at_once()
    {
        string[] connections = [await postgres.CreateDatabaseAsync(), await postgres.CreateDatabaseAsync()];
        var databases = connections.Select(connection => KomboDatabase.Open(connection, NullLoggerFactory.Instance)).ToList();
        foreach (var database in databases)
            await database.MigrateAsync(CancellationToken.None);
        var configured = connections[0];
        using var registry = new DatabaseRegistry(Configured(_ => configured), new SoleLeader(), clock);
        var first = await registry.StateAsync(CancellationToken.None);
        await registry.UpsertAsync(Row, CancellationToken.None);

        configured = connections[1];
        await registry.UpsertAsync(Row, CancellationToken.None);
        var second = await registry.StateAsync(CancellationToken.None);

        (await databases[1].Registry.FindAsync(Row.IntegrationId, CancellationToken.None)).ShouldNotBeNull();
        first.InstallationId.ShouldBe(await databases[0].Registry.InstallationIdAsync(CancellationToken.None));
        second.InstallationId.ShouldBe(await databases[1].Registry.InstallationIdAsync(CancellationToken.None));
        configured = "Host=127.0.0.1;Port=1;Timeout=2";
        (await registry.StateAsync(CancellationToken.None)).InstallationId.ShouldBeNull("that of a third one is not known");
        foreach (var database in databases)
            await database.DisposeAsync();
    }

    [RequiresFact(Need.Postgres)]
    public async Task It_heals_when_the_schema_comes_and_then_keeps_rows()
    {
        var connection = await postgres.CreateDatabaseAsync();
        using var registry = new DatabaseRegistry(Configured(_ => connection), new SoleLeader(), clock);
        (await registry.StateAsync(CancellationToken.None)).Problem!.Message.ShouldContain("migrate");

        await using var database = KomboDatabase.Open(connection, NullLoggerFactory.Instance);
        await database.MigrateAsync(CancellationToken.None);
        (await registry.StateAsync(CancellationToken.None)).Problem.ShouldNotBeNull("it is not asked again at once");
        clock.Advance(TimeSpan.FromSeconds(5));
        var state = await registry.StateAsync(CancellationToken.None);
        state.Problem.ShouldBeNull();
        state.InstallationId.ShouldBe(await database.Registry.InstallationIdAsync(CancellationToken.None));

        await registry.UpsertAsync(Row, CancellationToken.None);
        await registry.UpsertAsync(Row with { State = "INACTIVE" }, CancellationToken.None);
        (await registry.ListOpenAsync("here", CancellationToken.None)).ShouldHaveSingleItem().State.ShouldBe("INACTIVE");
        (await registry.CloseAsync("another uid", CancellationToken.None)).ShouldBeFalse();
        (await registry.CloseAsync(Row.Uid, CancellationToken.None)).ShouldBeTrue();
        (await registry.CloseAsync(Row.Uid, CancellationToken.None)).ShouldBeFalse("it is closed already");
        (await registry.ListOpenAsync("here", CancellationToken.None)).ShouldBeEmpty();
        var closed = await database.Registry.FindAsync(Row.IntegrationId, CancellationToken.None);
        (closed!.State, closed.Connector, closed.DeletedAt.HasValue).ShouldBe(("INACTIVE", "scim", true));
        await registry.UpsertAsync(Row with { Uid = "made again" }, CancellationToken.None);
        (await registry.ListOpenAsync("here", CancellationToken.None)).ShouldHaveSingleItem().Uid.ShouldBe("made again");
        (await registry.LastUpstreamEventAtAsync(Row.IntegrationId, CancellationToken.None)).ShouldBeNull();
        (await registry.FindRunsAsync(["no such run"], CancellationToken.None)).ShouldBeEmpty();
        await registry.CloseRunAsync(
            new Decision.CloseRunRow("no such run", RunResult.Lost, "Lost", ""), CancellationToken.None);
    }

    [Fact]
    public async Task The_secrets_file_is_read_again()
    {
        var folder = Directory.CreateTempSubdirectory("kombo-secret-").FullName;
        try
        {
            await using var source = Configured(
                variable => variable == WorkerEnvironment.DatabaseFolder ? folder : null);
            (await source.FindAsync(CancellationToken.None)).ShouldBeNull();
            await File.WriteAllTextAsync(Path.Combine(folder, "connectionString"), "Host=one\n");
            var one = (await source.FindAsync(CancellationToken.None)).ShouldNotBeNull();
            (await source.FindAsync(CancellationToken.None)).ShouldBeSameAs(one);
            await File.WriteAllTextAsync(Path.Combine(folder, "connectionString"), "Host=two\n");
            (await source.FindAsync(CancellationToken.None)).ShouldNotBeSameAs(one);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    ConfiguredDatabase Configured(Func<string, string?> variable) => new(NullLoggerFactory.Instance, clock, variable);
}
