-- What ANALYZE found out about the columns of many tables, as far as the user may read them; values as texts.

-- name: statistics
-- of a partitioned table that nobody analysed (autovacuum does not): those of its largest partition
with recursive below (root, oid, cut) as (
    select
        c.oid as root,
        c.oid,
        c.relkind = 'p' as cut
    from pg_class as c
    where c.oid = any($1::oid[])
    union all
    select
        b.root,
        c.oid,
        c.relkind = 'p'
    from below as b
    inner join pg_inherits as i on b.oid = i.inhparent and not i.inhdetachpending
    inner join pg_class as c on i.inhrelid = c.oid
    where b.cut
)

select distinct on (b.root, s.attname)
    b.root::bigint as table,
    s.attname::text as name,
    -- as texts first: four bytes make 0.1 of 0.1 only so
    s.null_frac::text::float8 as null_fraction,
    s.n_distinct::text::float8 as n_distinct,
    s.correlation::text::float8 as correlation,
    s.most_common_vals::text::text[] as common,
    s.most_common_freqs::text[] as shares,
    s.histogram_bounds::text::text[] as histogram,
    false as redacted
from below as b
inner join pg_class as c on b.oid = c.oid
inner join pg_namespace as n on c.relnamespace = n.oid
inner join pg_stats as s on n.nspname = s.schemaname and c.relname = s.tablename
order by
    b.root asc,
    s.attname asc,
    b.oid = b.root desc, -- noqa: AM03
    s.inherited = b.cut desc, -- noqa: AM03
    c.reltuples desc,
    b.oid asc;
