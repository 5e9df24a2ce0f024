-- What rows of many tables must keep to: keys, checks, exclusions, partitions, and triggers; $1 are the tables' oids.

-- name: constraints
select
    c.conrelid::bigint as table,
    c.conname::text as name,
    c.contype::text as kind,
    c.condeferrable as is_deferrable,
    case when c.contype = 'c' then pg_get_expr(c.conbin, c.conrelid) end as expression,
    tn.nspname::text as target_schema,
    t.relname::text as target_name,
    c.confdeltype::text as on_delete,
    c.confupdtype::text as on_update,
    c.confmatchtype = 'f' as match_full,
    coalesce((to_jsonb(c) ->> 'conenforced')::boolean, true) as enforced, -- PostgreSQL 18
    array(
        select a.attname::text
        from unnest(c.conkey) with ordinality as k (number, position)
        inner join pg_attribute as a on a.attrelid = c.conrelid and k.number = a.attnum
        order by case when c.contype = 'c' then k.number else k.position end
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

-- name: indexes
-- unique indexes, those of constraints among them, exclusions, which keys WITHOUT OVERLAPS are, too (PostgreSQL 18), and
-- other indexes that compute something of every row; the variables of an expression stand in its tree
select
    i.indrelid::bigint as table,
    c.relname::text as name,
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) as nulls_not_distinct, -- PostgreSQL 15
    pg_get_expr(i.indpred, i.indrelid) as condition,
    k.names,
    k.expressions,
    k.operators,
    array(
        select a.attname::text
        from pg_attribute as a
        where
            a.attrelid = i.indrelid
            and a.attnum > 0
            and (
                a.attnum = any((i.indkey::smallint[])[0:i.indnkeyatts - 1])
                or a.attnum in (
                    select m[1]::int from regexp_matches(i.indexprs::text, ':varattno (\d+) ', 'g') as m
                )
            )
        order by a.attnum
    ) as columns,
    i.indisunique as is_unique,
    array(
        select a.attname::text
        from pg_attribute as a
        where
            a.attrelid = i.indrelid
            and a.attnum in (
                select m[1]::int
                from regexp_matches(concat(i.indexprs, i.indpred), ':varattno (\d+) ', 'g') as m
            )
            and a.attnum > 0
        order by a.attnum
    ) as reads
from pg_index as i
inner join pg_class as c on i.indexrelid = c.oid
left join pg_constraint as x
    on i.indexrelid = x.conindid and i.indrelid = x.conrelid and x.contype in ('x', 'u', 'p') and i.indisexclusion
left join lateral (
    select
        array_agg(a.attname::text order by e.position) as names,
        array_agg(
            case when a.attnum is null then pg_get_indexdef(i.indexrelid, e.position::int, false) end
            order by e.position
        ) as expressions,
        array_agg(
            case s.nspname
                when 'pg_catalog' then o.oprname::text
                else format('operator(%I.%s)', s.nspname, o.oprname)
            end
            order by e.position
        ) filter (where o.oid is not null) as operators
    from unnest(i.indkey::smallint[], x.conexclop) with ordinality as e (number, operator, position)
    left join pg_attribute as a on e.number = a.attnum and i.indrelid = a.attrelid and a.attnum <> 0
    left join pg_operator as o on e.operator = o.oid
    left join pg_namespace as s on o.oprnamespace = s.oid
    where e.position <= i.indnkeyatts
) as k on true
where
    i.indrelid = any($1::oid[])
    and (i.indisunique or i.indisexclusion or i.indexprs is not null or i.indpred is not null)
    and (not i.indisprimary or i.indisexclusion)
    and i.indisvalid
order by i.indrelid, c.relname;

-- name: triggers
select
    t.tgrelid::bigint as table,
    t.tgname::text as name,
    t.tgtype::int as kind, -- bits, see pg_trigger.h
    t.tgenabled in ('O', 'A') as enabled,
    t.tgconstraint <> 0 as "constraint",
    n.nspname || '.' || p.proname as function
from pg_trigger as t
inner join pg_proc as p on t.tgfoid = p.oid
inner join pg_namespace as n on p.pronamespace = n.oid
where t.tgrelid = any($1::oid[]) and not t.tgisinternal
order by t.tgrelid, t.tgname;

-- name: partitioning
-- how each partitioned table is cut, and what holds for the rows of every table at the end of its branches
with recursive below (root, oid) as (
    select
        p.partrelid as root,
        c.oid
    from pg_partitioned_table as p
    inner join pg_class as c on p.partrelid = c.oid
    where p.partrelid = any($1::oid[])
    union all
    select
        b.root,
        i.inhrelid
    from below as b
    inner join pg_inherits as i on b.oid = i.inhparent and not i.inhdetachpending
),

leaves (root, bounds) as (
    select
        b.root,
        array_agg(coalesce(pg_get_partition_constraintdef(b.oid), 'true') order by n.nspname, c.relname)
    from below as b
    inner join pg_class as c on b.oid = c.oid and c.relkind = 'r'
    inner join pg_namespace as n on c.relnamespace = n.oid
    group by b.root
)

select
    p.partrelid::bigint as table,
    case p.partstrat when 'r' then 'range' when 'l' then 'list' when 'h' then 'hash' end as strategy,
    array(
        select a.attname::text
        from unnest(p.partattrs::smallint[]) with ordinality as k (number, position)
        left join pg_attribute as a on p.partrelid = a.attrelid and k.number = a.attnum and k.number <> 0
        order by k.position
    ) as columns,
    coalesce(l.bounds, '{}') as bounds
from pg_partitioned_table as p
left join leaves as l on p.partrelid = l.root
where p.partrelid = any($1::oid[])
order by p.partrelid;
