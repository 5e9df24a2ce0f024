-- name: closed
-- $1, $2: the schemas and names of tables; those of them that we may not write to
select
    given.schema,
    given.name
from unnest($1::text [], $2::text []) as given (schema, name)
inner join pg_namespace as n on given.schema = n.nspname
inner join pg_class as c on given.name = c.relname and n.oid = c.relnamespace
where not (has_table_privilege(c.oid, 'INSERT') and has_schema_privilege(n.oid, 'USAGE'));

-- name: locks
-- tables that other sessions let nobody look at
select
    format('%I.%I', n.nspname, c.relname) as name,
    l.pid
from pg_locks as l
inner join pg_class as c on l.relation = c.oid and c.relkind in ('r', 'p')
inner join pg_namespace as n on c.relnamespace = n.oid
where
    l.mode = 'AccessExclusiveLock'
    and l.granted
    and l.pid <> pg_backend_pid()
    and l.database = (select d.oid from pg_database as d where d.datname = current_database())
order by 1, 2
limit 5;
