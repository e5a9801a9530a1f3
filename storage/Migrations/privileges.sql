-- What each role may do, and no more; roles that are missing are passed over. Repeated by each migration.
do $$
declare
    item  record;
    model text;
begin
    for item in select rolname as role from pg_roles
                 where rolname in ('kombo_writer', 'kombo_api', 'kombo_reader', 'kombo_registry')
    loop
        execute format('revoke all on all tables in schema kombo from %I', item.role);
    end loop;

    for item in
        select r.role, r.privileges
          from (values
                ('kombo_owner',    'all on all tables in schema kombo'),
                ('kombo_writer',   'select on kombo.schema_versions, kombo.schema_catalog, kombo.installation, kombo.integrations'),
                ('kombo_writer',   'select, insert, update, delete on kombo.sync_ticks, kombo.sync_runs, kombo.sync_leases, '
                                   'kombo.sync_checkpoints, kombo.sync_watermarks, kombo.sync_seen, kombo.sync_candidates, '
                                   'kombo.missed_records, kombo.held_deletions, kombo.held_deletion_ids, kombo.changed_models, '
                                   'kombo.reference_issues, kombo.record_errors, kombo.parent_touches, '
                                   'kombo.scope_fences, kombo.rate_budgets, kombo.rate_askers'),
                ('kombo_writer',   'select, insert, delete on kombo.webhook_outbox'),
                -- of webhook runs
                ('kombo_writer',   'select, update, delete on kombo.upstream_events'),
                ('kombo_writer',   'insert (integration_id, type, requested_by) on kombo.sync_requests'),
                -- of purge runs
                ('kombo_writer',   'select, delete on kombo.sync_requests'),
                ('kombo_writer',   'update (end_user_organization_name, end_user_origin_id, end_user_creator_email, purged_at) '
                                   'on kombo.integrations'),
                -- beside the mirror: what its answers need to be right, and what runs or has run
                ('kombo_api',      'select on kombo.schema_versions, kombo.schema_catalog, kombo.installation, kombo.integrations, '
                                   'kombo.sync_runs, kombo.reference_issues, kombo.parent_touches, kombo.changed_models'),
                ('kombo_api',      'select, insert, update on kombo.sync_requests'),
                ('kombo_api',      'update (paused_by_api, last_upstream_event_at) on kombo.integrations'),
                ('kombo_api',      'insert (integration_id, event_id, model, remote_id, occurred_at), '
                                   'select (id, integration_id, event_id) on kombo.upstream_events'),
                ('kombo_api',      'select, insert, update, delete on kombo.webhook_outbox'),
                ('kombo_registry', 'select on kombo.schema_versions, kombo.schema_catalog, kombo.installation, '
                                   'kombo.held_deletions, kombo.sync_ticks, kombo.changed_models'),
                ('kombo_registry', 'select, insert, update, delete on kombo.integrations'),
                ('kombo_registry', 'select, update on kombo.sync_runs, kombo.sync_leases, kombo.sync_requests'),
                ('kombo_registry', 'update on kombo.sync_ticks'),
                -- that events wait, not of which records they tell
                ('kombo_registry', 'select (id, integration_id, received_at, due_at, closed_at) on kombo.upstream_events'),
                ('kombo_registry', 'insert, select (id) on kombo.webhook_outbox')
               ) as r (role, privileges)
          join pg_roles on pg_roles.rolname = r.role
    loop
        execute format('grant %s to %I', item.privileges, item.role);
    end loop;

    for item in select rolname as role from pg_roles
                 where rolname in ('kombo_owner', 'kombo_writer', 'kombo_api', 'kombo_reader', 'kombo_registry')
    loop
        execute format('grant usage on schema kombo to %I', item.role);
        for model in select c.name from kombo.schema_models c loop
            if item.role = 'kombo_writer' then
                execute format('grant select, insert, update, delete on kombo.%I to %I', model, item.role);
            elsif item.role in ('kombo_api', 'kombo_reader') then
                execute format('grant select on kombo.%I to %I', model, item.role);
            end if;
        end loop;
    end loop;
end $$;
