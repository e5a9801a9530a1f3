using System.Collections.Concurrent;
using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Core.Records;
using Kombo.Core.Runs;
using Kombo.Core.Scope;
using Microsoft.Extensions.Logging;

namespace Kombo.Connectors.Tests;

/// <summary>A session against a <see cref="TestSource"/>, with all that it said.</summary>
sealed class TestSession : IAsyncDisposable
{
    TestSession(SourceSession session, RecordingLogger log, ConcurrentQueue<SourceWait> waits) =>
        (Session, Log, Waits) = (session, log, waits);

    public SourceSession Session { get; }

    public RecordingLogger Log { get; }

    public ConcurrentQueue<SourceWait> Waits { get; }

    public static TestSession Open(
        ConnectorDefinition definition, string url, SourceSettings? settings = null, TimeProvider? clock = null)
    {
        var log = new RecordingLogger();
        var waits = new ConcurrentQueue<SourceWait>();
        var complete = (settings ?? Settings) with { OnWait = waits.Enqueue };
        complete = complete with { Parameters = complete.Parameters.SetItem("baseUrl", url) };
        return new TestSession(new SourceSession(definition, complete, clock ?? new EagerClock(), log), log, waits);
    }

    public static SourceSettings Settings { get; } = new()
    {
        IntegrationId = "test:1",
        Scope = CompiledScope.Everything(ModelCatalog.Default),
        AllowedHosts = AddressPolicy.Loopback,
        Credentials = new SourceCredentials([KeyValuePair.Create("token", "s3cret")]),
    };

    public SourceStream Stream(SyncType type = SyncType.Full) => Session.Streams(type)[0];

    public IAsyncEnumerable<SourcePage> ReadAsync(SyncType type = SyncType.Full, ReadFrom? from = null) =>
        Session.ReadAsync(Stream(type), from ?? ReadFrom.Start, CancellationToken.None);

    /// <summary>Reads the first stream to its end.</summary>
    public async Task<ReadResult> ReadAllAsync(SyncType type = SyncType.Full, ReadFrom? from = null)
    {
        var result = new ReadResult();
        await foreach (var page in ReadAsync(type, from))
            using (page)
                result = result.With(page);
        return result;
    }

    public ValueTask DisposeAsync() => Session.DisposeAsync();
}

/// <summary>What came of a read.</summary>
sealed record ReadResult
{
    public ImmutableArray<string> RemoteIds { get; init; } = [];
    public ImmutableArray<RecordError> Errors { get; init; } = [];
    public ImmutableArray<string?> Tokens { get; init; } = [];
    public int Pages { get; init; }
    public int Read { get; init; }
    public string? Watermark { get; init; }
    public string? Incomplete { get; init; }
    public long? Total { get; init; }

    public ReadResult With(SourcePage page) => this with
    {
        RemoteIds = [.. RemoteIds, .. page.Batches.SelectMany(batch => Enumerable.Range(0, batch.Count).Select(batch.RemoteId))],
        Errors = [.. Errors, .. page.Errors],
        Tokens = [.. Tokens, page.NextPageToken],
        Pages = Pages + 1,
        Read = Read + page.Read,
        Watermark = page.Watermark,
        Incomplete = page.Incomplete,
        Total = page.Total ?? Total,
    };

    public string Ids => string.Join(' ', RemoteIds);
}

/// <summary>Keeps what is logged, as text.</summary>
sealed class RecordingLogger : ILogger
{
    public ConcurrentQueue<string> Lines { get; } = new();

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        Lines.Enqueue(formatter(state, exception) + exception);
}
