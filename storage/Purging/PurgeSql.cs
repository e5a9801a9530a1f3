using Kombo.Core.Models;

namespace Kombo.Storage.Purging;

/// <summary>One thing that is done to rows of a model: which rows need it, and the statement that does it.</summary>
/// <param name="Condition">Over <c>t</c>, with $3, the bound in time that the act wants; true of no row after it.</param>
/// <param name="Write">With $1 integration, $2 ids and $3.</param>
sealed record PurgeAct(string Condition, string Write, Func<long, PurgeStep> Count)
{
    public DateTimeOffset Bound { get; init; }

    /// <summary>The rows have another content for readers, so that their change is announced.</summary>
    public bool IsChange { get; init; }

    /// <summary>Moves no changed_at.</summary>
    public bool IsSilent { get; init; }
}

/// <summary>The statements of purge runs.</summary>
static class PurgeSql
{
    /// <summary>A stretch of the table along its key. Gives where it ends, and the ids of the rows that need the act; no
    /// end: the table ends here. $2: where the stretch before ended.</summary>
    public static string Find(Model model, PurgeAct act) => $"""
        with stretch as materialized (
            select t.id, {act.Condition} as hit
              from kombo.{model.Name} t
             where t.integration_id = $1 and t.id > $2 and $3::timestamptz is not null
             order by t.id
             limit {Stretch}
        )
        select (select max(s.id) from stretch s having count(*) = {Stretch}),
               array(select s.id from stretch s where s.hit order by s.id)
        """;

    const int Stretch = 10_000;

    /// <summary>Does it, counts it and announces it. $4 run, $5 model.</summary>
    public static string Apply(PurgeAct act) => $"""
        with acted as (
            {act.Write}
            returning t.id
        ), counted as (
            update kombo.sync_runs
               set {Column(act)} = coalesce({Column(act)}, 0) + (select count(*) from acted)
             where run_id = $4
        ), flagged as (
            insert into kombo.changed_models (integration_id, model, changed_at)
            select $1, $5, current_setting('kombo.tick')::timestamptz
             where {(act.IsChange ? "true" : "false")} and exists (select 1 from acted)
            on conflict (integration_id, model) do update set changed_at = excluded.changed_at
        )
        select count(*) from acted
        """;

    static string Column(PurgeAct act) => act.Count(1) switch
    {
        { Removed: 1 } => "deleted",
        { Anonymized: 1 } => "anonymized",
        _ => "changed",
    };

    /// <summary>The model is out of scope, or all goes.</summary>
    public static PurgeAct Remove(Model model) => new(
        "true",
        $"delete from kombo.{model.Name} t where t.integration_id = $1 and t.id = any($2)",
        rows => new PurgeStep(Removed: rows));

    /// <summary>These fields are out of scope. The trigger moves changed_at: what readers get has changed.</summary>
    public static PurgeAct Clear(Model model, IReadOnlyCollection<Field> fields)
    {
        var condition = $"not (row({Columns(fields)}) is null)";
        return new(
            condition,
            $"update kombo.{model.Name} t set {Nulls(fields)} where t.integration_id = $1 and t.id = any($2) and {condition}",
            rows => new PurgeStep(Cleared: rows))
        {
            IsChange = true,
        };
    }

    /// <summary>Source records are out of scope, or were cut to a wider one. Readers of the API do not see them.</summary>
    /// <param name="onlyBefore">Only those that were requested before the bound; later ones are cut to the scope of now.</param>
    public static PurgeAct ForgetRemoteData(Model model, bool onlyBefore)
    {
        var condition = "(t.remote_data is not null or t.remote_data_hash is not null)"
            + (onlyBefore ? " and (t.requested_at is null or t.requested_at < $3)" : "");
        return new(
            condition,
            $"""
            update kombo.{model.Name} t set remote_data = null, remote_data_hash = null
             where t.integration_id = $1 and t.id = any($2) and {condition}
            """,
            rows => new PurgeStep(Cleared: rows));
    }

    /// <summary>Was deleted before the bound. Ids and references that a record cannot be without stay.</summary>
    public static PurgeAct Anonymize(Model model)
    {
        var fields = model.Fields.Where(field => field.Nullable).ToList();
        var values = fields.Count == 0 ? "" : $"not (row({Columns(fields)}) is null) or ";
        var condition = $"t.remote_deleted_at < $3 and ({values}t.remote_data is not null)";
        var sets = string.Concat(fields.Select(field => $"\"{field.Name}\" = null, "));
        return new(
            condition,
            $"""
            update kombo.{model.Name} t set {sets}remote_data = null, remote_data_hash = null, content_hash = null
             where t.integration_id = $1 and t.id = any($2) and {condition}
            """,
            rows => new PurgeStep(Anonymized: rows))
        {
            IsSilent = true,
        };
    }

    static string Columns(IEnumerable<Field> fields) => string.Join(", ", fields.Select(field => $"t.\"{field.Name}\""));

    static string Nulls(IEnumerable<Field> fields) => string.Join(", ", fields.Select(field => $"\"{field.Name}\" = null"));
}
