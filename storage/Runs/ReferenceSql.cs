namespace Kombo.Storage.Runs;

/// <summary>The statements that validate one reference, set by set.</summary>
static class ReferenceSql
{
    public static string HasTargets(Reference reference) =>
        $"select exists (select 1 from kombo.{reference.Target} where integration_id = @integrationId)";

    /// <summary>Forgets issues whose row says something else by now, and notes those of rows changed since.</summary>
    public static string Check(Reference reference) => $"""
        delete from kombo.reference_issues i
         where i.integration_id = @integrationId and i.model = @model and i.field = @field and i.id <> ''
           and not exists (select 1 from kombo.{reference.Model} t
                            where t.integration_id = @integrationId and t.id = i.id
                              and t."{reference.Field}" = i.target_id and t.remote_deleted_at is null);

        insert into kombo.reference_issues (integration_id, model, id, field, target_model, target_id, kind)
        select @integrationId, @model, t.id, @field, @target, t."{reference.Field}", @kind
          from kombo.{reference.Model} t
         where t.integration_id = @integrationId
           and t.changed_at > @since
           and t.remote_deleted_at is null
           and t."{reference.Field}" is not null
           and not exists (select 1 from kombo.{reference.Target} r
                            where r.integration_id = @integrationId and r.id = t."{reference.Field}")
        on conflict (integration_id, model, id, field) do nothing;
        """;

    /// <summary>One row for all: the target's model is out of scope, or has not come yet.</summary>
    public static string NoteAbsentModel(Reference reference) => $"""
        delete from kombo.reference_issues
         where integration_id = @integrationId and model = @model and field = @field and id <> '';

        insert into kombo.reference_issues (integration_id, model, id, field, target_model, target_id, kind)
        select @integrationId, @model, '', @field, @target, '', @kind
         where exists (select 1 from kombo.{reference.Model} t
                        where t.integration_id = @integrationId and t."{reference.Field}" is not null)
        on conflict (integration_id, model, id, field) do nothing;
        """;

    /// <summary>The target's model has come: the one row for all becomes a row for each, to be healed page by page.</summary>
    public static string ExpandAbsentModel(Reference reference) => $"""
        with expanded as (
            delete from kombo.reference_issues
             where integration_id = @integrationId and model = @model and field = @field and id = ''
               and exists (select 1 from kombo.{reference.Target} where integration_id = @integrationId)
            returning 1
        )
        insert into kombo.reference_issues (integration_id, model, id, field, target_model, target_id, kind)
        select @integrationId, @model, t.id, @field, @target, t."{reference.Field}", @kind
          from kombo.{reference.Model} t
         where exists (select 1 from expanded)
           and t.integration_id = @integrationId and t."{reference.Field}" is not null and t.remote_deleted_at is null
        on conflict (integration_id, model, id, field) do nothing
        """;

    public static string HasHealed(Reference reference) => $"""
        select exists (select 1
                         from kombo.reference_issues i
                         join kombo.{reference.Target} r on r.integration_id = i.integration_id and r.id = i.target_id
                        where i.integration_id = @integrationId and i.model = @model and i.field = @field and i.id <> '')
        """;

    public const string AllowLookUps = "select set_config('enable_nestloop', 'on', true), set_config('enable_hashjoin', 'off', true)";

    /// <summary>What the API serves changes with the target, except where the id was served all along.</summary>
    public static string HealPage(Reference reference) => $"""
        with page as materialized (
            select i.id, i.kind
              from kombo.reference_issues i
              join kombo.{reference.Target} r on r.integration_id = $1 and r.id = i.target_id
             where i.integration_id = $1 and i.model = $2 and i.field = $3 and i.id <> ''
             order by i.id
             limit 1000
        ), healed as (
            delete from kombo.reference_issues i
             where i.integration_id = $1 and i.model = $2 and i.field = $3 and i.id = any(array(select p.id from page p))
        ), touched as (
            update kombo.{reference.Model} t
               set changed_at = current_setting('kombo.tick')::timestamptz
             where t.integration_id = $1 and t.id = any(array(select p.id from page p where p.kind <> 'kept'))
            returning t.id
        ), flagged as (
            insert into kombo.changed_models (integration_id, model, changed_at)
            select $1, $2, current_setting('kombo.tick')::timestamptz where exists (select 1 from touched)
            on conflict (integration_id, model) do update set changed_at = excluded.changed_at
        )
        select count(*) from page
        """;
}
