-- What the catalog says that must hold, and how it is written down. Nothing here trusts `convalidated` or an index.
-- $1: the tables' oids; every row says of which table it is.
-- Names and expressions come out with their schemas, because only pg_catalog is on the path while they are read.

-- name: tables
select
    c.oid::bigint as oid,
    n.nspname::text as schema,
    c.relname::text as name,
    c.relkind = 'p' as partitioned,
    c.relispartition as partition,
    pg_get_partition_constraintdef(c.oid) as bounds
from pg_class as c
inner join pg_namespace as n on c.relnamespace = n.oid
where
    c.relkind in ('r', 'p')
    and n.nspname not in ('pg_catalog', 'information_schema', 'engine')
    and n.nspname !~ '^pg_(toast|temp)'
    and not exists (select 1 from pg_depend as d where d.objid = c.oid and d.deptype = 'e')
order by n.nspname, c.relname;

-- name: columns
-- `coerced` is the type where it is, or holds, a domain: then a value must survive being written and read again
with recursive domains as (
    select oid from pg_type where typtype = 'd'
    union
    select t.oid
    from domains as d
    inner join pg_type as t on (
        d.oid = t.typelem
        or exists (select 1 from pg_attribute as a where a.attrelid = t.typrelid and a.atttypid = d.oid)
    )
)

select
    a.attrelid::bigint as oid,
    a.attname::text as name,
    a.attnotnull as required,
    case when d.oid is not null then format_type(a.atttypid, null) end as coerced
from pg_attribute as a
left join domains as d on a.atttypid = d.oid
where a.attrelid = any($1::bigint[]) and a.attnum > 0 and not a.attisdropped
order by a.attrelid, a.attnum;

-- name: checks
select
    conrelid::bigint as oid,
    conname::text as name,
    pg_get_expr(conbin, conrelid) as expression
from pg_constraint
where contype = 'c' and conrelid = any($1::bigint[])
order by conrelid, conname;

-- name: keys
-- what an index keeps apart; an exclusion has an operator beside each key
select
    i.indrelid::bigint as oid,
    c.relname::text as name,
    array(
        select pg_get_indexdef(i.indexrelid, k, true) from generate_series(1, i.indnkeyatts) as k order by k
    ) as keys,
    pg_get_expr(i.indpred, i.indrelid) as predicate,
    coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false) as nulls_not_distinct,
    array(
        select format('operator(%I.%s)', n.nspname, p.oprname)
        from pg_constraint as x
        cross join unnest(x.conexclop) with ordinality as o (oid, place)
        inner join pg_operator as p on o.oid = p.oid
        inner join pg_namespace as n on p.oprnamespace = n.oid
        where x.conindid = i.indexrelid and x.conrelid = i.indrelid
        order by o.place
    ) as operators
from pg_index as i
inner join pg_class as c on i.indexrelid = c.oid
where (i.indisunique or i.indisexclusion) and i.indrelid = any($1::bigint[])
order by i.indrelid, c.relname;

-- name: references
-- those between partitions only repeat what is said of the whole
select
    k.conrelid::bigint as oid,
    k.conname::text as name,
    k.confrelid::bigint as target,
    k.confmatchtype = 'f' as match_full,
    coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as period,
    array(
        select a.attname::text
        from unnest(k.conkey) with ordinality as u (number, place)
        inner join pg_attribute as a on a.attrelid = k.conrelid and u.number = a.attnum
        order by u.place
    ) as columns,
    array(
        select a.attname::text
        from unnest(k.confkey) with ordinality as u (number, place)
        inner join pg_attribute as a on a.attrelid = k.confrelid and u.number = a.attnum
        order by u.place
    ) as target_columns,
    array(
        select format('operator(%I.%s)', n.nspname, p.oprname)
        from unnest(k.conpfeqop) with ordinality as o (oid, place)
        inner join pg_operator as p on o.oid = p.oid
        inner join pg_namespace as n on p.oprnamespace = n.oid
        order by o.place
    ) as operators
from pg_constraint as k
where k.contype = 'f' and k.conparentid = 0 and k.conrelid = any($1::bigint[])
order by k.conrelid, k.conname;

-- name: sequences
-- of columns that own one: what it gives next must not be there already
select
    d.refobjid::bigint as oid,
    a.attname::text as name,
    n.nspname::text as schema,
    s.relname::text as sequence,
    q.seqincrement as increment
from pg_depend as d
inner join pg_class as s on d.objid = s.oid and s.relkind = 'S'
inner join pg_namespace as n on s.relnamespace = n.oid
inner join pg_sequence as q on s.oid = q.seqrelid
inner join pg_attribute as a on d.refobjid = a.attrelid and d.refobjsubid = a.attnum
where
    d.deptype in ('a', 'i')
    and d.classid = 'pg_class'::regclass
    and d.refobjid = any($1::bigint[])
order by d.refobjid, a.attname;

-- name: snapshot
-- everything that a load might take away, change or forget to bring back: (what, its definition)
with tables as (
    select
        c.*,
        n.nspname || '.' || c.relname as qualified
    from pg_class as c
    inner join pg_namespace as n on c.relnamespace = n.oid
    where
        n.nspname not in ('pg_catalog', 'information_schema', 'engine')
        and n.nspname !~ '^pg_(toast|temp)'
)

select
    'table ' || qualified as what,
    concat_ws(
        ', ', relkind::text, relpersistence::text, relrowsecurity::text, relforcerowsecurity::text, relreplident::text,
        reltablespace::text, relowner::regrole::text, relacl::text, reloptions::text,
        pg_get_expr(relpartbound, oid), obj_description(oid, 'pg_class')
    ) as definition
from tables
union all
select
    'column ' || t.qualified || '.' || a.attname,
    concat_ws(
        ', ', format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attidentity::text, a.attgenerated::text,
        a.attstorage::text, a.attcompression::text, a.attcollation::text, a.attacl::text, a.attoptions::text,
        a.attnum::text, (to_jsonb(a) ->> 'attstattarget'), pg_get_expr(d.adbin, d.adrelid),
        col_description(t.oid, a.attnum)
    )
from tables as t
inner join pg_attribute as a on t.oid = a.attrelid and a.attnum > 0 and not a.attisdropped and t.relkind not in ('i', 'I')
left join pg_attrdef as d on t.oid = d.adrelid and a.attnum = d.adnum
union all
select
    'constraint ' || t.qualified || '.' || k.conname,
    concat_ws(
        ', ', pg_get_constraintdef(k.oid), 'validated ' || k.convalidated,
        'enforced ' || coalesce(to_jsonb(k) ->> 'conenforced', 'true'), 'deferrable ' || k.condeferrable,
        'deferred ' || k.condeferred, 'local ' || k.conislocal, 'inherited ' || k.coninhcount,
        'of another ' || (k.conparentid <> 0), obj_description(k.oid, 'pg_constraint')
    )
from tables as t
inner join pg_constraint as k on t.oid = k.conrelid
union all
select
    'index ' || t.qualified || '.' || x.relname,
    concat_ws(
        ', ', pg_get_indexdef(i.indexrelid), 'valid ' || i.indisvalid, 'ready ' || i.indisready,
        'live ' || i.indislive, 'clustered ' || i.indisclustered, 'identity ' || i.indisreplident,
        'immediate ' || i.indimmediate, x.reloptions::text, x.reltablespace::text,
        (select p.inhparent::regclass::text from pg_inherits as p where p.inhrelid = x.oid),
        obj_description(x.oid, 'pg_class')
    )
from tables as t
inner join pg_index as i on t.oid = i.indrelid
inner join pg_class as x on i.indexrelid = x.oid
union all
select
    'trigger ' || t.qualified || '.' || g.tgname,
    concat_ws(', ', pg_get_triggerdef(g.oid), g.tgenabled::text, obj_description(g.oid, 'pg_trigger'))
from tables as t
inner join pg_trigger as g on t.oid = g.tgrelid and not g.tgisinternal
union all
select
    'triggers of keys ' || t.qualified || ' ' || f.proname || ' ' || k.conname,
    count(*) || ' ' || string_agg(g.tgenabled::text, '' order by g.tgenabled)
from tables as t
inner join pg_trigger as g on t.oid = g.tgrelid and g.tgisinternal
inner join pg_proc as f on g.tgfoid = f.oid
left join pg_constraint as k on g.tgconstraint = k.oid
group by t.qualified, f.proname, k.conname
union all
select
    'policy ' || t.qualified || '.' || p.polname,
    concat_ws(
        ', ', p.polcmd::text, p.polpermissive::text, p.polroles::text, pg_get_expr(p.polqual, p.polrelid),
        pg_get_expr(p.polwithcheck, p.polrelid)
    )
from tables as t
inner join pg_policy as p on t.oid = p.polrelid
union all
select
    'sequence ' || t.qualified,
    concat_ws(
        ', ', format_type(s.seqtypid, null), s.seqstart::text, s.seqincrement::text, s.seqmax::text, s.seqmin::text,
        s.seqcache::text, s.seqcycle::text
    )
from tables as t
inner join pg_sequence as s on t.oid = s.seqrelid
union all
select
    'view ' || t.qualified,
    pg_get_viewdef(t.oid)
from tables as t
where t.relkind in ('v', 'm')
union all
select
    'statistics ' || x.stxname,
    pg_get_statisticsobjdef(x.oid)
from pg_statistic_ext as x
union all
select
    'rule ' || t.qualified || '.' || r.rulename,
    pg_get_ruledef(r.oid) || ', ' || r.ev_enabled::text
from tables as t
inner join pg_rewrite as r on t.oid = r.ev_class
union all
select
    'setting of ' || coalesce(r.rolname, 'all') || coalesce(' in ' || d.datname, ''),
    s.setconfig::text
from pg_db_role_setting as s
left join pg_roles as r on s.setrole = r.oid
left join pg_database as d on s.setdatabase = d.oid
where d.datname is null or d.datname = current_database();
