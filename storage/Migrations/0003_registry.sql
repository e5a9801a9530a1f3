-- Several clusters may use one database: each closes the rows of its own Integrations only. Null: written before this
-- was kept; the row gets its cluster when its Integration is seen.
alter table kombo.integrations add column cluster text;
-- Connector and identifying parameters of the source whose records the mirror holds under this id; it outlives the
-- Integration object, as the records do. Never a credential.
alter table kombo.integrations add column identity text;
create index integrations_paused on kombo.integrations (integration_id) where paused_by_api;

-- An id like those of records: 24 Base58 characters, but by chance.
create function kombo.new_id() returns text language sql volatile as $$
    select string_agg(substr('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', 1 + get_byte(r.bytes, n) % 58, 1), '')
      from (select uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) as bytes) r,
           unnest(array[0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 23, 25, 26, 27]) n
$$;

-- A request from the API. run_id is known from the beginning: the run that serves it will have it. Until the operator
-- accepts it, a stronger request for the same integration only raises its type, so that there is one at most.
alter table kombo.sync_requests add column accepted_at timestamptz;
comment on column kombo.sync_requests.accepted_at is 'Its run is about to begin, and its type is fixed.';
comment on column kombo.sync_requests.handled_at is 'Its run is over, or it was rejected.';
update kombo.sync_requests set run_id = kombo.new_id() where run_id is null;
alter table kombo.sync_requests
    alter column run_id set default kombo.new_id(),
    alter column run_id set not null,
    alter column token set default kombo.new_id();
create unique index sync_requests_by_run on kombo.sync_requests (run_id);
create unique index sync_requests_waiting on kombo.sync_requests (integration_id)
    where accepted_at is null and handled_at is null;

-- What webhooks say of the person behind an integration.
create function kombo.end_user(i kombo.integrations) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'organization_name', coalesce(i.end_user_organization_name, ''),
        'creator_email', i.end_user_creator_email,
        'origin_id', i.end_user_origin_id)
$$;

create function kombo.webhook_time(t timestamptz) returns text language sql stable as $$
    select to_char(t at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
$$;

-- The data of sync-finished; the log's address is the sender's to add. It takes the row, so that a statement can tell of
-- what it has just written.
create function kombo.sync_finished(r kombo.sync_runs) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'sync_id', r.run_id,
        'sync_state', case r.result
            when 'Succeeded' then 'SUCCEEDED'
            when 'PartiallyFailed' then 'PARTIALLY_FAILED'
            when 'AuthenticationFailed' then 'AUTHENTICATION_FAILED'
            when 'Cancelled' then 'CANCELLED'
            when 'DeadlineExceeded' then 'TIMED_OUT'
            else 'FAILED' end,
        'sync_started_at', kombo.webhook_time(r.started_at),
        'sync_ended_at', kombo.webhook_time(r.finished_at),
        'sync_duration_seconds', greatest(0, floor(extract(epoch from r.finished_at - r.started_at)))::bigint,
        'integration_id', r.integration_id,
        'integration_tool', coalesce(i.connector, split_part(r.integration_id, ':', 1)),
        'integration_category', i.category,
        'end_user', kombo.end_user(i))
      from (values (r.integration_id)) as of_run (integration_id)
      left join kombo.integrations i on i.integration_id = of_run.integration_id
$$;

-- The data of integration-created, -deleted and -state-changed.
create function kombo.integration_event(kind text, i kombo.integrations) returns jsonb language sql stable as $$
    select case kind
        when 'integration-state-changed' then jsonb_build_object(
            'integration_id', i.integration_id, 'integration_tool', i.connector, 'integration_category', i.category,
            'end_user', kombo.end_user(i), 'qa_status', 'PASSED', 'setup_status', 'COMPLETED', 'state', i.state,
            'updated_at', kombo.webhook_time(i.updated_at))
        else jsonb_strip_nulls(jsonb_build_object(
            'id', i.integration_id, 'tool', i.connector, 'category', i.category,
            'deleted_at', case when kind = 'integration-deleted' then kombo.webhook_time(i.deleted_at) end))
            || jsonb_build_object('end_user', kombo.end_user(i))
        end
$$;
