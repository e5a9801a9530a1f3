-- Everything beside the mirrored records. The tables of the models are generated from the catalog.
create table kombo.installation (
    one boolean primary key default true check (one),
    id  text not null default replace(gen_random_uuid()::text, '-', '')
);
insert into kombo.installation default values;

-- The tables that were generated, and from what.
create table kombo.schema_catalog (
    one  boolean primary key default true check (one),
    hash text not null
);
create table kombo.schema_models (
    name     text collate "C" primary key,
    triggers text not null
);
comment on column kombo.schema_models.triggers is 'Hash of the script that made them.';

create table kombo.integrations (
    integration_id             text collate "C" primary key,
    namespace                  text not null,
    name                       text not null,
    uid                        text not null,
    connector                  text not null,
    category                   text,
    end_user_organization_name text,
    end_user_origin_id         text,
    end_user_creator_email     text,
    state                      text not null check (state in ('ACTIVE', 'INACTIVE', 'INVALID')),
    paused_by_api              boolean not null default false,
    last_upstream_event_at     timestamptz,
    created_at                 timestamptz,
    deleted_at                 timestamptz,
    updated_at                 timestamptz not null default clock_timestamp()
);
create index integrations_by_name on kombo.integrations (namespace, name);

-- One clock for each integration: its writers take turns on this row, so that stamps follow commit order.
create table kombo.sync_ticks (
    integration_id    text collate "C" primary key,
    t                 timestamptz not null,
    validated_through timestamptz
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
comment on column kombo.sync_ticks.validated_through is
    'References of rows changed up to here are validated; null: of none.';

create table kombo.sync_runs (
    run_id           text collate "C" primary key,
    integration_id   text collate "C" not null,
    type             text not null check (type in ('full', 'delta')),
    trigger          text not null,
    token            text,
    slot             timestamptz,
    namespace        text not null,
    name             text not null,
    uid              text not null,
    scope            text not null,
    confirmed_run_id text,
    owner            text,
    attempts         integer not null default 1,
    started_at       timestamptz not null,
    attempted_at     timestamptz not null,
    finished_at      timestamptz,
    result           text,
    reason           text,
    message          text,
    read             bigint not null default 0,
    new              bigint not null default 0,
    changed          bigint not null default 0,
    unchanged        bigint not null default 0,
    deleted          bigint not null default 0,
    undeleted        bigint not null default 0,
    held             bigint not null default 0,
    errors           bigint not null default 0,
    outdated         bigint,
    check ((finished_at is null) = (result is null))
);
create index sync_runs_by_integration on kombo.sync_runs (integration_id, started_at desc);
create index sync_runs_open on kombo.sync_runs (integration_id, type) where finished_at is null;

-- A lease is held while it has an owner and has not expired. The sweep is the pass over the source that attempts and
-- runs share until one of them finishes it.
create table kombo.sync_leases (
    integration_id   text collate "C" not null,
    type             text not null check (type in ('full', 'delta')),
    fencing_token    bigint not null,
    run_id           text collate "C" not null,
    owner            text,
    expires_at       timestamptz not null,
    sweep_id         text collate "C",
    sweep_basis      text,
    sweep_started_at timestamptz,
    primary key (integration_id, type)
) with (fillfactor = 20);

-- How often an Integration's source may be asked, by all of its runs together. A row comes with the first limit.
create table kombo.rate_budgets (
    integration_id text collate "C" primary key,
    concurrency    double precision not null check (concurrency >= 1),
    asked_at       timestamptz,
    blocked_until  timestamptz,
    limited_at     timestamptz,
    per_second     double precision,
    quota          bigint,
    remaining      bigint,
    resets_at      timestamptz
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Runs that ask the source or wait for their turn. A row counts while a lease with its number lives.
create table kombo.rate_askers (
    integration_id text collate "C" not null,
    type           text not null,
    fencing_token  bigint not null,
    asking         boolean not null,
    since          timestamptz not null,
    primary key (integration_id, type)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

create table kombo.sync_checkpoints (
    integration_id text collate "C" not null,
    type           text not null,
    stream         text not null,
    state          text not null check (state in ('running', 'complete', 'incomplete')),
    page_token     text,
    pages          integer not null,
    reason         text,
    read           bigint not null,
    new            bigint not null,
    changed        bigint not null,
    unchanged      bigint not null,
    undeleted      bigint not null,
    errors         bigint not null,
    outdated       bigint,
    updated_at     timestamptz not null,
    primary key (integration_id, type, stream)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

create table kombo.sync_watermarks (
    integration_id text collate "C" not null,
    stream         text not null,
    watermark      text not null,
    updated_at     timestamptz not null default clock_timestamp(),
    primary key (integration_id, stream)
);

-- The ids that a full sync, or a delta beside it, has met. Emptied by a crash of the server; the row with model ''
-- tells: a sweep whose row is gone starts again. Plain storage, and few enough ids for a row to stay in its page.
create unlogged table kombo.sync_seen (
    seq          bigint generated always as identity,
    sweep_id     text collate "C" not null,
    model        text collate "C" not null,
    sighting     boolean not null,
    requested_at timestamptz not null,
    ids          text[] collate "C" not null
);
alter table kombo.sync_seen alter column ids set storage plain;
create index sync_seen_by_request on kombo.sync_seen (sweep_id, model, requested_at);
create index sync_seen_by_seq on kombo.sync_seen (sweep_id, model, seq);

-- Rows about to be marked deleted by the finish phase of a sweep.
create unlogged table kombo.sync_candidates (
    sweep_id text collate "C" not null,
    model    text collate "C" not null,
    id       text collate "C" not null,
    primary key (sweep_id, model, id)
);

-- Records of models whose paging may pass over one: those that the last complete full sync missed. Who misses one that an
-- earlier sync missed too marks it deleted; whoever meets it removes it from here.
create table kombo.missed_records (
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    id             text collate "C" not null,
    run_id         text collate "C" not null,
    sweep_id       text collate "C" not null,
    sweep_basis    text not null,
    missed_since   timestamptz not null,
    primary key (integration_id, model, id)
);
comment on table kombo.missed_records is
    'run_id, sweep_id, missed_since: of the first of the full syncs in a row that missed the record.';

create table kombo.sync_requests (
    id             bigint generated always as identity primary key,
    integration_id text collate "C" not null,
    type           text not null check (type in ('full', 'delta', 'default')),
    token          text not null unique,
    requested_by   text,
    requested_at   timestamptz not null default clock_timestamp(),
    handled_at     timestamptz,
    run_id         text,
    result         text,
    reason         text
);
create index sync_requests_open on kombo.sync_requests (integration_id) where handled_at is null;

create table kombo.held_deletions (
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    run_id         text collate "C" not null,
    sweep_id       text collate "C" not null,
    candidates     bigint not null,
    live           bigint not null,
    came_empty     boolean not null,
    sample         text[] not null,
    held_at        timestamptz not null default clock_timestamp(),
    primary key (integration_id, model)
);

create table kombo.held_deletion_ids (
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    id             text collate "C" not null,
    primary key (integration_id, model, id),
    foreign key (integration_id, model) references kombo.held_deletions on delete cascade
);

-- Set by every transaction that changes rows of the model.
create table kombo.changed_models (
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    changed_at     timestamptz not null,
    dispatched_at  timestamptz,
    primary key (integration_id, model)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- References whose target has never arrived. The row with id '' stands for all rows: the target's model has none.
create table kombo.reference_issues (
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    id             text collate "C" not null,
    field          text not null,
    target_model   text collate "C" not null,
    target_id      text collate "C" not null,
    kind           text not null check (kind in ('null', 'kept', 'withheld')),
    found_at       timestamptz not null default clock_timestamp(),
    primary key (integration_id, model, id, field)
);
create index reference_issues_by_target on kombo.reference_issues (integration_id, target_model, target_id);

-- Where a record could not be stored and why; never its values.
create table kombo.record_errors (
    run_id         text collate "C" not null,
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    remote_id      text not null,
    path           text not null,
    reason         text not null,
    recorded_at    timestamptz not null default clock_timestamp(),
    primary key (run_id, model, remote_id, path)
);
create index record_errors_by_integration on kombo.record_errors (integration_id, recorded_at);

-- A child that changed its parent leaves the old parent here, so that it is returned as changed too.
create table kombo.parent_touches (
    integration_id text collate "C" not null,
    model          text collate "C" not null,
    id             text collate "C" not null,
    changed_at     timestamptz not null,
    primary key (integration_id, model, id)
);

create table kombo.webhook_outbox (
    id             bigint generated always as identity primary key,
    integration_id text collate "C" not null,
    kind           text not null,
    run_id         text,
    payload        jsonb not null,
    created_at     timestamptz not null default clock_timestamp(),
    dispatched_at  timestamptz
);
create index webhook_outbox_open on kombo.webhook_outbox (id) where dispatched_at is null;
