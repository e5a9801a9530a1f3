-- Group roles without login; grant them to the users of your choice. Repeated by each migration.
do $$
declare
    role text;
begin
    foreach role in array array['kombo_owner', 'kombo_writer', 'kombo_api', 'kombo_reader', 'kombo_registry'] loop
        if not exists (select 1 from pg_roles where rolname = role) then
            begin
                execute format('create role %I nologin', role);
            exception
                when duplicate_object or unique_violation then null;
                when insufficient_privilege then
                    raise warning 'role % is missing and may not be created by %: create it as an administrator '
                        '(create role % nologin) and migrate again', role, current_user, role;
            end;
        end if;
    end loop;
end $$;
