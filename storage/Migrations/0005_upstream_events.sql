-- Webhook runs: they read the records that sources tell of, one by one.
alter table kombo.sync_runs drop constraint sync_runs_type_check;
alter table kombo.sync_runs add constraint sync_runs_type_check check (type in ('full', 'delta', 'purge', 'webhook'));
alter table kombo.sync_leases drop constraint sync_leases_type_check;
alter table kombo.sync_leases add constraint sync_leases_type_check check (type in ('full', 'delta', 'purge', 'webhook'));

-- What sources tell by webhooks: that something has changed, never what. model and remote_id are null where it is not known of
-- which record an event tells.
create table kombo.upstream_events (
    id             bigint generated always as identity primary key,
    integration_id text collate "C" not null,
    event_id       text collate "C" not null check (char_length(event_id) between 1 and 256),
    model          text collate "C",
    remote_id      text collate "C" check (char_length(remote_id) between 1 and 512),
    occurred_at    timestamptz,
    received_at    timestamptz not null default clock_timestamp(),
    due_at         timestamptz not null default clock_timestamp(),
    state          text not null default 'pending' check (state in ('pending', 'taken', 'done', 'failed')),
    run_id         text collate "C",
    attempts       integer not null default 0,
    reason         text,
    closed_at      timestamptz,
    unique (integration_id, event_id),
    check ((closed_at is not null) = (state in ('done', 'failed')))
) with (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05);
comment on column kombo.upstream_events.due_at is 'Not to be taken before; later than received_at where its record could not be read.';
comment on column kombo.upstream_events.run_id is 'The run that took it last.';

-- What waits, integration by integration: who asks steps from one to the next, however many events there are of each.
create index upstream_events_open on kombo.upstream_events (integration_id, due_at, id) where closed_at is null;
create index upstream_events_closed on kombo.upstream_events (integration_id, closed_at) where closed_at is not null;

-- What the deletion guard counts: records that were gone.
create index upstream_events_gone on kombo.upstream_events (integration_id, model, closed_at) where reason = 'Gone';
