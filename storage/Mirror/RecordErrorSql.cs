using Kombo.Core.Records;
using Kombo.Storage.Runs;
using Kombo.Storage.Transactions;
using Npgsql;

namespace Kombo.Storage.Mirror;

/// <summary>The record_errors table: places and reasons, never values; bounded for each run.</summary>
static class RecordErrorSql
{
    const int MostPerRun = 1000;

    const string InsertSql = """
        insert into kombo.record_errors (run_id, integration_id, model, remote_id, path, reason)
        select $1, $2, e.model, e.remote_id, e.path, e.reason
          from unnest($3::text[], $4::text[], $5::text[], $6::text[]) as e (model, remote_id, path, reason)
         limit greatest(0, $7 - (select count(*) from kombo.record_errors r where r.run_id = $1))
        on conflict (run_id, model, remote_id, path) do nothing
        """;

    public static void Add(NpgsqlBatch batch, RunHandle run, IReadOnlyList<RecordError> errors) =>
        batch.Add(InsertSql).Text(run.RunId).Text(run.IntegrationId)
            .Texts([.. errors.Select(error => error.Model)])
            .Texts([.. errors.Select(error => Bounded(error.RemoteId ?? ""))])
            .Texts([.. errors.Select(error => Bounded(error.Path))])
            .Texts([.. errors.Select(error => Bounded(error.Reason))])
            .Bigint(MostPerRun);

    // Ids of records that cannot be stored are often what cannot be stored.
    static string Bounded(string text)
    {
        var bounded = text.Length <= 300 ? text : text[..300];
        return string.Concat(bounded.Select(c => c == '\0' || char.IsSurrogate(c) ? '\ufffd' : c));
    }
}
