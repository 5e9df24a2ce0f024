-- What there is to compare in a database.

-- name: columns
-- keys are no data: only how many rows share one, which the fan-out tells; nor are numbers that only tell rows apart
select
    n.nspname::text as in_schema,
    c.relname::text as of_table,
    a.attname::text as named,
    case
        when t.typcategory = 'N' then 'number'
        when t.typname in ('timestamptz', 'timestamp', 'date') then 'moment'
        when t.typcategory in ('S', 'E') then 'text'
        when t.typname = 'bool' then 'boolean'
        else 'other'
    end as kind
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_attribute as a on c.oid = a.attrelid
inner join pg_type as t on a.atttypid = t.oid
where
    c.relkind in ('r', 'p')
    and a.attnum > 0
    and not a.attisdropped
    and not exists (
        select 1 from pg_constraint as k
        where
            k.conrelid = c.oid
            and a.attnum = any(k.conkey)
            and (k.contype in ('p', 'f') or (k.contype = 'u' and cardinality(k.conkey) = 1))
    );

-- name: references
-- those of one column
select
    n.nspname::text as in_schema,
    c.relname::text as child,
    a.attname::text as named,
    p.relname::text as parent,
    b.attname::text as parent_key
from pg_constraint as k
inner join pg_class as c on k.conrelid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_class as p on k.confrelid = p.oid
inner join pg_attribute as a on k.conrelid = a.attrelid and a.attnum = k.conkey[1]
inner join pg_attribute as b on k.confrelid = b.attrelid and b.attnum = k.confkey[1]
where k.contype = 'f' and cardinality(k.conkey) = 1;
