using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Kombo.Storage.Purging;
using Kombo.Storage.Runs;
using Kombo.Storage.Tests.Support;

namespace Kombo.Storage.Tests.Purging;

/// <summary>One integration whose scope changes.</summary>
sealed class PurgeScenario(StorageFixture fixture)
{
    public Scenario Here { get; } = fixture.NewScenario();

    /// <summary>Only employees, with these fields.</summary>
    public static ScopeSpec Employees(params string[] fields) =>
        new([new ScopeModelSpec("hris_employees") { Include = [.. fields] }]);

    public RunRequest Request(SyncType type, ScopeSpec? scope, long generation) =>
        Here.Request(type) with { Scope = scope, Generation = generation };

    public RunRequest PurgeRequest(ScopeSpec? scope, long generation = 2, bool everything = false) =>
        Request(SyncType.Purge, scope, generation) with { Purge = new() { Everything = everything } };

    public static PurgeOrder Order(ScopeSpec? scope, bool isNarrowed = false, RetentionBounds? retention = null) => new()
    {
        Scope = CompiledScope.Compile(scope, ModelCatalog.Default).Scope.ShouldNotBeNull(),
        IsNarrowed = _ => isNarrowed,
        Retention = retention ?? RetentionBounds.Default,
    };

    /// <summary>A whole full sync of employees.</summary>
    public async Task<RunProgress> SyncAsync(RunRequest request, params Row[] rows)
    {
        await using var run = await Here.StartAsync(request);
        await Here.WriteAsync(run, Rows.Employees, rows);
        return await Here.FinishAsync(run, Rows.Employees);
    }

    public async Task<RunProgress> PurgeAsync(PurgeOrder order, RunRequest? request = null)
    {
        await using var run = await Here.StartAsync(request ?? PurgeRequest(scope: null));
        return await PurgeAsync(run, order);
    }

    public Task<RunProgress> PurgeAsync(RunHandle run, PurgeOrder order) =>
        Here.Database.Purge.RunAsync(run, order, (_, _) => { }, CancellationToken.None);

    /// <summary>Employees with a name, an address and a source record, all told by the number.</summary>
    public static Row[] People(int count) =>
    [
        .. Enumerable.Range(1, count).Select(number => new Row(
            $"e{number:0000}", ("first_name", $"name {number}"), ("work_email", $"canary-{number}@acme.test"))
        {
            RemoteData = $$"""{"mail":"canary-{{number}}@acme.test"}""",
        }),
    ];

    /// <summary>Moves the deletion of a record into the past, as nobody can but who waits.</summary>
    public Task DeletedAgoAsync(string remoteId, int days) => fixture.ExecuteAsync("""
        alter table kombo.hris_employees disable trigger stamp_update;
        update kombo.hris_employees set remote_deleted_at = clock_timestamp() - make_interval(days => @days)
         where integration_id = @IntegrationId and remote_id = @remoteId;
        alter table kombo.hris_employees enable trigger stamp_update;
        """, new { Here.IntegrationId, remoteId, days });

    /// <summary>The tables in which a text is found in any column of this integration's rows, with the number of rows.</summary>
    public async Task<ImmutableSortedDictionary<string, long>> FindAsync(string text)
    {
        var found = ImmutableSortedDictionary<string, long>.Empty;
        foreach (var table in await fixture.ListAsync<string>("""
            select c.table_name from information_schema.columns c
              join information_schema.tables t using (table_schema, table_name)
             where c.table_schema = 'kombo' and c.column_name = 'integration_id' and t.table_type = 'BASE TABLE' order by 1
            """))
            if (await fixture.QueryAsync<long>(
                $"select count(*) from kombo.{table} t where t.integration_id = @IntegrationId and t::text like @pattern",
                new { Here.IntegrationId, pattern = $"%{text}%" }) is > 0 and var rows)
                found = found.Add(table, rows);
        return found;
    }
}
