-- The queue of runs that were asked for over HTTP.

-- name: migrated
select exists (
    select
    from engine.alembic_version
    where version_num = $1
);

-- name: add
insert into engine.requests (
    id, spec, parameters, seed, clock, target, fresh, caller, idempotency_key, digest
)
values ($1, $2, $3::jsonb, $4, $5, $6, $7, $8, $9, $10)
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

-- name: claim
-- what waits, or what somebody began who no longer says that he lives
update engine.requests
set
    status = 'running',
    version = version + 1,
    owner = $2,
    lease_until = now() + $1::interval
where
    id = (
        select r.id
        from engine.requests as r
        where
            r.status in ('queued', 'running')
            and coalesce(r.lease_until < now(), true)
        order by r.place
        limit 1
        for update skip locked
    )
returning
    id, spec, parameters::text as parameters, seed, clock, target, fresh;

-- name: beat
update engine.requests
set
    progress = $2::jsonb,
    version = version + (progress is distinct from $2::jsonb)::integer,
    lease_until = now() + $3::interval
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
    parameters::text as parameters,
    progress::text as progress,
    report::text as report
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
    progress::text as progress
from engine.requests
where
    ($1::text is null or status = $1)
    and ($2::bigint is null or place < $2)
order by place desc
limit $3;
