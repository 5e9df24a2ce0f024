-- What PostgreSQL's own catalog knows of many tables at once; $1 is always an array, never one table.

-- name: settings
-- names that are printed do not depend on the caller's search path, and nothing here is worth compiling
select
    set_config('search_path', 'pg_catalog', true),
    set_config('jit', 'off', true);

-- name: tables
-- $1: names, with or without schema, or null for all; $2: schemas, or null for all
select
    c.oid,
    n.nspname::text as schema,
    c.relname::text as name,
    case c.relkind
        when 'r' then 'table'
        when 'p' then 'partitioned'
        when 'v' then 'view'
        when 'm' then 'materialized view'
        when 'f' then 'foreign table'
    end as kind,
    c.relispartition as partition,
    pg_has_role(c.relowner, 'USAGE') as owned,
    row_security_active(c.oid) as row_security,
    greatest(c.reltuples, 0)::bigint as estimated_rows
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind in ('r', 'p', 'v', 'm', 'f')
    and n.nspname not in ('pg_catalog', 'information_schema')
    and n.nspname !~ '^pg_(toast|temp)'
    and ($2::text[] is null or n.nspname = any($2))
    and case
        when $1::text[] is not null then c.relname = any($1) or n.nspname || '.' || c.relname = any($1)
        else not exists (
            select 1 from pg_depend as d
            where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'
        )
    end
order by n.nspname, c.relname;

-- name: columns
select
    a.attrelid as table,
    a.attname::text as name,
    a.atttypid as type,
    a.atttypmod as modifier,
    not a.attnotnull as nullable,
    case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
    a.attgenerated <> '' as generated,
    case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as "default",
    s.schema as sequence_schema,
    s.name as sequence_name
from pg_attribute as a
left join pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
left join lateral (
    -- the sequence that serial (a) or identity (i) owns
    select
        n.nspname::text as schema,
        c.relname::text as name
    from pg_depend as o
    inner join pg_class as c on o.objid = c.oid and c.relkind = 'S'
    inner join pg_namespace as n on c.relnamespace = n.oid
    where
        o.classid = 'pg_class'::regclass
        and o.refclassid = 'pg_class'::regclass
        and o.refobjid = a.attrelid
        and o.refobjsubid = a.attnum
        and o.deptype in ('a', 'i')
    order by o.deptype desc, n.nspname asc, c.relname asc
    limit 1
) as s on true
where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum;

-- name: types
-- the types of $1 and what they are made of: a domain's base, an array's element
with recursive used (oid) as (
    select unnest($1::oid[])
    union
    select case t.typtype when 'd' then t.typbasetype else t.typelem end
    from used as u
    inner join pg_type as t on u.oid = t.oid
    where t.typtype = 'd' or t.typelem <> 0
)

select
    t.oid,
    n.nspname::text as schema,
    t.typname::text as name,
    case t.typtype when 'd' then t.typbasetype end as base,
    t.typtypmod as modifier,
    t.typnotnull as required,
    t.typdefault as "default",
    e.oid as element,
    array(
        select l.enumlabel::text from pg_enum as l
        where l.enumtypid = t.oid
        order by l.enumsortorder
    ) as labels
from used as u
inner join pg_type as t on u.oid = t.oid
inner join pg_namespace as n on t.typnamespace = n.oid
-- int2vector and its like have elements, but are not arrays
left join pg_type as e on t.typelem = e.oid and t.oid = e.typarray;

-- name: constraints
select
    c.conrelid as table,
    c.conname::text as name,
    c.contype::text as kind,
    c.condeferrable as is_deferrable,
    pg_get_expr(c.conbin, c.conrelid) as expression,
    tn.nspname::text as target_schema,
    t.relname::text as target_name,
    array(
        select a.attname::text
        from unnest(c.conkey) with ordinality as k (number, position)
        inner join pg_attribute as a on a.attrelid = c.conrelid and k.number = a.attnum
        order by k.position
    ) as columns,
    array(
        select a.attname::text
        from unnest(c.confkey) with ordinality as k (number, position)
        inner join pg_attribute as a on a.attrelid = c.confrelid and k.number = a.attnum
        order by k.position
    ) as target_columns
from pg_constraint as c
left join pg_class as t on c.confrelid = t.oid
left join pg_namespace as tn on t.relnamespace = tn.oid
where
    c.conrelid = any($1::oid[])
    and c.contype in ('p', 'f', 'c')
    -- a key to a partitioned table has one row more for each of its partitions
    and not exists (select 1 from pg_constraint as p where c.conparentid = p.oid and c.conrelid = p.conrelid)
order by c.conrelid, c.conname;

-- name: uniques
select
    i.indrelid as table,
    c.relname::text as name,
    i.indpred is not null as partial,
    array(
        select a.attname::text
        from unnest(i.indkey::smallint[]) with ordinality as k (number, position)
        inner join pg_attribute as a on a.attrelid = i.indrelid and k.number = a.attnum
        where k.position <= i.indnkeyatts
        order by k.position
    ) as columns
from pg_index as i
inner join pg_class as c on i.indexrelid = c.oid
where
    i.indrelid = any($1::oid[])
    and i.indisunique
    and not i.indisprimary
    and i.indisvalid
    and i.indexprs is null
order by i.indrelid, c.relname;
