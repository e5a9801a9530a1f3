-- The integration's next stamp. In two statements: the clock is read after the wait for the row, so that stamps follow
-- commit order even behind a writer that gave up.
create function kombo.take_tick(integration text) returns timestamptz language plpgsql as $$
declare
    taken timestamptz;
begin
    insert into kombo.sync_ticks (integration_id, t)
    values (integration, clock_timestamp()) on conflict (integration_id) do nothing;
    perform 1 from kombo.sync_ticks where integration_id = integration for update;
    update kombo.sync_ticks
       set t = greatest(clock_timestamp(), t + interval '1 microsecond')
     where integration_id = integration
    returning t into taken;
    perform set_config('kombo.tick', taken::text, true), set_config('kombo.tick_integration', integration, true);
    return taken;
end $$;

-- Before insert, and before an update that changes a tracked column, whoever writes. Without a tick of a writer it takes
-- one; what was changed by hand loses its hash, so that the next full sync repairs it. The one bypass: anonymising moves no
-- changed_at; the hash goes, so that a record that reappears is filled again.
create function kombo.stamp_change() returns trigger language plpgsql as $$
declare
    by_hand constant boolean := current_setting('kombo.writer', true) is distinct from 'on';
begin
    if tg_op = 'UPDATE' and current_setting('kombo.anonymize', true) = 'on' then
        new.changed_at := old.changed_at;
        new.content_hash := null;
        return new;
    end if;
    if current_setting('kombo.tick_integration', true) is distinct from new.integration_id then
        perform kombo.take_tick(new.integration_id);
    end if;
    new.changed_at := current_setting('kombo.tick')::timestamptz;
    if tg_op = 'INSERT' then
        new.created_at := new.changed_at;
        if by_hand then
            new.content_hash := null;
        end if;
    elsif new.content_hash is not distinct from old.content_hash then
        new.content_hash := null;
    end if;
    if by_hand then
        insert into kombo.changed_models as m (integration_id, model, changed_at)
        values (new.integration_id, tg_table_name, new.changed_at)
        on conflict (integration_id, model) do update set changed_at = excluded.changed_at
         where m.changed_at < excluded.changed_at;
    end if;
    return new;
end $$;

-- Before an update of remote_data that does not bring its hash.
create function kombo.forget_remote_data_hash() returns trigger language plpgsql as $$
begin
    new.remote_data_hash := '00000000-0000-0000-0000-000000000000';
    return new;
end $$;

-- After rows were removed altogether: what referred to them is looked at again.
create function kombo.revalidate_references() returns trigger language plpgsql as $$
begin
    update kombo.sync_ticks
       set validated_through = null
     where integration_id in (select distinct gone.integration_id from gone) and validated_through is not null;
    return null;
end $$;

-- At the commit of every transaction that took a stamp, whoever wrote. Readers go back only so far behind their last
-- read's start, and would never see what commits later; a setting of the session may say another time.
create function kombo.refuse_old_stamp() returns trigger language plpgsql as $$
declare
    longest constant interval := coalesce(nullif(current_setting('kombo.longest_write', true), ''), '20 seconds');
begin
    if clock_timestamp() - new.t > longest then
        raise exception 'rows were changed more than % ago and not committed: readers have passed them', longest
            using errcode = 'KB020', hint = 'Change them again, in a shorter transaction.';
    end if;
    return null;
end $$;

create constraint trigger refuse_old_stamp after update of t on kombo.sync_ticks
    deferrable initially deferred for each row execute function kombo.refuse_old_stamp();

-- Stops a writer whose lease has gone to another, or whose seen set went with a crash of the server. It raises, so that
-- the statements sent along with it are not executed.
create function kombo.assert_lease(
    integration text, sync_type text, token bigint, run text, needs_seen_set boolean
) returns void language plpgsql as $$
declare
    lease kombo.sync_leases;
begin
    select * into lease from kombo.sync_leases l where l.integration_id = integration and l.type = sync_type;
    if not found or lease.fencing_token <> token or lease.run_id <> run or lease.owner is null then
        raise exception 'the lease is not held by run % with token %', run, token using errcode = 'KB021';
    end if;
    if needs_seen_set and not exists (
        select 1 from kombo.sync_seen s where s.sweep_id = lease.sweep_id and s.model = '') then
        raise exception 'the seen set of run % is gone', run using errcode = 'KB022';
    end if;
end $$;
