-- name: referencing
-- Tables that TRUNCATE would also empty, or that stand in its way: those that point to the given ones, and heirs.
with recursive given as (
    select c.oid
    from unnest($1::text [], $2::text []) as wanted (schema_name, table_name)
    inner join pg_catalog.pg_namespace as n on wanted.schema_name = n.nspname
    inner join pg_catalog.pg_class as c on n.oid = c.relnamespace and wanted.table_name = c.relname
),

reached as (
    select given.oid, null::oid as through, null::name as why
    from given
    union
    select link.oid, link.through, link.why
    from reached
    inner join lateral (
        select k.conrelid as oid, k.confrelid as through, k.conname as why
        from pg_catalog.pg_constraint as k
        where k.contype = 'f' and k.confrelid = reached.oid and k.conparentid = 0
        union all
        select h.inhrelid, h.inhparent, null
        from pg_catalog.pg_inherits as h
        inner join pg_catalog.pg_class as heir on h.inhrelid = heir.oid
        where h.inhparent = reached.oid and not heir.relispartition
    ) as link on true
)

select
    n.nspname as schema_name,
    c.relname as table_name,
    min(reached.why) as why,
    min(format('%s.%s', un.nspname, u.relname)) as through
from reached
inner join pg_catalog.pg_class as c on reached.oid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
left join pg_catalog.pg_class as u on reached.through = u.oid
left join pg_catalog.pg_namespace as un on u.relnamespace = un.oid
where
    not exists (
        select  -- a partition with foreign keys of its own is emptied with what it is a part of
        from pg_catalog.pg_partition_ancestors(reached.oid) as a (relid)
        inner join given on a.relid = given.oid
    )
    and reached.oid not in (select given.oid from given)
group by n.nspname, c.relname
order by n.nspname, c.relname;

-- name: ownership
select pg_catalog.pg_has_role(c.relowner, 'USAGE') as owned
from pg_catalog.pg_class as c
where c.oid = pg_catalog.to_regclass($1::text);

-- name: reads_only
select
    current_setting('transaction_read_only')::boolean as reads_only,
    pg_catalog.pg_is_in_recovery() as standby;

-- name: insertable
-- The columns of a table that we may write.
select a.attname as column_name
from pg_catalog.pg_attribute as a
inner join pg_catalog.pg_class as c on a.attrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where
    n.nspname = $1
    and c.relname = $2
    and a.attnum > 0
    and pg_catalog.has_column_privilege(c.oid, a.attnum, 'INSERT');

-- name: sequence
select
    s.seqincrement > 0 as ascending,
    case when s.seqincrement > 0 then s.seqmax else s.seqmin end as last,
    pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT') and pg_catalog.has_sequence_privilege(s.seqrelid, 'UPDATE')
        as usable
from pg_catalog.pg_sequence as s
where s.seqrelid = pg_catalog.to_regclass($1::text);

-- name: pointing
-- Foreign keys that point to the given tables, or to tables that these are partitions of, or that are partitions of them.
with recursive given as (
    select c.oid
    from unnest($1::text [], $2::text []) as wanted (schema_name, table_name)
    inner join pg_catalog.pg_namespace as n on wanted.schema_name = n.nspname
    inner join pg_catalog.pg_class as c on n.oid = c.relnamespace and wanted.table_name = c.relname
),

around as (
    select given.oid from given
    union
    select a.relid
    from given
    cross join lateral pg_catalog.pg_partition_ancestors(given.oid) as a (relid)
    union
    select p.relid
    from given
    cross join lateral pg_catalog.pg_partition_tree(given.oid) as p
)

select
    k.conname as name,
    rn.nspname as schema_name,
    r.relname as table_name,
    r.relkind = 'p' as parted,
    coalesce(ron.nspname, rn.nspname) as root_schema,
    coalesce(ro.relname, r.relname) as root_name,
    coalesce(ro.relkind, r.relkind) = 'p' as root_parted,
    tn.nspname as target_schema,
    t.relname as target_name,
    t.relkind = 'p' as target_parted,
    array(
        select a.attname
        from unnest(k.conkey) with ordinality as u (attnum, place)
        inner join pg_catalog.pg_attribute as a on k.conrelid = a.attrelid and u.attnum = a.attnum
        order by u.place
    ) as columns,
    array(
        select a.attname
        from unnest(k.confkey) with ordinality as u (attnum, place)
        inner join pg_catalog.pg_attribute as a on k.confrelid = a.attrelid and u.attnum = a.attnum
        order by u.place
    ) as target_columns,
    not exists (
        select
        from pg_catalog.pg_index as i
        where
            i.indrelid = k.conrelid
            and i.indisvalid
            and i.indpred is null
            and (i.indkey::int2 [])[0:cardinality(k.conkey) - 1] @> k.conkey
    )
    and pg_catalog.pg_has_role(r.relowner, 'USAGE')
    and pg_catalog.has_schema_privilege(rn.oid, 'CREATE') as may_index
from pg_catalog.pg_constraint as k
inner join around on k.confrelid = around.oid
inner join pg_catalog.pg_class as r on k.conrelid = r.oid
inner join pg_catalog.pg_namespace as rn on r.relnamespace = rn.oid
left join pg_catalog.pg_class as ro on pg_catalog.pg_partition_root(r.oid) = ro.oid
left join pg_catalog.pg_namespace as ron on ro.relnamespace = ron.oid
inner join pg_catalog.pg_class as t on k.confrelid = t.oid
inner join pg_catalog.pg_namespace as tn on t.relnamespace = tn.oid
where k.contype = 'f' and k.conparentid = 0
order by rn.nspname, r.relname, k.conname;

-- name: make_found
create temporary table engine_found (
    entity text,
    relation oid,
    place tid,
    changed boolean
) on commit drop;

-- name: index_found
create index on pg_temp.engine_found (relation, place);

-- name: found
select
    entity,
    count(*) as row_count,
    count(*) filter (where changed) as changed_count
from pg_temp.engine_found
group by entity;

-- name: lockers
-- Sessions that hold locks of the modes $3 on the tables $1, $2; on any table of a user's where $4 is false.
select
    min(format('%I.%I', n.nspname, c.relname)) as name,
    l.pid,
    min(a.application_name) as application,
    min(a.usename::text) as user_name
from pg_catalog.pg_locks as l
inner join pg_catalog.pg_class as c on l.relation = c.oid and c.relkind in ('r', 'p')
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
left join pg_catalog.pg_stat_activity as a on l.pid = a.pid
where
    l.mode = any($3::text [])
    and l.granted
    and l.pid <> pg_catalog.pg_backend_pid()
    and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = current_database())
    and n.nspname not in ('pg_catalog', 'pg_toast')
    and (
        not $4::boolean
        or exists (
            select
            from unnest($1::text [], $2::text []) as wanted (schema_name, table_name)
            where wanted.schema_name = n.nspname and wanted.table_name = c.relname
        )
    )
group by c.oid, l.pid
order by name, l.pid
limit 5;
