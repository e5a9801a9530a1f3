-- Purge runs: a third type of run beside the syncs.
alter table kombo.sync_runs drop constraint sync_runs_type_check;
alter table kombo.sync_runs add constraint sync_runs_type_check check (type in ('full', 'delta', 'purge'));
alter table kombo.sync_leases drop constraint sync_leases_type_check;
alter table kombo.sync_leases add constraint sync_leases_type_check check (type in ('full', 'delta', 'purge'));

alter table kombo.sync_runs
    add column anonymized bigint,
    add column pruned     bigint;

-- What the run was told, of which Integration object.
alter table kombo.sync_leases
    add column uid        text,
    add column generation bigint not null default 0,
    add column scope      text;
comment on column kombo.sync_leases.generation is 'Of the Integration whose scope it has; 0: not known.';
comment on column kombo.sync_leases.scope is 'Fingerprint; null: not known.';

-- Of an Integration object, the scope of the newest purge and of the newest sync, as fingerprints. A run of an older scope
-- than that of a purge must not write back what was removed, and a purge of an older scope must not remove what a sync
-- brings.
create table kombo.scope_fences (
    integration_id   text collate "C" not null,
    uid              text not null,
    purge_generation bigint,
    purge_scope      text,
    sync_generation  bigint,
    sync_scope       text,
    closed           boolean not null default false,
    updated_at       timestamptz not null default clock_timestamp(),
    primary key (integration_id, uid)
);
comment on column kombo.scope_fences.closed is 'The Integration is deleted with its data: no run of it may begin.';

alter table kombo.integrations
    add column deletion_policy text not null default 'Retain' check (deletion_policy in ('Retain', 'Delete')),
    add column purged_at       timestamptz;
comment on column kombo.integrations.purged_at is
    'When all that was mirrored was removed. Null while deleted_at is set and the policy is Delete: data remains.';

-- Stops a run that removes everything of an integration once another Integration has its id.
create function kombo.assert_deleted(integration text, deleted_uid text) returns void language plpgsql as $$
begin
    if exists (select 1 from kombo.integrations i
                where i.integration_id = integration and i.uid <> deleted_uid and i.deleted_at is null) then
        raise exception 'integration % belongs to another Integration by now', integration using errcode = 'KB021';
    end if;
end $$;

create index webhook_outbox_by_integration on kombo.webhook_outbox (integration_id, created_at);
