-- The queue of runs that were asked for over HTTP.

-- name: migrated
select exists (
    select
    from engine.alembic_version
    where version_num = $1
);

-- name: add
insert into engine.requests (
    id,
    spec,
    parameters,
    seed,
    clock,
    target,
    fresh,
    caller,
    idempotency_key,
    digest,
    traceparent,
    scenario
)
values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (caller, idempotency_key) do nothing
returning id;

-- name: by_key
select
    id,
    digest
from engine.requests
where caller = $1 and idempotency_key = $2;

-- name: waiting
select count(*)
from engine.requests
where status = 'queued';

-- name: counts
select
    status,
    count(*) as runs
from engine.requests
group by status;

-- name: claim
-- what waits, or what somebody began who no longer says that he lives
with waiting as (
    select
        id,
        status
    from engine.requests
    where
        status in ('queued', 'running')
        and coalesce(lease_until < now(), true)
    order by place
    limit 1
    for update skip locked
)

update engine.requests as r
set
    status = 'running',
    version = r.version + 1,
    owner = $2,
    lease_until = now() + $1::interval
from waiting
where r.id = waiting.id
returning
    r.id,
    r.spec,
    r.parameters::text as parameters,
    r.seed,
    r.clock,
    r.target,
    r.fresh,
    r.scenario,
    r.traceparent,
    r.log::text as log,
    waiting.status = 'running' as taken_over;

-- name: beat
update engine.requests
set
    progress = $2::jsonb,
    version = version + (progress is distinct from $2::jsonb)::integer,
    lease_until = now() + $3::interval,
    log = $5::jsonb
where id = $1 and status = 'running' and owner = $4
returning stopping;

-- name: let_go
update engine.requests
set lease_until = now()
where id = $1 and status = 'running' and owner = $2;

-- name: put_back
update engine.requests
set
    status = case when stopping then 'cancelled' else 'queued' end,
    finished_at = case when stopping then now() end,
    version = version + 1,
    lease_until = now() + $2::interval
where id = $1 and status = 'running' and owner = $3;

-- name: finish
update engine.requests
set
    status = $2,
    error = $3,
    report = $4::jsonb,
    progress = $5::jsonb,
    log = $7::jsonb,
    version = version + 1,
    lease_until = null,
    finished_at = now()
where id = $1 and status = 'running' and owner = $6;

-- name: stop
update engine.requests
set
    stopping = true,
    version = version + 1,
    status = case when status = 'queued' then 'cancelled' else status end,
    finished_at = case when status = 'queued' then now() end
where id = $1 and status in ('queued', 'running');

-- name: again
update engine.requests
set
    status = 'queued',
    stopping = false,
    version = version + 1,
    error = null,
    lease_until = null,
    finished_at = null
where id = $1 and status in ('cancelled', 'interrupted', 'failed');

-- name: one
select
    id,
    status,
    target,
    caller,
    stopping,
    version,
    created_at,
    finished_at,
    error,
    spec,
    seed,
    clock,
    fresh,
    scenario,
    traceparent,
    report is not null as has_report,
    parameters::text as parameters,
    progress::text as progress,
    report::text as report,
    log::text as log
from engine.requests
where id = $1;

-- name: some
select
    id,
    place,
    status,
    target,
    caller,
    stopping,
    version,
    created_at,
    finished_at,
    error,
    scenario,
    traceparent,
    report is not null as has_report,
    progress::text as progress
from engine.requests
where
    ($1::text is null or status = $1)
    and ($2::bigint is null or place < $2)
order by place desc
limit $3;
