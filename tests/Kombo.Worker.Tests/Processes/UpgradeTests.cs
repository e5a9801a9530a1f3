using Kombo.Core.Models;
using Kombo.Storage;
using Kombo.Storage.Migrations;
using Kombo.Storage.Transactions;
using Kombo.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Kombo.Worker.Tests.Processes;

/// <summary>An upgrade migrates first: workers of the version before run beside it, on the schema of the next one.</summary>
public sealed class UpgradeTests(WorkerWorld world) : IClassFixture<WorkerWorld>
{
    static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    static readonly int Known = MigrationScripts.Numbered[^1].Version;

    // Adds, and changes what is there in ways that older programs do not notice.
    const string ExpandSql = """
        create table kombo.next_things (integration_id text not null primary key);
        alter table kombo.sync_runs add column next_note text not null default 'none';
        create index next_index on kombo.hris_employees (integration_id, created_at);
        """;

    const string ContractSql = "drop table kombo.next_things";

    [RequiresFact(Need.Postgres)]
    public async Task A_worker_finishes_on_the_schema_of_the_next_version_and_is_refused_what_no_longer_keeps_its_needs()
    {
        await world.ResetAsync();
        var request = world.Request();
        await world.Sandbox.ControlAsync("hold", new { collection = "employees", passes = 2 });
        await using (var worker = world.Start(request))
        {
            await Eventually.BecomesAsync(
                async () => await world.Sandbox.HeldAsync() == 1 && await world.LiveAsync(request, "hris_employees") == 400, Soon);
            await MigrateAsync(new MigrationScript(Known + 1, "next_expand", ExpandSql, OldestProgram: 1));
            await world.Sandbox.ControlAsync("release", new { });
            var end = await worker.EndAsync(Soon);
            end.ExitCode.ShouldBe(0, end.Output);
            end.Word!.Result.ShouldBe("Succeeded");
        }
        var counts = await world.Sandbox.CountsAsync();
        (await world.LiveAsync(request, "hris_employees")).ShouldBe(counts["employees"]);
        (await world.DeletedAsync(request, "hris_employees")).ShouldBe(0);
        (await world.QueryAsync<string>("select next_note from kombo.sync_runs where integration_id = $1", request.IntegrationId)).ShouldBe("none");

        var again = await world.SyncAsync(request with { RunId = request.RunId + "-again" });
        again.ExitCode.ShouldBe(0, "a run that begins on the newer schema: " + again.Output);
        again.Word!.Counts!.Unchanged.ShouldBe(again.Word.Counts.Read);

        await MigrateAsync(
            new(Known + 1, "next_expand", ExpandSql, OldestProgram: 1), new(Known + 2, "next_contract", ContractSql, OldestProgram: Known + 1));
        var late = await world.SyncAsync(request with { RunId = request.RunId + "-late" });
        late.ExitCode.ShouldBe(1, late.Output);
        late.Word!.Message.ShouldNotBeNull().ShouldContain($"this program (made for {Known}) cannot use: upgrade it");
    }

    // As the next version's hook would: one migration more, and a model with a field more.
    async Task MigrateAsync(params MigrationScript[] next)
    {
        await using var source = DataSources.Create(world.Connection, NullLoggerFactory.Instance);
        var transactions = new TransactionRunner(source, TimeProvider.System, NullLogger.Instance, DatabasePatience.None);
        var migrator = new SchemaMigrator(
            transactions, NextCatalog, [.. MigrationScripts.Numbered, .. next], NullLogger<SchemaMigrator>.Instance);
        await migrator.MigrateAsync(CancellationToken.None);
        (await migrator.CheckAsync(CancellationToken.None)).Status.ShouldBe(SchemaStatus.Ready);
    }

    static ModelCatalog NextCatalog { get; } = new(
    [
        .. ModelCatalog.Default.Models.Select(model => model.Name == "hris_employees"
            ? model with { Fields = model.Fields.Add(new Field("next_field", FieldType.Text) { Nullable = true }) }
            : model),
    ]);
}
