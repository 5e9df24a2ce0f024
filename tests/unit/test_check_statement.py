"""What an expectation's SQL may be, and what is sent of it."""

from __future__ import annotations

import pytest

from engine.check.statement import condition, statement
from engine.errors import Code, SpecError
from engine.run.look import shop_catalog

SHOP = shop_catalog()

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
    "select 1 where 1 = $1",
    "select a operator(pg_catalog.+) b from shop.orders",
    "select (with inner_one as (select 1) select 1)",
    "with gone as (delete from shop.orders returning 1) select count(*) from gone",
    "delete from shop.orders",
    "drop table shop.orders",
    "copy shop.orders to program 'id'",
    "explain analyze delete from shop.orders",
    "do $$ begin perform 1; end $$",
    "call shop.tidy()",
    "set role postgres",
    "select 1; drop table shop.orders",
    "select 'it' || E'\\'; drop table shop.orders; --'",
    "select U&'\\0027'",
    "select ('/etc/passwd').pg_read_file",
    "select ('/etc/passwd'::text).pg_read_file",
    "select (select '/etc/passwd').pg_read_file",
    "select (array['select 1'])[1].ts_stat",
    "select ((array['select 1'])[1]).ts_stat.word",
    "select (t).pg_read_file from shop.orders as t",
    "select 1 from shop.orders where ('16400'::text).lo_unlink is null",
    "with c as (with pg_shadow as (select 1) select 1) select * from pg_shadow",
    "with c as (select 1) , c as (select 2) select * from c",
)


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
    ],
)
def test_only_the_spec_s_own_tables_are_read(text: str) -> None:
    with pytest.raises(SpecError) as error:
        statement(text, SHOP)
    assert [d.code for d in error.value.diagnostics] == [Code.UNKNOWN_TABLE]


def test_what_is_sent_names_every_schema_and_holds_no_comment() -> None:
    sent = statement(
        "with O as (select * from Orders) select count(*) /* } */ from o -- ;\n join customers using (id)", SHOP
    )
    assert sent == (
        'WITH "_1" AS (SELECT * FROM "shop"."orders") SELECT COUNT(*) FROM "_1" AS "o" '
        'JOIN "shop"."customers" USING (id)'
    )


@pytest.mark.parametrize(
    "text",
    [
        "select t.pg_read_file from shop.orders as t",
        "select orders.pg_read_file from orders",
        "select shop.orders.pg_read_file from orders",
        "select 1 from shop.orders as a where exists (select a.lo_unlink from shop.products as b)",
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
        condition(text)


def test_a_statement_without_end_is_refused() -> None:
    for text in (f"select {'(' * 4000}1{')' * 4000}", "select " + " + ".join("1" for _ in range(3000))):
        with pytest.raises(SpecError) as error:
            statement(text, SHOP)
        assert [d.code for d in error.value.diagnostics] == [Code.EXPR_TOO_BIG]
