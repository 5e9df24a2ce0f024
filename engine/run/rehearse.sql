-- name: settings
-- $1: how long a query may take; the path is the one under which the catalog prints expressions
select
    set_config('search_path', 'pg_catalog', true),
    set_config('standard_conforming_strings', 'on', true),
    set_config('statement_timeout', $1, true),
    set_config('jit', 'off', true);

-- name: sources
-- $1: schema.name of functions, which a CHECK calls
select
    l.lanname::text as language,
    coalesce(nullif(p.prosrc, ''), pg_get_function_sqlbody(p.oid)) as text,
    p.proargnames[1] as argument
from pg_proc as p
inner join pg_namespace as n on p.pronamespace = n.oid
inner join pg_language as l on p.prolang = l.oid
where n.nspname || '.' || p.proname = any($1::text[]) and l.lanname in ('sql', 'plpgsql')
order by p.oid;
