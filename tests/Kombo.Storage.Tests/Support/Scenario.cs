using System.Collections.Immutable;
using Kombo.Core.Ids;
using Kombo.Core.Models;
using Kombo.Core.Records;
using Kombo.Core.Resources;
using Kombo.Core.Runs;
using Kombo.Storage.Mirror;
using Kombo.Storage.Runs;

namespace Kombo.Storage.Tests.Support;

/// <summary>One integration in a test: its runs, its pages and its rows.</summary>
/// <param name="fixture">Null where no rows are looked at and <see cref="Database"/> is another.</param>
public sealed class Scenario(StorageFixture? fixture, string integrationId)
{
    int runs;

    public string IntegrationId => integrationId;

    /// <summary>Of the Integration object whose runs these are.</summary>
    public string Uid { get; set; } = "uid-1";

    public DeletionGuardSpec? Guard { get; init; }

    /// <summary>By default the fixture's.</summary>
    public KomboDatabase Database { get; init; } = fixture?.Database!; // null only where it is set at once

    public RunRequest Request(SyncType type = SyncType.Full, string? runId = null) => new()
    {
        RunId = runId ?? $"{integrationId}-run{Interlocked.Increment(ref runs)}",
        Type = type,
        Trigger = "Schedule",
        Namespace = "default",
        Name = "acme",
        Uid = Uid,
        IntegrationId = integrationId,
        Connector = "sandbox",
        DeletionGuard = Guard,
    };

    public string Id(string remoteId, string model = "hris_employees") => KomboIds.Record(integrationId, model, remoteId);

    public async Task<RunHandle> StartAsync(RunRequest request) =>
        (await Database.Runs.StartAsync(request, "worker-1", CancellationToken.None)).ShouldBeOfType<RunStart.Started>().Handle;

    public Task<RunHandle> StartAsync(SyncType type = SyncType.Full, string? runId = null) => StartAsync(Request(type, runId));

    /// <summary>Writes rows as the last page of a stream called like the model, requested now.</summary>
    public Task<RunCounts> WriteAsync(RunHandle run, Model model, params Row[] rows) =>
        WriteAsync(run, model, rows, page => page);

    public async Task<RunCounts> WriteAsync(RunHandle run, Model model, Row[] rows, Func<PageWrite, PageWrite> with)
    {
        using var batch = Rows.Batch(integrationId, model, rows);
        return await WriteAsync(run, with(await PageAsync(model, batch)));
    }

    public Task<RunCounts> WriteAsync(RunHandle run, PageWrite page) =>
        Database.Mirror.WriteAsync(run, page, CancellationToken.None);

    public async Task<PageWrite> PageAsync(Model model, params RecordBatch[] batches) => new()
    {
        Stream = model.Name,
        Batches = [.. batches],
        Read = batches.Sum(batch => batch.Count),
        IsLast = true,
        RequestedAt = await NowAsync(),
    };

    public Task<RunProgress> FinishAsync(RunHandle run, params Model[] models) => Database.Finisher.FinishAsync(
        run,
        new FinishRequest { Streams = [.. models.Select(model => new StreamModels(model.Name, [model]))] },
        onPhase: null,
        CancellationToken.None);

    /// <summary>A whole full sync of one model.</summary>
    public async Task<RunProgress> SyncAsync(Model model, params Row[] rows)
    {
        await using var run = await StartAsync();
        await WriteAsync(run, model, rows);
        return await FinishAsync(run, model);
    }

    public async Task<DateTimeOffset> NowAsync() => (await Database.RequestClockAsync(IntegrationId, CancellationToken.None)).Now;

    /// <summary>Rows of a model by remote id, in that order.</summary>
    public async Task<ImmutableArray<StoredRow>> StoredAsync(Model model) =>
    [
        .. await fixture!.ListAsync<StoredRow>($"""
            select remote_id, id, changed_at, created_at, remote_deleted_at, requested_at, content_hash, remote_data_hash,
                   remote_data::text as remote_data, xmin::text as version
              from kombo.{model.Name} where integration_id = @integrationId order by remote_id
            """, new { integrationId }),
    ];

    public async Task<StoredRow> StoredAsync(Model model, string remoteId) =>
        (await StoredAsync(model)).Single(row => row.RemoteId == remoteId);
}

/// <param name="Version">Another one after any write.</param>
public sealed record StoredRow(
    string RemoteId, string Id, DateTimeOffset ChangedAt, DateTimeOffset CreatedAt, DateTimeOffset? RemoteDeletedAt,
    DateTimeOffset? RequestedAt, Guid? ContentHash, Guid? RemoteDataHash, string? RemoteData, string Version);
