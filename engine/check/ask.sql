-- How the session of a check is held in.

-- name: limit_disk
-- Only a superuser may: a sort of a product of tables must not fill the disk.
select set_config('temp_file_limit', '4GB', $1::boolean)
from pg_catalog.pg_roles
where rolname = current_user and rolsuper;

-- name: step_down
-- A superuser reads as a role that can do nothing else, but where row security would hide rows from that role.
select set_config('role', 'pg_read_all_data', $1::boolean)
from pg_catalog.pg_roles
where
    rolname = current_user
    and rolsuper
    and not exists (select 1 from pg_catalog.pg_class as t where t.relrowsecurity);
