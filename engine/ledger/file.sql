-- The ledger as a file of SQLite's, for a database in which we may not make a schema, and in memory for tests.

-- name: make_runs
create table if not exists runs (
    id text primary key,
    scenario text not null,
    seed integer not null,
    status text not null,
    spec text not null,
    file text not null,
    parameters text not null,
    clock text not null,
    target text not null,
    fingerprint text not null,
    workers integer,
    rows_expected integer not null,
    created_at text not null,
    finished_at text,
    error text,
    report text,
    constraint runs_status_is_known check (
        status in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')
    )
);

-- name: make_samples
create table if not exists samples (
    run_id text primary key references runs on delete cascade,
    samples text not null
);

-- name: make_partitions
create table if not exists partitions (
    run_id text not null references runs on delete cascade,
    entity text not null,
    number integer not null,
    row_counts text not null,
    confirmed integer not null default 0,
    primary key (run_id, entity, number)
);

-- name: make_suspended
create table if not exists suspended (
    table_schema text not null,
    table_name text not null,
    kind text not null,
    name text not null,
    run_id text not null references runs on delete cascade,
    definition text not null,
    back integer not null default 0,
    primary key (table_schema, table_name, kind, name)
);

-- name: make_belongings
create table if not exists belongings (
    only_one integer primary key check (only_one = 1),
    database text not null
);

-- name: add_append
alter table runs add column append integer not null default 0;

-- name: add_filled
alter table runs add column filled text not null default '[]';

-- name: add_cleaned_at
alter table runs add column cleaned_at text;

-- name: add_held
alter table samples add column held text;

-- name: belong
insert into belongings (only_one, database)
values (1, $1)
on conflict (only_one) do nothing;

-- name: belonging
select database
from belongings;

-- name: create_run
insert into runs (
    id, scenario, seed, status, spec, file, parameters, clock, target, fingerprint, workers, rows_expected, append, filled,
    created_at
)
values ($1, $2, $3, 'running', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- name: keep_samples
insert into samples (run_id, samples, held)
values ($1, $2, $3);

-- name: reopen_run
update runs
set
    status = 'running',
    finished_at = null,
    error = null
where id = $1;

-- name: finish_run
update runs
set
    status = $1,
    finished_at = $2,
    error = $3,
    report = $4
where id = $5;

-- name: claim
insert into partitions (run_id, entity, number, row_counts)
values ($1, $2, $3, $4)
on conflict (run_id, entity, number) do update set row_counts = excluded.row_counts;

-- name: confirm
update partitions
set confirmed = 1
where run_id = $1 and entity = $2 and number = $3;

-- name: partitions
select
    entity,
    number,
    row_counts
from partitions
where run_id = $1 and confirmed = $2
order by entity, number;

-- name: forget_partitions
delete from partitions
where run_id = $1;

-- name: suspend
insert into suspended (table_schema, table_name, kind, name, run_id, definition)
values ($1, $2, $3, $4, $5, $6)
on conflict (table_schema, table_name, kind, name) do nothing;

-- name: restored
update suspended
set back = 1
where table_schema = $1 and table_name = $2 and kind = $3 and name = $4;

-- name: settle
delete from suspended
where back = 1;

-- name: suspended
select
    run_id,
    definition
from suspended
order by kind, table_schema, table_name, name;

-- name: run
select
    runs.*,
    (select s.samples from samples as s where s.run_id = runs.id) as samples,
    (select s.held from samples as s where s.run_id = runs.id) as held
from runs
where runs.id = $1;

-- name: alike
select
    id,
    status
from runs
where append and spec = $1 and seed = $2 and parameters = $3 and cleaned_at is null
order by created_at desc
limit 1;

-- name: later
-- a run that does not append begins with empty tables: what was in them before is gone
select
    other.id,
    other.filled
from runs as other
inner join runs as own on own.id = $1
where not other.append and other.id <> own.id and other.created_at > own.created_at
order by other.created_at;

-- name: clean
update runs
set cleaned_at = $1
where id = $2;

-- name: runs
select * from runs
order by created_at desc, id desc
limit $1;
