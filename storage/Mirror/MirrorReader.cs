using System.Collections.Immutable;
using Kombo.Core.Models;
using Kombo.Storage.Statements;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>What people ask of the mirror as a whole.</summary>
public sealed class MirrorReader
{
    readonly NpgsqlDataSource source;
    readonly string countSql;

    internal MirrorReader(NpgsqlDataSource source, ModelCatalog catalog)
    {
        this.source = source;
        countSql = string.Join(" union all ", catalog.Models.Select(model => $"""
            select '{model.Name}' as model, count(*) filter (where remote_deleted_at is null) as live, count(remote_deleted_at) as deleted
              from kombo.{model.Name} where integration_id = @integrationId
            """));
    }

    /// <summary>Models that have rows, in catalog order.</summary>
    public async Task<ImmutableArray<ModelCount>> CountAsync(string integrationId, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        var counts = await connection.QueryAsync<ModelCount>(Statement.Of(countSql, new { integrationId }), cancellationToken);
        return [.. counts.Where(count => count.Live + count.Deleted > 0)];
    }
}
