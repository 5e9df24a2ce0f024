-- name: claim_tables
-- 1_549_247_010: a number that nobody else would think of; an oid as int4 may be negative
-- materialized, so that nothing but the tables asked for is locked
with wanted as materialized (
    select
        n.nspname || '.' || c.relname as qualified,
        (c.oid::bigint - 2147483648)::integer as number
    from
        unnest($1::text [], $2::text []) as named (schema_name, table_name)
    inner join pg_catalog.pg_namespace as n on named.schema_name = n.nspname
    inner join pg_catalog.pg_class as c on n.oid = c.relnamespace and named.table_name = c.relname
)

select qualified as taken
from wanted
where not pg_try_advisory_lock(1549247010, number);

-- name: claim_run
select $1::uuid::text as taken
where not pg_try_advisory_lock(1549247011, hashtext($1::uuid::text));

-- name: release_run
select pg_advisory_unlock(1549247011, hashtext($1::uuid::text));

-- name: join_run
select pg_advisory_lock_shared(1549247011, hashtext($1::uuid::text));

-- name: release_all
select pg_advisory_unlock_all();
