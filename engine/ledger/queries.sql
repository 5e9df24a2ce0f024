-- name: create_run
insert into engine.runs (
    id, scenario, seed, status, spec, file, parameters, clock, target, fingerprint, workers, rows_expected, append, filled
)
values ($1, $2, $3, 'running', $4, $5, $6::jsonb, $7, $8, $9::jsonb, $10, $11, $12, $13::jsonb);

-- name: keep_samples
insert into engine.samples (run_id, samples, held)
values ($1, $2::jsonb, $3::jsonb);

-- name: reopen_run
update engine.runs
set
    status = 'running',
    finished_at = null,
    error = null
where id = $1;

-- name: finish_run
update engine.runs
set
    status = $2,
    finished_at = now(),
    error = $3,
    report = $4::jsonb
where id = $1;

-- name: finish_partition
insert into engine.partitions (run_id, entity, number, row_counts)
values ($1, $2, $3, $4::jsonb);

-- name: partitions
select
    entity,
    number,
    row_counts::text as row_counts
from engine.partitions
where run_id = $1
order by entity, number;

-- name: forget_partitions
delete from engine.partitions
where run_id = $1;

-- name: suspend
insert into engine.suspended (table_schema, table_name, kind, name, run_id, definition)
values ($1, $2, $3, $4, $5, $6::jsonb)
on conflict (table_schema, table_name, kind, name) do nothing;

-- name: restore
delete from engine.suspended
where
    table_schema = $1
    and table_name = $2
    and kind = $3
    and name = $4;

-- name: suspended
select
    run_id,
    definition::text as definition
from engine.suspended
order by kind, table_schema, table_name, name;

-- name: run
select
    id,
    scenario,
    seed,
    status,
    spec,
    file,
    parameters::text as parameters,
    clock,
    target,
    fingerprint::text as fingerprint,
    workers,
    rows_expected,
    created_at,
    finished_at,
    error,
    filled::text as filled,
    cleaned_at,
    (select s.samples::text from engine.samples as s where s.run_id = runs.id) as samples,
    (select s.held::text from engine.samples as s where s.run_id = runs.id) as held
from engine.runs
where id = $1;

-- name: alike
select
    id,
    status
from engine.runs
where append and spec = $1 and seed = $2 and parameters = $3::jsonb and cleaned_at is null
order by created_at desc
limit 1;

-- name: later
-- a run that does not append begins with empty tables: what was in them before is gone
select
    other.id,
    other.filled::text as filled
from engine.runs as other
inner join engine.runs as own on own.id = $1
where not other.append and other.id <> own.id and other.created_at > own.created_at
order by other.created_at;

-- name: clean
update engine.runs
set cleaned_at = now()
where id = $1;

-- name: ending
select
    created_at,
    error,
    report::text as report
from engine.runs
where id = $1;

-- name: runs
select
    runs.id,
    runs.scenario,
    runs.seed,
    runs.status,
    runs.created_at,
    runs.finished_at,
    coalesce((runs.report ->> 'rows')::bigint, 0) as row_count,
    runs.error,
    runs.cleaned_at
from engine.runs
order by runs.created_at desc
limit $1;

-- name: ready
select exists (
    select
    from engine.alembic_version
    where version_num = $1
);

-- name: permitted
-- every later right is asked only where what it is about is there
select
    case
        when
            to_regnamespace('engine') is null
            then has_database_privilege(current_database(), 'create')
        when not has_schema_privilege('engine', 'usage') then false
        when to_regclass('engine.suspended') is null or to_regclass('engine.samples') is null
            then has_schema_privilege('engine', 'create')
        when
            -- by name: to_regclass() in a subquery is asked beforehand, and refuses who may not use the schema
            not exists (
                select
                from pg_catalog.pg_attribute as a
                inner join pg_catalog.pg_class as c on a.attrelid = c.oid
                inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
                where n.nspname = 'engine' and c.relname = 'samples' and a.attname = 'held'
            )
            then (
                select bool_and(pg_has_role(c.relowner, 'USAGE'))
                from pg_catalog.pg_class as c
                inner join pg_catalog.pg_namespace as n on c.relnamespace = n.oid
                where n.nspname = 'engine' and c.relname in ('runs', 'samples')
            )
        else
            has_table_privilege('engine.alembic_version', 'select')
            and has_table_privilege('engine.runs', 'select')
            and has_table_privilege('engine.runs', 'insert')
            and has_table_privilege('engine.runs', 'update')
            and has_table_privilege('engine.partitions', 'insert')
            and has_table_privilege('engine.suspended', 'insert')
            and has_table_privilege('engine.samples', 'insert')
    end;

-- name: identity
-- the same by whatever address and user we come
select
    (select system_identifier from pg_catalog.pg_control_system())
    || '-'
    || (select oid from pg_catalog.pg_database where datname = current_database());
