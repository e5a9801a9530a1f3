using System.Collections.Concurrent;
using System.Text;
using Kombo.Core.Models;
using Kombo.Storage.Migrations;

namespace Kombo.Storage.Mirror;

/// <summary>The statements that write one model, made from the catalog once.</summary>
sealed class ModelStatements
{
    static readonly ConcurrentDictionary<string, ModelStatements> Made = new(StringComparer.Ordinal);

    ModelStatements(Model model)
    {
        var columns = new StringBuilder("integration_id, id, remote_id, content_hash, requested_at");
        foreach (var field in model.Fields)
            columns.Append(", \"").Append(field.Name).Append('"');
        columns.Append(", remote_data, remote_data_hash");
        Columns = columns.ToString();
        ColumnCount = (short)(model.Fields.Length + 7);
        CreateStaging = CreateStagingSql(model, out var staging);
        Staging = $"pg_temp.{staging}";
        CopyDirect = $"copy kombo.{model.Name} ({Columns}) from stdin (format binary)";
        CopyStaging = $"copy {Staging} ({Columns}) from stdin (format binary)";
        Upsert = UpsertSql(model);
        CompareRange = CompareSql.Range(model);
        CompareByKey = CompareSql.ByKey(model);
    }

    public static ModelStatements For(Model model) => Made.GetOrAdd(model.Name, static (_, model) => new(model), model);

    /// <summary>As the rows of a COPY have them: four of bookkeeping, the fields, remote data and its hash.</summary>
    public string Columns { get; }

    public short ColumnCount { get; }

    public string Staging { get; }

    /// <summary>Once for each session: one temporary table for a model, emptied by each commit. A new one for every page
    /// would swell the system catalog.</summary>
    public string CreateStaging { get; }

    public string CopyDirect { get; }

    public string CopyStaging { get; }

    public string Upsert { get; }

    public string CompareRange { get; }

    public string CompareByKey { get; }

    static string CreateStagingSql(Model model, out string name)
    {
        var columns = $"""
            integration_id text collate "C", id text collate "C", remote_id text collate "C", content_hash uuid,
            requested_at timestamptz, {string.Concat(model.Fields.Select(field => $"\"{field.Name}\" {ModelTables.ColumnType(field)}, "))}
            remote_data jsonb, remote_data_hash uuid
            """;
        name = $"staging_{model.Name}_{ModelTables.Hash(columns)[..6]}"; // a pooler may hand us another program's session
        return $"create temporary table {name} ({columns}) on commit delete rows";
    }

    // The order keeps concurrent writers from deadlocks; the guard is a second net below the comparison.
    string UpsertSql(Model model)
    {
        var fields = string.Concat(model.Fields.Select(field => $"\"{field.Name}\" = excluded.\"{field.Name}\",\n       "));
        return $"""
            insert into kombo.{model.Name} as t ({Columns})
            select {Columns}
              from {Staging}
             order by id
            on conflict (integration_id, id) do update set
                   {fields}remote_id = excluded.remote_id,
                   content_hash = excluded.content_hash,
                   requested_at = excluded.requested_at,
                   remote_deleted_at = null,
                   remote_data = case when t.remote_data_hash is not distinct from excluded.remote_data_hash
                                      then t.remote_data else excluded.remote_data end,
                   remote_data_hash = excluded.remote_data_hash
             where (t.content_hash is distinct from excluded.content_hash
                    or t.remote_data_hash is distinct from excluded.remote_data_hash
                    or t.remote_id is distinct from excluded.remote_id
                    or t.remote_deleted_at is not null)
               and (t.requested_at is null or t.requested_at <= excluded.requested_at
                    or t.requested_at > current_setting('kombo.tick')::timestamptz)
            """;
    }
}
