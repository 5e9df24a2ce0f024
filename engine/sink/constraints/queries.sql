-- Everything is read with an empty search_path, so that every name in a definition comes out qualified.

-- name: tables
select
    c.oid,
    n.nspname as schema_name,
    c.relname as table_name,
    c.relkind::text as kind,
    c.relispartition as is_partition,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') as owned,
    pg_catalog.has_schema_privilege(n.oid, 'CREATE') as may_create,
    exists (select from pg_catalog.pg_inherits as h where h.inhparent = c.oid) as has_children,
    pg_catalog.has_table_privilege(c.oid, 'SELECT') as readable
from unnest($1::text [], $2::text []) as wanted (schema_name, table_name)
inner join pg_catalog.pg_namespace as n on wanted.schema_name = n.nspname
inner join pg_catalog.pg_class as c on n.oid = c.relnamespace and wanted.table_name = c.relname
where c.relkind in ('r', 'p')
order by n.nspname, c.relname;

-- name: foreign_keys
select
    k.conrelid as table_oid,
    k.conname as name,
    k.convalidated as validated,
    coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) as enforced,
    (k.conparentid <> 0 or k.coninhcount > 0) as inherited,
    pg_catalog.pg_get_constraintdef(k.oid) as definition,
    tn.nspname as target_schema,
    t.relname as target_table,
    exists (
        select from pg_catalog.pg_trigger as g where g.tgconstraint = k.oid and g.tgenabled <> 'O'
    ) as triggers_changed,
    array(
        select format('comment on constraint %I on %I.%I is %L', k.conname, n.nspname, c.relname, o.description)
        from (select pg_catalog.obj_description(k.oid, 'pg_constraint') as description) as o
        where o.description is not null
    ) as after
from pg_catalog.pg_constraint as k
inner join pg_catalog.pg_class as c on k.conrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
inner join pg_catalog.pg_class as t on k.confrelid = t.oid
inner join pg_catalog.pg_namespace as tn on t.relnamespace = tn.oid
where k.contype = 'f' and k.conrelid = any($1::oid [])
order by n.nspname, c.relname, k.conname;

-- name: indexes
select
    i.indrelid as table_oid,
    coalesce(k.conname, x.relname) as name,
    i.indisprimary as is_primary,
    i.indisexclusion as is_exclusion,
    i.indisreplident as is_replica_identity,
    i.indisvalid as is_valid,
    (x.relispartition or coalesce(k.coninhcount > 0 or k.conparentid <> 0, false)) as inherited,
    (k.oid is not null) as is_constraint,
    pg_catalog.pg_get_indexdef(x.oid) as definition,
    coalesce((to_jsonb(k) ->> 'conperiod')::boolean, false) as is_temporal,
    (
        select string_agg(distinct pg_catalog.pg_describe_object(d.classid, d.objid, 0), ', ')
        from pg_catalog.pg_depend as d
        where
            d.refobjid in (x.oid, k.oid)
            and d.refclassid in ('pg_catalog.pg_class'::regclass, 'pg_catalog.pg_constraint'::regclass)
            and d.objid <> x.oid
            and d.deptype in ('n', 'a')
    ) as dependents,
    exists (
        select from pg_catalog.pg_depend as d
        where d.objid in (x.oid, k.oid) and d.deptype in ('e', 'x')
    ) as of_extension,
    array(
        select s.statement
        from (
            select 1 as place, format('alter index %I.%I set tablespace %I', n.nspname, x.relname, ts.spcname)
            from pg_catalog.pg_tablespace as ts
            where ts.oid = x.reltablespace
            union all
            select
                2, format('alter index %I.%I alter column %s set statistics %s', n.nspname, x.relname, a.attnum, a.attstattarget)
            from pg_catalog.pg_attribute as a
            where a.attrelid = x.oid and a.attstattarget >= 0
            union all
            select 4, format('alter table %I.%I cluster on %I', n.nspname, c.relname, x.relname)
            where i.indisclustered
            union all
            select
                3, format(
                    'alter table %I.%I add constraint %I unique using index %I%s%s', n.nspname, c.relname, k.conname, x.relname,
                    case when k.condeferrable then ' deferrable' end, case when k.condeferred then ' initially deferred' end
                )
            where k.contype = 'u'
            union all
            select 5, format('comment on index %I.%I is %L', n.nspname, x.relname, o.description)
            from (select pg_catalog.obj_description(x.oid, 'pg_class') as description) as o
            where o.description is not null
            union all
            select 6, format('comment on constraint %I on %I.%I is %L', k.conname, n.nspname, c.relname, o.description)
            from (select pg_catalog.obj_description(k.oid, 'pg_constraint') as description) as o
            where o.description is not null
        ) as s (place, statement)
        order by s.place, s.statement
    ) as after
from pg_catalog.pg_index as i
inner join pg_catalog.pg_class as x on i.indexrelid = x.oid
inner join pg_catalog.pg_class as c on i.indrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
left join pg_catalog.pg_constraint as k on i.indexrelid = k.conindid and k.contype in ('p', 'u', 'x')
where i.indrelid = any($1::oid [])
order by n.nspname, c.relname, x.relname;

-- name: triggers
-- Those of the tables and of their partitions, which have their own; bits of tgtype: 1 each row, 4 insert.
select
    given.oid as table_oid,
    n.nspname as schema_name,
    c.relname as table_name,
    g.tgname as name,
    g.tgenabled::text as enabled,
    g.tgtype & 1 <> 0 as per_row,
    g.tgtype & 4 <> 0 as on_insert,
    pg_catalog.pg_has_role(c.relowner, 'USAGE') as owned
from unnest($1::oid []) as given (oid)
left join lateral pg_catalog.pg_partition_tree(given.oid) as tree on true
inner join pg_catalog.pg_trigger as g on coalesce(tree.relid, given.oid) = g.tgrelid
inner join pg_catalog.pg_class as c on g.tgrelid = c.oid
inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
where not g.tgisinternal
order by n.nspname, c.relname, g.tgname;

-- name: state
-- What is there of a suspended object: nothing, the table gone, the object whole, or not enforced.
select case
    when pg_catalog.to_regclass(format('%I.%I', $1::text, $2::text)) is null then 'gone'
    when $4::text = 'trigger'
        then coalesce(
            (
                select case when g.tgenabled = 'D' then 'idle' else 'whole' end
                from pg_catalog.pg_trigger as g
                where
                    g.tgrelid = pg_catalog.to_regclass(format('%I.%I', $1::text, $2::text))
                    and g.tgname = $3::text
                    and not g.tgisinternal
            ),
            'missing'
        )
    when $4::text = 'index'
        then case
            when pg_catalog.to_regclass(format('%I.%I', $1::text, $3::text)) is null then 'missing' else 'whole'
        end
    else coalesce(
        (
            select
                case
                    when k.convalidated and coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) then 'whole'
                    else 'idle'
                end
            from pg_catalog.pg_constraint as k
            where
                k.conrelid = pg_catalog.to_regclass(format('%I.%I', $1::text, $2::text))
                and k.conname = $3::text
        ),
        'missing'
    )
end;
