-- What a table holds of numbers that an append must not make again. Each is put behind "with texts (text) as (…)", whose
-- rows are those of the table.

-- name: numbered
-- the least and the greatest number behind a prefix
select
    min(n.number)::text,
    max(n.number)::text
from (
    select substr(texts.text, length($1::text) + 1)::numeric as number
    from texts
    where starts_with(texts.text, $1::text) and substr(texts.text, length($1::text) + 1) ~ '^[0-9]{1,18}$'
) as n;

-- name: offset
-- the least number from $1 on behind which $2 follow that stand in none of the texts
select min(gaps.number)::bigint
from (
    select
        candidates.number,
        lead(candidates.number) over (order by candidates.number) as next_number
    from (
        select $1::numeric as number
        union
        select found.number[1]::numeric
        from texts
        cross join lateral regexp_matches(texts.text, '[0-9]+', 'g') as found (number)
        where length(found.number[1]) <= 15 and found.number[1]::numeric > $1::numeric
    ) as candidates
) as gaps
where gaps.next_number is null or gaps.next_number > gaps.number + $2::numeric;

-- name: gap
-- the first number from $1 on behind which $2 numbers are free, none of them above $3
select min(gaps.number)::bigint
from (
    select
        taken.number,
        lead(taken.number, 1, $3::numeric + 1) over (order by taken.number) as next_number
    from (
        select $1::numeric as number
        union
        select texts.text::numeric
        from texts
        where texts.text::numeric between $1::numeric and $3::numeric
    ) as taken
) as gaps
where gaps.next_number - gaps.number > $2::numeric;
