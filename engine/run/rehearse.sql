-- name: settings
-- $1: how long a query may take; the path is the one under which the catalog prints expressions
select
    set_config('search_path', 'pg_catalog', true),
    set_config('standard_conforming_strings', 'on', true),
    set_config('statement_timeout', $1, true),
    set_config('jit', 'off', true);
