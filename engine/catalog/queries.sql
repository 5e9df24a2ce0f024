-- What PostgreSQL's own catalog knows of many tables at once. $1 is always an array, never one table; every column is a
-- text, a whole number, a boolean or an array of these, so that rows mean the same once they have been JSON (see probe.py).

-- name: settings
-- names and values that are printed do not depend on the caller's settings, and nothing here is worth compiling
select
    set_config('transaction_read_only', 'on', true),
    set_config('search_path', 'pg_catalog', true),
    set_config('jit', 'off', true),
    set_config('datestyle', 'ISO, YMD', true),
    set_config('intervalstyle', 'postgres', true),
    set_config('timezone', 'UTC', true),
    set_config('bytea_output', 'hex', true),
    set_config('lc_monetary', 'C', true),
    set_config('extra_float_digits', '1', true),
    set_config('quote_all_identifiers', 'off', true),
    set_config('standard_conforming_strings', 'on', true),
    current_setting('server_version_num')::int as version;

-- name: tables
-- $1: names, with or without schema, or null for all; $2: schemas, or null for all. A partitioned table that nobody
-- analysed (autovacuum does not) is as large as its partitions
with recursive below (root, oid, cut) as (
    select
        p.partrelid as root,
        c.oid,
        true as cut
    from pg_partitioned_table as p
    inner join pg_class as c on p.partrelid = c.oid
    union all
    select
        b.root,
        c.oid,
        c.relkind = 'p'
    from below as b
    inner join pg_inherits as i on b.oid = i.inhparent and not i.inhdetachpending
    inner join pg_class as c on i.inhrelid = c.oid
    where b.cut
),

sizes (oid, rows, pages) as (
    select
        b.root,
        sum(greatest(c.reltuples, 0)),
        sum(greatest(c.relpages, 0) + greatest(o.relpages, 0))
    from below as b
    inner join pg_class as c on b.oid = c.oid and not b.cut
    left join pg_class as o on c.reltoastrelid = o.oid
    group by b.root
)

select
    c.oid::bigint as oid,
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
    case when c.reltuples > 0 then c.reltuples else coalesce(s.rows, 0) end::bigint as estimated_rows,
    -- pg_table_size() would wait for whoever has the table locked
    coalesce(s.pages, greatest(c.relpages, 0) + greatest(o.relpages, 0))::bigint
    * current_setting('block_size')::bigint as bytes,
    r.description as comment,
    array(
        select array[pn.nspname::text, p.relname::text]
        from pg_inherits as i
        inner join pg_class as p on i.inhparent = p.oid
        inner join pg_namespace as pn on p.relnamespace = pn.oid
        where i.inhrelid = c.oid and not i.inhdetachpending
        order by i.inhseqno
    ) as parents
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
left join pg_class as o on c.reltoastrelid = o.oid
left join sizes as s on c.oid = s.oid
left join pg_description as r on c.oid = r.objoid and r.classoid = 'pg_class'::regclass and r.objsubid = 0
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
    a.attrelid::bigint as table,
    a.attname::text as name,
    a.atttypid::bigint as type,
    a.atttypmod as modifier,
    not a.attnotnull as nullable,
    case a.attidentity when 'a' then 'always' when 'd' then 'by default' end as identity,
    a.attgenerated <> '' as generated,
    case when a.attgenerated <> '' then pg_get_expr(d.adbin, d.adrelid) end as expression,
    case when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end as "default",
    s.schema as sequence_schema,
    s.name as sequence_name,
    c.description as comment
from pg_attribute as a
left join pg_attrdef as d on a.attrelid = d.adrelid and a.attnum = d.adnum
left join pg_description as c
    on a.attrelid = c.objoid and c.classoid = 'pg_class'::regclass and a.attnum = c.objsubid
left join lateral (
    -- the sequence that serial (a) or identity (i) owns
    select
        n.nspname::text as schema,
        q.relname::text as name
    from pg_depend as o
    inner join pg_class as q on o.objid = q.oid and q.relkind = 'S'
    inner join pg_namespace as n on q.relnamespace = n.oid
    where
        o.classid = 'pg_class'::regclass
        and o.refclassid = 'pg_class'::regclass
        and o.refobjid = a.attrelid
        and o.refobjsubid = a.attnum
        and o.deptype in ('a', 'i')
    order by o.deptype desc, n.nspname asc, q.relname asc
    limit 1
) as s on true
where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum;

-- name: types
-- the types of the columns of $1 and what they are made of: a domain's base, an array's element, a composite's fields, what
-- a range or multirange is of
with recursive used (oid) as (
    select a.atttypid
    from pg_attribute as a
    where a.attrelid = any($1::oid[]) and a.attnum > 0 and not a.attisdropped
    union
    select p.part
    from used as u
    inner join pg_type as t on u.oid = t.oid
    cross join lateral (
        select t.typbasetype as part where t.typtype = 'd'
        union all
        select t.typelem where t.typelem <> 0
        union all
        select f.atttypid from pg_attribute as f
        where t.typtype = 'c' and f.attrelid = t.typrelid and f.attnum > 0 and not f.attisdropped
        union all
        select r.rngsubtype from pg_range as r
        where t.oid in (r.rngtypid, r.rngmultitypid)
    ) as p
)

select
    t.oid::bigint as oid,
    n.nspname::text as schema,
    t.typname::text as name,
    case t.typtype when 'd' then t.typbasetype::bigint end as base,
    t.typtypmod as modifier,
    t.typnotnull as required,
    t.typdefault as "default",
    e.oid::bigint as element,
    array(
        select l.enumlabel::text from pg_enum as l
        where l.enumtypid = t.oid
        order by l.enumsortorder
    ) as labels,
    f.names as field_names,
    f.types as field_types,
    f.modifiers as field_modifiers,
    r.rngsubtype::bigint as subtype,
    coalesce(t.oid = r.rngmultitypid, false) as multirange,
    k.names as check_names,
    k.expressions as check_expressions
from used as u
inner join pg_type as t on u.oid = t.oid
inner join pg_namespace as n on t.typnamespace = n.oid
-- int2vector and its like have elements, but are not arrays
left join pg_type as e on t.typelem = e.oid and t.oid = e.typarray
left join pg_range as r on t.oid in (r.rngtypid, r.rngmultitypid)
left join lateral (
    select
        array_agg(a.attname::text order by a.attnum) as names,
        array_agg(a.atttypid::text order by a.attnum) as types, -- texts: arrays that any driver knows
        array_agg(a.atttypmod::text order by a.attnum) as modifiers
    from pg_attribute as a
    where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
) as f on true
left join lateral (
    select
        array_agg(c.conname::text order by c.conname) as names,
        array_agg(pg_get_expr(c.conbin, 0) order by c.conname) as expressions
    from pg_constraint as c
    where t.typtype = 'd' and c.contypid = t.oid and c.contype = 'c'
) as k on true
order by t.oid;
