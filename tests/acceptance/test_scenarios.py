"""Every scenario of `specs/` is run for real, and then read by somebody who does not know how it was made.

`believable.sql` holds the sentences; each is asked of each scenario and must find nothing. `lies.sql` holds, for each
sentence, a change that makes it untrue: so it is known that the sentence can find something.
"""

from __future__ import annotations

import asyncio

import asyncpg
import pytest

from engine.embedded import Throwaway
from engine.report import Status
from engine.spec.load import load
from tests.acceptance.stories import ON_15, SPECS, STORIES, Told, sentences

CHECKS = sentences("believable.sql")
LIES = sentences("lies.sql")


def test_a_scenario_ends_well_and_reports_what_is_there(story: Told):
    assert story.report.status is Status.SUCCEEDED, story.report.error
    written: dict[str, int] = {}
    for entity in story.report.entities.values():
        written[entity.table] = written.get(entity.table, 0) + entity.rows
    assert {table: story.value(f"select count(*) from {table}") for table in written} == written
    assert all(written.values())


@pytest.mark.parametrize("sentence", CHECKS)
def test_a_scenario_is_believable(story: Told, sentence: str):
    unbelievable = story.ask(f"{CHECKS[sentence]} limit 5")
    assert not unbelievable, [tuple(row) for row in unbelievable]


MOMENTS = """
select table_name, column_name from information_schema.columns
where table_schema = 'shop' and data_type like 'timestamp%'
    and column_name not in ('promised_at', 'ends_at') and table_name <> 'audit_log'
"""


def test_nothing_happens_at_the_windows_end_or_after_it(story: Told):
    late = "select count(*) from shop.{} where {} >= current_setting('story.ends')::timestamptz"
    found = [f"{table}.{column}" for table, column in story.ask(MOMENTS) if story.value(late.format(table, column))]
    assert not found


def test_no_row_was_changed_before_it_was_made_or_before_its_last_event(story: Told):
    tables = {table for table, column in story.ask(MOMENTS) if column == "updated_at"}
    turned = "select count(*) from shop.{} where updated_at < created_at"
    assert not [table for table in sorted(tables) if story.value(turned.format(table))]
    last = "greatest(placed_at, paid_at, shipped_at, delivered_at, cancelled_at)"
    assert story.value(f"select count(*) from shop.orders where updated_at < {last}") == 0


STRUCTURE = """
select conname || ' ' || pg_get_constraintdef(oid) from pg_constraint where connamespace = 'shop'::regnamespace
union all select indexdef from pg_indexes where schemaname = 'shop'
union all select pg_get_triggerdef(oid) from pg_trigger where tgrelid::regclass::text like 'shop.%' and not tgisinternal
order by 1
"""


@pytest.mark.parametrize("story", STORIES, indirect=True)
def test_no_constraint_index_or_trigger_is_lost_or_changed(story: Told, server: Throwaway, shop_template: str):
    assert story.ask(STRUCTURE) == asyncio.run(fetch(server.dsn(shop_template), STRUCTURE))


@pytest.mark.parametrize("name", STORIES)
def test_a_scenario_tells_editors_its_schema_and_is_named_as_its_file(name: str):
    text = (SPECS / f"{name}.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=scenario.schema.json\n")
    assert load(text, file=name).scenario.scenario == name


def test_every_spec_is_among_the_stories():
    assert {file.stem for file in SPECS.glob("*.yaml")} == set(STORIES)


def test_every_sentence_has_its_lie():
    assert LIES.keys() == CHECKS.keys()


@pytest.mark.parametrize("story", [ON_15], indirect=True)
@pytest.mark.parametrize("sentence", CHECKS)
def test_a_sentence_finds_the_lie_that_is_told_about_it(story: Told, sentence: str):
    assert asyncio.run(found_after_lie(story, sentence))


LET_LIE = """
set local session_replication_role = replica;
do $$
declare one record;
begin
    for one in
        select conrelid::regclass as rel, conname from pg_constraint
        where connamespace = 'shop'::regnamespace and contype in ('c', 'u')
    loop
        execute format('alter table %s drop constraint %I', one.rel, one.conname);
    end loop;
end $$
"""


async def fetch(dsn: str, query: str) -> list[asyncpg.Record]:
    """Rows of a query from another database."""
    connection = await asyncpg.connect(dsn)
    try:
        return list(await connection.fetch(query))
    finally:
        await connection.close()


async def found_after_lie(story: Told, sentence: str) -> list[asyncpg.Record]:
    """What a sentence finds after its lie, without the constraints that would forbid it; all of it is taken back."""
    connection = await story.connect()
    try:
        await connection.execute("begin")
        await connection.execute(LET_LIE)
        assert await connection.execute(LIES[sentence]) != "UPDATE 0"
        return list(await connection.fetch(f"{CHECKS[sentence]} limit 5"))
    finally:
        await connection.execute("rollback")
        await connection.close()
