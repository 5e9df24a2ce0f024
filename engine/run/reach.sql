-- name: closed
-- $1, $2: the schemas and names of tables; those of them that we may not write to
select
    given.schema,
    given.name
from unnest($1::text [], $2::text []) as given (schema, name)
inner join pg_namespace as n on given.schema = n.nspname
inner join pg_class as c on given.name = c.relname and n.oid = c.relnamespace
where not (has_table_privilege(c.oid, 'INSERT') and has_schema_privilege(n.oid, 'USAGE'));
