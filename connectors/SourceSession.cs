using System.Collections.Immutable;
using Kombo.Core.Runs;
using Microsoft.Extensions.Logging;

namespace Kombo.Connectors;

/// <summary>Reads one source for one run. One stream at a time.</summary>
public sealed class SourceSession : IAsyncDisposable
{
    /// <exception cref="SourceException">A parameter or credential is missing or has no usable form.</exception>
    public SourceSession(ConnectorDefinition definition, SourceSettings settings, TimeProvider clock, ILogger logger) =>
        throw new NotImplementedException(definition.Name + settings + clock + logger);

    /// <summary>The streams to read in a sync of that type, those that others refer to first. Streams of which no model is
    /// in scope, and in a delta sync those that can only be read whole at great cost, are not among them.</summary>
    public ImmutableArray<SourceStream> Streams(SyncType type) => throw new NotImplementedException(type.ToString());

    /// <summary>Reads a stream page by page; the caller disposes each page. A page is asked for only when the one before
    /// has been taken.</summary>
    /// <exception cref="SourceException">It cannot be read any further.</exception>
    public IAsyncEnumerable<SourcePage> ReadAsync(SourceStream stream, ReadFrom from, CancellationToken cancellationToken) =>
        throw new NotImplementedException(stream.Name + from + cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
