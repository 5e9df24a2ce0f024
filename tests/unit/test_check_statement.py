"""What an expectation's SQL may be, and what is sent of it."""

from __future__ import annotations

import pytest

from engine.check.statement import condition, statement
from engine.check.tokens import tokens
from engine.errors import Code, SpecError
from engine.run.look import shop_catalog
from tests.questions import MEANT

SHOP = shop_catalog()
PRODUCTS = SHOP.tables["shop", "products"]

FORBIDDEN = (
    "select pg_read_file('/etc/passwd')",
    "select pg_catalog.pg_read_file('/etc/passwd')",
    "select \"pg_read_file\"('/etc/passwd')",
    "select pg_sleep(100)",
    "select lo_import('/etc/passwd')",
    "select dblink('host=elsewhere', 'select 1')",
    "select query_to_xml('delete from shop.orders', true, true, '')",
    "select set_config('role', 'postgres', false)",
    "select current_setting('data_directory')",
    "select current_user",
    "select version()",
    "select nextval('shop.orders_number_seq')",
    "select repeat('x', 1000000000)",
    "select 'pg_authid'::regclass",
    "select '<x/>'::xml",
    "select * from generate_series(1, 1000000000)",
    "select * from pg_ls_dir('.')",
    "select * from shop.orders, lateral pg_ls_dir('.')",
    "select * from rows from (pg_ls_dir('.'))",
    "select * from shop.orders for update",
    "select 1 into stolen",
    "with gone as (delete from shop.orders returning 1) select count(*) from gone",
    "delete from shop.orders",
    "drop table shop.orders",
    "copy shop.orders to program 'id'",
    "explain analyze delete from shop.orders",
    "do $$ begin perform 1; end $$",
    "call shop.tidy()",
    "set role postgres",
    "select 1; drop table shop.orders",
    "select ('/etc/passwd').pg_read_file",
    "select ('/etc/passwd'::text).pg_read_file",
    "select (select '/etc/passwd').pg_read_file",
    "select (array['select 1'])[1].ts_stat",
    "select ((array['select 1'])[1]).ts_stat.word",
    "select (t).pg_read_file from shop.orders as t",
    "select 1 from shop.orders where ('16400'::text).lo_unlink is null",
    "with c as (select 1) , c as (select 2) select * from c",
    "select shop.orders.id from orders join lateral (select (orders).pg_read_file) as x on true",
    "select (t.*).pg_read_file from orders as t",
    "select shop.tell()",
    "select PG_READ_FILE('/etc/passwd')",
    "select lo_get\n(16400)",
    "select pg_read_file/**/('/etc/passwd')",
    "select count(*) from orders group by pg_sleep(1)",
    "select count(*) filter (where pg_sleep(1) is null) from orders",
    "select sum(1) over (order by pg_sleep(1))",
    "select sum(1) over (rows between pg_sleep(1) preceding and current row)",
    "select array[[pg_read_file('x')]]",
    "select case pg_sleep(1) when 1 then 2 end",
    "select cast(pg_read_file('x') as text)",
    "select trim(both pg_read_file('x') from 'y')",
    "select extract(day from pg_sleep(1))",
    "select 1 order by pg_sleep(1)",
    "select 1 limit pg_sleep(1)",
    "select 1 fetch first (pg_sleep(1)) rows only",
    "values (pg_sleep(1))",
    "select * from orders join customers on pg_sleep(1) is null",
    "select regclass 'pg_authid'",
    "select regclass('pg_authid')",
    "select cast('pg_authid' as regclass)",
    "select cast('x' as \"regclass\")",
    "select cast('x' as pg_catalog.regclass)",
    "select 'pg_authid'::regclass[]",
    "select session_user",
    "select user",
    "select current_schema",
    "select current_catalog",
    "select now()",
    "select current_timestamp",
    "select localtime",
    "select clock_timestamp()",
    "select random()",
    "select gen_random_uuid()",
    "select lpad('x', 1000000000)",
    "select format('%1000000000s', 'x')",
    "select array_fill(1, array[1000000000])",
    "select |/ 4",
    "select ||/ 8",
    "select !! 4",
    "select @ -4",
    "select number => 1 from orders",
    "select * from only shop.orders",
    "select * from shop.orders tablesample system (1)",
    "select * from rows from (unnest(array[1]))",
    "select 1 for share",
    "insert into shop.orders select 1",
    "with x as (insert into shop.orders select 1 returning 1) select 1",
    "with recursive x as (select 1) select * from x",
    "select 'x' collate \"de_DE\"",
)


UNREADABLE = (
    "select 1 where 1 = $1",
    "select a operator(pg_catalog.+) b from shop.orders",
    "select U&'\\0027'",
    'select U&"\\0070g_shadow"',
    "select 'a' 'b'",
    "select 'a'\n'b'",
    "select 'a",
    "select $a$ $b$",
    "select 1 /* /* */",
    "select 1a",
    "select '\0'",
    "select 1 from",
    "select count(*) from shop.orders where",
    "select x'ff'",
    "select 1 as a b",
    "select * from shop.orders as o (",
    "select 1 : 2",
    "select 1..2",
)


@pytest.mark.parametrize("text", UNREADABLE)
def test_what_is_no_sql_that_we_know_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text, SHOP)
    assert [d.code for d in error.value.diagnostics] == [Code.EXPR_SYNTAX]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_a_statement_that_does_more_than_read_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text, SHOP)
    assert [d.code for d in error.value.diagnostics] == [Code.EXPR_FORBIDDEN]


@pytest.mark.parametrize(
    "text",
    [
        "select * from pg_shadow",
        "select * from pg_catalog.pg_authid",
        "select * from information_schema.tables",
        "select * from engine.runs",
        'select * from "SHOP".orders',
        "select (select count(*) from pg_shadow) from shop.orders",
        "select * from postgres.shop.orders",
        "with pg_shadow as (select * from pg_shadow) select * from pg_shadow",
        "with a as (select * from pg_authid), pg_authid as (select 1) select * from a",
        'with "PG_AUTHID" as (select 1) select * from pg_authid',
        'with pg_authid as (select 1) select * from "PG_AUTHID"',
        "with pg_statistic_e\u212at as (select 1) select * from pg_statistic_ekt",
        "select * from (select * from pg_shadow) as x",
        "with c as (with pg_shadow as (select 1) select 1) select * from pg_shadow",
        "select (select 1 from pg_shadow union select 2)",
        "select 1 from shop.orders join (shop.products cross join pg_authid) on true",
        "select exists ((select 1 from pg_authid))",
        "select array(select rolname from pg_authid)",
        "select count(*) filter (where exists (select 1 from pg_authid)) from shop.orders",
        "select 1 order by (select 1 from pg_authid)",
        "select 1 limit (select 1 from pg_authid)",
        "values ((select 1 from pg_authid))",
        "select 1 from shop.orders, lateral (select 1 from pg_authid) as x",
        "select sum(1) over (order by (select 1 from pg_authid))",
        "select extract(day from (select 1 from pg_authid))",
        "select trim(both from (select 1 from pg_authid))",
        "select 1 is distinct from (select 1 from pg_authid)",
        "(select 1) union (select 1 from pg_authid)",
    ],
)
def test_only_the_spec_s_own_tables_are_read(text: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text, SHOP)
    assert [d.code for d in error.value.diagnostics] == [Code.UNKNOWN_TABLE]


def test_what_is_sent_names_every_schema_and_holds_no_comment() -> None:
    sent = statement(
        "with O as (select * from Orders) select count(*) /* } */ from o -- ;\n join customers using (id);", SHOP
    )
    assert sent.strip() == (
        'with "_1" as (select * from "shop"."orders") select pg_catalog."count"(*) from "_1" AS "o" '
        'join "shop"."customers" using ("id")'
    )


def test_a_with_may_be_called_as_a_table_is() -> None:
    sent = statement('with "Orders" as (select 1 as x) select "Orders".x from "Orders", orders', SHOP)
    assert sent.strip() == ('with "_1" as (select 1 as "x") select "Orders"."x" from "_1" AS "Orders", "shop"."orders"')


@pytest.mark.parametrize(
    "text",
    [
        "select t.pg_read_file from shop.orders as t",
        "select orders.pg_read_file from orders",
        "select shop.orders.pg_read_file from orders",
        "select 1 from shop.orders as a where exists (select a.lo_unlink from shop.products as b)",
        "select 1 from shop.orders as a, lateral (select a.pg_read_file) as b",
        "select 1 from shop.orders as a join shop.products as b on a.pg_read_file is null",
        "select t.pg_read_file from unnest(array['/etc/passwd']) as t",
        "select t.pg_read_file from unnest(array['/etc/passwd']) as t(x)",
        "select t.number, (select t.lo_get from unnest(array[1]) as t) from orders as t",
        "select (select t.lo_get) from unnest(array[1]) as t",
        "select unnest.pg_read_file from unnest(array['/etc/passwd'])",
        "select numbr from orders",
    ],
)
def test_a_name_after_a_table_is_a_column_of_it(text: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text, SHOP)
    assert [d.code for d in error.value.diagnostics] == [Code.UNKNOWN_COLUMN]


@pytest.mark.parametrize(
    "text",
    [
        "('/etc/passwd').pg_read_file is null",
        "1 = 1) union select 1 --",
        "a) or (b",
        "status = 'x' group by 1",
        "true; drop table shop.orders",
        "status = 'x' limit 1",
        "",
        "exists (select 1)",
        "pg_sleep(1) is null",
    ],
)
def test_a_condition_is_one_condition_over_one_row(text: str) -> None:
    with pytest.raises(SpecError):
        condition(text, PRODUCTS)


HUGE = (
    f"select {'(' * 4000}1{')' * 4000}",
    f"select {'(' * 900}select 1{')' * 900}",
    "select " + " + ".join("1" for _ in range(3000)),
    f"select {'array[' * 900}1{']' * 900}",
    f"select array{'[' * 900}1{']' * 900}",
    "select (array[1])" + "[1]" * 1500,
    f"select {'case when true then ' * 500}1{' end' * 500}",
    f"select {'not ' * 3000}true",
    f"select {'- ' * 3000}1",
    f"select {'cast(' * 400}1{' as int)' * 400}",
    f"select {'coalesce(' * 400}1{')' * 400}",
    f"select * from {'(' * 900}orders{')' * 900}",
    f"select * from {'(select * from ' * 300}orders{') as x' * 300}",
    f"{'with x as (' * 300}select 1{') select 1' * 300}",
    f"{'(' * 900}select 1{')' * 900}",
    "select " + "9" * 5000,
    "select 1e999999",
    "select 'x'::varchar(100000000)",
    "select char(10000000) 'x'",
    f"select 1 as {'n' * 70}",
)


@pytest.mark.parametrize("text", HUGE)
def test_a_statement_without_end_is_refused(text: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text, SHOP)
    assert [d.code for d in error.value.diagnostics] == [Code.EXPR_TOO_BIG]


@pytest.mark.parametrize(
    "text",
    [
        f"select interval '{'1 day ' * 1600}'",
        "select '" + "''" * 4500 + "x'",
        "select E'" + "\\\\" * 4000 + "'",
        f"select /*{'*' * 9000}*/ 1",
        f"select {'/**/' * 2400}1",
        "select " + "--\n" * 3000 + "1",
        f"select array[{','.join('1' for _ in range(900))}]",
        "select " + " || ".join("'x'" for _ in range(900)),
    ],
)
def test_a_long_statement_is_read_in_one_pass(text: str) -> None:
    assert statement(text, SHOP)


def words(text: str) -> list[str]:
    """What PostgreSQL would make of a text, but for the names that we add."""
    return [t.value.lower() for t in tokens(text) if t.value not in ("pg_catalog", "shop", ".")]


@pytest.mark.parametrize("text", [text for text in MEANT if not text.startswith("with ")])
def test_what_is_sent_are_the_author_s_own_words_in_their_order(text: str) -> None:
    assert words(statement(text, SHOP)) == words(text)
