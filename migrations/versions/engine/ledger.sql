-- The ledger: what was run, which partitions are done, and what is suspended while a run goes on.

-- name: runs
create table engine.runs (
    id uuid primary key,
    scenario text not null,
    seed bigint not null,
    status text not null,
    spec text not null,
    file text not null,
    parameters jsonb not null,
    clock timestamptz not null,
    target text not null,
    fingerprint jsonb not null,
    workers integer,
    rows_expected bigint not null,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    error text,
    report jsonb,
    constraint runs_status_is_known check (
        status in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')
    )
);

-- name: partitions
create table engine.partitions (
    run_id uuid not null references engine.runs on delete cascade,
    entity text not null,
    number bigint not null,
    row_counts jsonb not null,
    finished_at timestamptz not null default now(),
    primary key (run_id, entity, number)
);

-- name: suspended
create table engine.suspended (
    table_schema text not null,
    table_name text not null,
    kind text not null,
    name text not null,
    run_id uuid not null references engine.runs on delete cascade,
    definition jsonb not null,
    suspended_at timestamptz not null default now(),
    primary key (table_schema, table_name, kind, name)
);

-- name: samples
create table engine.samples (
    run_id uuid primary key references engine.runs on delete cascade,
    samples jsonb not null
);

-- name: requests
create table engine.requests (
    id uuid primary key,
    place bigint generated always as identity unique,
    status text not null default 'queued',
    spec text not null,
    parameters jsonb not null,
    seed bigint,
    clock timestamptz not null,
    target text not null,
    fresh boolean not null,
    caller text not null,
    idempotency_key text,
    digest text not null,
    progress jsonb not null default '{}',
    version bigint not null default 0,
    stopping boolean not null default false,
    owner uuid,
    lease_until timestamptz,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    error text,
    report jsonb,
    unique (caller, idempotency_key),
    constraint requests_status_is_known check (
        status in ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')
    )
);

-- name: requests_waiting
create index requests_waiting_idx on engine.requests (place) where status in ('queued', 'running');

-- name: requests_told
alter table engine.requests
add column scenario text not null default '',
add column traceparent text,
add column log jsonb not null default '[]'::jsonb;

-- name: runs_cleaned
alter table engine.runs
add column append boolean not null default false,
add column filled jsonb not null default '[]'::jsonb,
add column cleaned_at timestamptz;

-- name: samples_held
alter table engine.samples
add column held jsonb;
