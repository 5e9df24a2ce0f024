"""Questions over the shop as people ask them, and ways to write SQL that are easily read otherwise."""

from __future__ import annotations

MEANT = (
    "select count(*) filter (where total > 50), avg(total)::numeric(10,2), stddev(total) from shop.orders",
    "select date_trunc('day', placed_at at time zone 'America/New_York') as d, count(*) from shop.orders group by 1",
    "select extract(isodow from placed_at), extract(epoch from max(placed_at)) from shop.orders group by 1",
    "select percentile_cont(0.5) within group (order by total desc), mode() within group (order by status) "
    "from shop.orders",
    "select status, sum(total) over (partition by status order by number rows between 2 preceding and current row), "
    "lag(number, 1) over w from shop.orders window w as (order by number) order by number limit 50",
    "select * from (select number % 7 as a, number / 7 as b, -number, total ^ 2, total / 3 from shop.orders) as t "
    "where a < b",
    "select string_agg(distinct status, ',' order by status), array_agg(distinct channel) from shop.orders",
    "select a.attributes->>'eco', (a.attributes->'eco')::bool, coalesce(a.weight_g, 0) from shop.products as a",
    "select distinct on (customer_id) customer_id, number from shop.orders "
    "order by customer_id, number desc nulls last",
    "select case when total > 50 then 'big' else 'small' end as size, count(distinct (status, channel)) "
    "from shop.orders "
    "group by rollup(1) having count(*) > 1",
    "select number from shop.orders where status like '%i%' and channel <> 'app' "
    "and not (total between 1 and 20) and placed_at > timestamptz '2024-11-05 00:00+00' "
    "and placed_at < timestamp '2026-11-25' + interval '36 hours' "
    "except select number from shop.orders where number = any (array[100001, 100002])",
    "with best as materialized (select customer_id, sum(total) as spent from shop.orders group by customer_id) "
    "select count(*) from best join shop.customers as c on c.id = best.customer_id and best.spent is distinct from 0",
    "select position('@' in email), substring(email from 2 for 3), left(email, 3) || upper(right(email, 3)), "
    "split_part(email, '@', 2), length(trim(both 'a' from email)), replace(email, 'a', ''), email ~ '^a', md5(email), "
    "to_char(created_at, 'YYYY-MM'), round(1.255, 2), trunc(2.7), ceil(1.1), greatest(1, 2), nullif(1, 2), "
    "date_part('year', created_at), concat(email, null, 1), mod(7, 3), div(7, 2) from shop.customers",
    # how an analyst asks
    "select country_code, count(*) as n from orders group by country_code order by n desc, 1 limit 5",
    "select count(*) from orders o left join customers c on c.id = o.customer_id where c.id is null",
    "select count(*) from orders where total <> subtotal - discount_amount + tax + shipping_fee",
    "select o.id from orders o join order_items i on i.order_id = o.id group by o.id, o.subtotal "
    "having sum(i.line_total) is distinct from o.subtotal",
    "select count(*)::numeric / nullif((select count(*) from orders), 0) from orders where status = 'cancelled'",
    "select max(n) from (select customer_id, count(*) n from orders group by 1) t",
    "select percentile_disc(array[0.5, 0.9]) within group (order by total) from orders",
    "select date_trunc('month', placed_at) m, sum(total), sum(sum(total)) over (order by date_trunc('month', "
    "placed_at)) "
    "from orders group by 1 order by 1",
    "select segment, avg(total) filter (where status <> 'cancelled') from orders join customers c "
    "on c.id = orders.customer_id group by segment order by avg(total) desc nulls last",
    "select * from (select o.*, row_number() over (partition by customer_id order by placed_at) rn from orders o) x "
    "where rn = 1 order by placed_at fetch first 10 rows only",
    "with monthly as (select date_trunc('month', placed_at) as m, count(*) as n from orders group by 1), "
    "growth as (select m, n, lag(n) over (order by m) as before from monthly) "
    "select m, round(100.0 * (n - before) / before, 1) from growth where before is not null",
    "select extract(hour from placed_at at time zone 'America/New_York')::int h, count(*) from orders group by h",
    "select c.email from customers c where not exists (select from orders o where o.customer_id = c.id)",
    "select c.email from customers c where c.id not in (select customer_id from orders where customer_id is not null)",
    "select p.sku, coalesce(sum(i.quantity), 0) sold from products p left join order_items i on i.product_id = p.id "
    "group by p.sku order by sold desc, sku offset 3 rows fetch next 4 rows only",
    "select c.id, last.placed_at from customers c cross join lateral (select placed_at from orders o "
    "where o.customer_id = c.id order by placed_at desc limit 1) as last",
    "select a.n - b.n from (select count(*) n from orders) a, (select count(*) n from customers) b",
    "select count(*) from orders where placed_at >= '2025-11-01' and placed_at < date '2025-11-01' + interval "
    "'1 month'",
    "select count(distinct customer_id) from orders where placed_at between timestamptz '2025-11-01' "
    "and timestamptz '2025-12-01' - interval '1' day",
    "select email from customers group by email having count(*) > 1 union all select email from customers "
    "where email not like '%_@_%.__%' or email ~* '[^a-z0-9.@+_-]'",
    "(select id from orders order by number limit 3) union (select id from orders order by number desc limit 3)",
    "select (select count(*) from orders) + (select count(*) from customers)",
    "select ((select count(*) from orders) - 1) * 2",
    "select exists (select 1 from orders where total < 0), not exists (select 1 from orders where total > 0)",
    "select status in ('paid', 'shipped'), status not in ('x'), total not between symmetric 20 and 1 from orders",
    "select corr(total, discount_amount), regr_slope(total, subtotal) from orders",
    "select unnest(array[1, 2, 3]) * number from orders",
    "select u.x, u.n from unnest(array['a', 'b']) with ordinality as u(x, n)",
    "select u from unnest(array[1, 2]) as u",
    "select o.status, k.* from orders o, jsonb_object_keys('{\"a\": 1}'::jsonb) as k",
    "select grouping(status), status, count(*) from orders group by grouping sets ((status), ())",
    "select cube_.c from (select count(*) as c from orders group by cube (status, channel)) as cube_",
    "select number, ntile(4) over w, first_value(total) over (w rows between unbounded preceding and 1 following "
    "exclude current row) from orders window w as (partition by channel order by total, number)",
    "values (1, 'a'), (2, 'b')",
    "select x.column1 from (values (1), (2)) x order by column1",
    "select from orders limit 0",
    "with a as (with b as (select number from orders) select max(number) as m from b) select m, b.number "
    "from a, (select min(number) number from orders) b",
    "with orders as (select * from shop.orders where total > 20) select count(*) from orders o, orders",
    "with a as (select 1 as x), b as (select x + 1 as x from a) select a.x, b.x from a join b on a.x < b.x",
    "select orders.number from orders join customers on customers.id = orders.customer_id natural join "
    "(select 'EUR' as currency) as e",
    "select count(*) from orders o join (customers c join addresses a on a.customer_id = c.id) on c.id = o.customer_id",
    "select count(*) from orders o join customers c join addresses a on a.customer_id = c.id on c.id = o.customer_id",
    "select shop.orders.number, orders.total from shop.orders where shop.orders.total > 10",
    # what a rewriter gets wrong
    "select interval '1 day 12:00', interval '.5 days', interval '3 days ago', interval '- 1 day', interval '1-2'",
    "select interval '1 day 02:03' day to hour, interval '12:34:56.789' second(1), interval(2) '1.2345', "
    "interval '3' year",
    "select '36:10'::interval hour to minute, cast('1.5 hours' as interval)",
    "select attributes -> '', attributes #> '{}', attributes #>> array[''], attributes ->> 'a.b', attributes -> -1, "
    "attributes ? 'eco', attributes ?| array['eco', 'x'], attributes @> '{\"eco\": true}' from products",
    "select to_char(created_at, 'DD%MM Mon MON mon HH24:MI:SS.US TZ \"o''clock\"'), "
    "to_date('05 Nov 2025', 'DD Mon YYYY'), to_timestamp('2025-11-05 %', 'YYYY-MM-DD %') from orders",
    "select 0x1F, 0b11, 1.e3, .5, 5., 1e-3, 00012",
    "select \"count\"(*), \"lower\"('A'), pg_catalog.upper('a'), Upper('b') from orders",
    "select email ~~ '%a%', email !~~ '%a%', email ~~* 'A%', email !~~* 'A%', email !~ 'x', email !~* 'X' from "
    "customers",
    "select email collate \"C\" < 'm', (email collate \"POSIX\")::varchar(3), email like 'a!_%' escape '!' from "
    "customers",
    "select E'a\\n\\t\\\\b''c\\'', $$it's$$, $x$a $$ b$x$, 'it''s', 'back\\slash'",
    "select 'a' /* one /* two */ */ || 'b' -- three\n || 'c'",
    "select 5-3, 5 - -3, 5--3\n, 2^3^2, -2^2, 7/2, -7/2, -7%3, 7.0/2, 2*-3, 1<-1, 3!= -3",
    "select not true and false or true, not (true and false), 1 < 2 is true, null is not null, 1 = 1 is not false",
    "select 'x' is distinct from null, null is not distinct from null, true isnull, true notnull, null is unknown",
    "select 'a' || 1 + 2, 1 || 'b', 'a' || 'b' = 'ab', '{1,2}'::int[] || 3, array[1] || array[2, 3]",
    "select (array[1, 2, 3])[2], (array[1, 2, 3])[2:], (array[1, 2, 3])[:2], (array[1, 2, 3])[1:2], "
    "array[[1, 2], [3, 4]], array(select number from orders order by 1 limit 2), '{}'::text[], array[]::int[]",
    "select row(1, 'a') = row(1, 'a'), (1, 2) < (1, 3), (date '2025-01-01', date '2025-02-01') overlaps "
    "(date '2025-01-15', interval '1 day')",
    "select trim('  a '), trim(leading 'x' from 'xxa'), trim(from ' b '), trim('x', 'xax'), substring('abc' for 2), "
    "substring('abc', 2), substring('abc' similar '_#\"b#\"_' escape '#'), overlay('abc' placing 'X' from 2 for 1), "
    "position('b' in 'abc'), 'abc' similar to '(a|x)%'",
    "select case status when 'paid' then 1 else 0 end, case when total > 5 then 'a' when total > 3 then 'b' end "
    "from orders",
    "select time '10:00', timestamp(3) '2025-11-05 10:00:00.123456', timestamp with time zone '2025-11-05 10:00+01', "
    "timestamp without time zone '2025-11-05 10:00', date '2025-11-05' + 1, double precision '1.5', numeric(5, "
    "1) '1.25', "
    "character varying(2) 'abc', char(3) 'a', bool 'true', '1'::decimal(3, 1), 'a'::character varying",
    'select count(*) date, max(total) "The Most", min(total) as from, sum(total) as select from orders',
    'select "o"."number" "from", o.NUMBER, O.Number from Orders O',
    "select 1 union select 2 union all select 2 intersect select 2 except select 1 order by 1",
    "select any_.n = any (select number from orders), 1 = all (array[1, 1]), 2 = some (array[1, 2]) "
    "from (select number as n from orders) any_",
    "select number & 3, number | 4, number # 5, ~number, number << 1, number >> 1, number % 3 from orders",
    "select string_agg(status, ', ' order by number desc) filter (where total > 5), count(*) filter (where "
    "true) over () "
    "from orders group by number",
    "select date_bin('15 minutes', placed_at, timestamptz '2025-01-01'), age(placed_at, created_at), "
    "date_part('dow', placed_at) from orders",
    "select total::text, cast(total as numeric(20, 4)), total::float8::int, total::real from orders",
)
