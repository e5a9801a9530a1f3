using System.Security.Cryptography;
using System.Text.Json;
using Kombo.Core.Runs;
using Kombo.Storage.Statements;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Runs;

/// <summary>One pass over the source: begun by a run, and gone on with by its later attempts or by the next run, until
/// one of them finishes it. Checkpoints and the seen set belong to it.</summary>
/// <param name="Basis">Connector, its definition, parameters and scope: page tokens and the seen set are worthless for another one.</param>
/// <param name="StartedAt">The tick at which it began; rows written later are no candidates for deletion.</param>
/// <param name="Adopted">It was begun by an earlier attempt or run.</param>
sealed record Sweep(string Id, string Basis, DateTimeOffset StartedAt, bool Adopted)
{
    const string UsableSql = """
        select (@type <> 'full' or exists (select 1 from kombo.sync_seen where sweep_id = @sweepId and model = ''))
               and greatest(@startedAt, (select max(updated_at) from kombo.sync_checkpoints
                                          where integration_id = @integrationId and type = @type))
                   > clock_timestamp() - interval '24 hours'
        """;

    // Read again: what was left incomplete, as its reason may be gone; what has a page token that may have expired; and
    // what another run has read some time ago, as the source may have changed since. A delta reads on from its watermark.
    const string ForgetSql = """
        delete from kombo.sync_checkpoints
         where integration_id = @integrationId and type = @type
           and (state = 'incomplete'
                or (state = 'running' and updated_at < clock_timestamp() - interval '1 hour')
                or (state = 'complete' and @anotherRun
                    and (@type <> 'full' or updated_at < clock_timestamp() - interval '1 hour')))
        """;

    /// <summary>Inside a transaction that holds the tick.</summary>
    /// <param name="lease">Null: there was none yet.</param>
    /// <param name="stamp">Of this transaction.</param>
    public static async Task<Sweep> AdoptOrOpenAsync(
        NpgsqlConnection connection, RunRequest request, LeaseRow? lease, DateTimeOffset stamp, CancellationToken cancellationToken)
    {
        var (type, basis) = (request.Type.Column(), BasisOf(request));
        if (lease is { SweepId: { } id, SweepBasis: var before, SweepStartedAt: { } startedAt } && before == basis
            && await connection.QuerySingleAsync<bool>(
                Statement.Of(UsableSql, new { type, sweepId = id, startedAt, request.IntegrationId }), cancellationToken))
        {
            var anotherRun = lease.RunId != request.RunId;
            await connection.ExecuteAsync(Statement.Of(ForgetSql, new { type, request.IntegrationId, anotherRun }), cancellationToken);
            return new(id, basis, startedAt, Adopted: true);
        }

        await CloseAsync(connection, request, lease?.SweepId, cancellationToken);
        var opened = new Sweep($"{request.RunId}/{stamp.UtcTicks}", basis, stamp, Adopted: false);
        if (request.Type == SyncType.Full)
            await connection.ExecuteAsync(Statement.Of(MarkSql, new { sweepId = opened.Id, stamp }), cancellationToken);
        return opened;
    }

    // Gone if the server crashes, as the rest of the seen set.
    const string MarkSql = """
        insert into kombo.sync_seen (sweep_id, model, sighting, requested_at, ids) values (@sweepId, '', false, @stamp, '{}')
        """;

    const string CloseSql = """
        delete from kombo.sync_checkpoints where integration_id = @integrationId and type = @type;
        delete from kombo.sync_seen where sweep_id = @sweepId;
        delete from kombo.sync_candidates where sweep_id = @sweepId;
        """;

    /// <summary>Removes what belongs to a sweep that is over or of no use.</summary>
    public static Task CloseAsync(
        NpgsqlConnection connection, RunRequest request, string? sweepId, CancellationToken cancellationToken) =>
        connection.ExecuteAsync(
            Statement.Of(CloseSql, new { request.IntegrationId, type = request.Type.Column(), sweepId }), cancellationToken);

    static string BasisOf(RunRequest request)
    {
        var relevant = new RunRequest
        {
            RunId = "",
            Type = request.Type,
            Trigger = "",
            Namespace = "",
            Name = "",
            Uid = "",
            IntegrationId = request.IntegrationId,
            Connector = request.Connector,
            DefinitionHash = request.DefinitionHash,
            Parameters = request.Parameters,
            Scope = request.Scope,
        };
        return Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(relevant, RunJson.Default.RunRequest)));
    }
}
