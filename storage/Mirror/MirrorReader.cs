using System.Collections.Immutable;
using Kombo.Core.Models;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>What people ask of the mirror as a whole.</summary>
public sealed class MirrorReader
{
    internal MirrorReader(NpgsqlDataSource source, ModelCatalog catalog) => _ = (source, catalog);

    /// <summary>Models that have rows, in catalog order.</summary>
    public Task<ImmutableArray<ModelCount>> CountAsync(string integrationId, CancellationToken cancellationToken) =>
        throw new NotImplementedException();
}
