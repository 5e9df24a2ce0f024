"""`engine init` on real servers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.integration.small_shop import SHOP, TABLES, drafted, fill, init, tables
from tests.runs import engine
from tests.schemas.audit import differences, rows, snapshot, violations
from tests.servers import ask, run_sql


@pytest.fixture
def shop(each_database: str) -> str:
    run_sql(each_database, SHOP)
    return each_database


@pytest.fixture
def new_shop(database: str) -> str:
    """The same on the newest server alone, where the version makes no difference."""
    run_sql(database, SHOP)
    return database


def test_a_draft_is_written_validates_and_fills_the_database(shop: str, tmp_path: Path):
    spec = tmp_path / "my-shop.yaml"
    done = engine("init", "--rows", "50", "-o", str(spec), dsn=shop)
    assert (done.returncode, done.stdout) == (0, "")
    assert "drafted 5 tables to fill" in done.stderr
    assert f"engine run {spec}" in done.stderr
    assert yaml.safe_load(spec.read_text())["scenario"] == "my_shop"
    assert engine("validate", str(spec), "--dsn", shop, dsn=shop).returncode == 0
    before = snapshot(shop)
    done = engine("run", str(spec), dsn=shop)
    assert done.returncode == 0, done.stderr
    assert all(rows(shop)[name] for name in TABLES)
    assert violations(shop) == []
    assert differences(before, snapshot(shop)) == []


def test_a_file_that_is_there_is_only_written_over_by_force(new_shop: str, tmp_path: Path):
    spec = tmp_path / "mine.yaml"
    spec.write_text("mine")
    done = engine("init", "-o", str(spec), dsn=new_shop)
    assert done.returncode == 4
    assert "--force writes over it" in done.stderr
    assert spec.read_text() == "mine"
    assert engine("init", "-o", str(spec), "--force", dsn=new_shop).returncode == 0
    assert "scenario: mine" in spec.read_text()


def test_where_it_goes_has_to_be_said_and_a_folder_has_to_be_there(new_shop: str, tmp_path: Path):
    done = engine("init", dsn=new_shop)
    assert done.returncode == 2
    assert "-o -" in done.stderr
    done = engine("init", "-o", str(tmp_path / "no" / "where.yaml"), dsn=new_shop)
    assert done.returncode == 2
    assert "cannot write" in done.stderr


def test_a_draft_to_standard_output_is_nothing_else(new_shop: str):
    done = init(new_shop)
    assert tables(drafted(done)) == set(TABLES)
    assert "next:" not in done.stderr


def test_a_draft_is_the_same_every_time_but_for_its_seed(new_shop: str):
    one, two, other = (init(new_shop, "--now", "2026-01-01", "--seed", seed) for seed in ("7", "7", "8"))
    assert one.stdout == two.stdout
    assert one.stdout.replace("seed: 7", "seed: 8") == other.stdout
    assert "end: 2026-01-01" in one.stdout


def test_a_schema_alone_leaves_null_what_points_elsewhere(new_shop: str):
    assert tables(drafted(init(new_shop, "--schema", "shop"))) == set(TABLES[:3])
    other = drafted(init(new_shop, "--schema", "other"))
    assert tables(other) == set(TABLES[3:])
    assert other["entities"]["notes"]["columns"]["order_id"] is None
    done = init(new_shop, "--schema", "nobody")
    assert done.returncode != 0
    assert "there is no table in nobody" in done.stderr


def test_what_is_included_brings_what_it_needs(new_shop: str):
    assert tables(drafted(init(new_shop, "--include", "shop.orders"))) == set(TABLES[:3])
    assert tables(drafted(init(new_shop, "--include", "other.*"))) == {*TABLES}
    assert tables(drafted(init(new_shop, "--include", "audit"))) == {TABLES[4]}


def test_what_is_excluded_is_left_out_and_what_needs_it_too(new_shop: str):
    assert tables(drafted(init(new_shop, "--exclude", "aud*"))) == set(TABLES[:4])
    done = init(new_shop, "--exclude", "people")
    spec = drafted(done)
    assert tables(spec) == {"shop.countries", "other.notes", "other.audit"}
    assert spec["entities"]["notes"]["columns"]["order_id"] is None
    assert "shop.orders is left out: foreign key orders_person_id_fkey" in done.stderr
    done = init(new_shop, "--exclude", "*")
    assert done.returncode != 0
    assert "none of the 5 tables is left" in done.stderr


def test_rows_are_those_of_an_average_table(new_shop: str):
    counts = [entity["count"] for entity in drafted(init(new_shop, "--rows", "500"))["entities"].values()]
    assert sum(counts) / len(counts) == pytest.approx(500, rel=0.02)


@pytest.mark.parametrize("locale", ["de_DE", "en_US"])
def test_names_and_places_are_those_of_the_locale(locale: str, new_shop: str, tmp_path: Path):
    spec = tmp_path / "spec.yaml"
    assert engine("init", "--locale", locale, "--rows", "300", "-o", str(spec), dsn=new_shop).returncode == 0
    assert engine("run", str(spec), dsn=new_shop).returncode == 0
    german = ask(new_shop, "select count(*) from shop.people where first_name || city ~ '[äöüß]'")
    assert bool(german) is (locale == "de_DE")


def test_a_locale_that_nobody_knows_is_refused(new_shop: str):
    done = init(new_shop, "--locale", "de_DD")
    assert done.returncode == 2
    assert "'de_DD' is not a locale of Faker's" in done.stderr
    assert "did you mean de_DE?" in done.stderr


def test_tables_that_hold_rows_are_pointed_to_and_the_rest_is_filled(shop: str):
    run_sql(shop, "insert into shop.countries (name) values ('Land')")
    spec = drafted(init(shop))
    assert spec["entities"]["countries"] == {"table": "shop.countries", "existing": {}}
    assert "1 more with rows that others point to" in init(shop).stderr
    before = ask(shop, "select xmin::text || ctid::text || name from shop.countries")
    done = engine("run", "--dsn", shop, "--rows", "20", "--json", dsn=shop)
    assert done.returncode == 0, done.stderr
    assert ask(shop, "select xmin::text || ctid::text || name from shop.countries") == before
    assert rows(shop)["shop.countries"] == 1
    assert all(rows(shop)[name] for name in TABLES)
    assert violations(shop) == []


def test_with_all_tables_that_hold_rows_are_drafted_for_an_empty_copy(new_shop: str):
    run_sql(new_shop, "insert into shop.countries (name) values ('Land')")
    assert "existing" in init(new_shop).stdout
    spec = drafted(init(new_shop, "--all"))
    assert tables(spec) == set(TABLES)
    assert all("existing" not in entity for entity in spec["entities"].values())


def test_where_every_table_holds_rows_the_draft_is_for_a_copy_and_a_run_refuses(new_shop: str):
    fill(new_shop)
    run_sql(new_shop, "insert into other.notes values (1)", "insert into other.audit values (1)")
    assert tables(drafted(init(new_shop))) == set(TABLES)
    done = engine("run", "--dsn", new_shop, dsn=new_shop)
    assert done.returncode == 4
    assert "every table holds rows already" in done.stderr


@pytest.mark.parametrize("rows_asked", [(), ("--rows", "100")])
def test_a_profile_is_like_the_rows_and_holds_no_value_of_a_person(shop: str, rows_asked: tuple[str, ...]):
    fill(shop)
    done = init(shop, "--profile", "--schema", "shop", *rows_asked)
    spec = drafted(done)
    assert "marker" not in done.stdout
    assert "geheim" not in done.stdout
    assert "Xantippe" not in done.stdout
    entities = spec["entities"]
    if rows_asked:
        assert entities["orders"]["count"] / entities["people"]["count"] == pytest.approx(5, rel=0.1)
    else:
        assert (entities["orders"]["count"], entities["people"]["count"]) == (2000, 400)
    assert entities["orders"]["columns"]["channel"] == {"constant": "web"}
    assert all("existing" not in entity for entity in entities.values())


def test_the_draft_of_a_profile_fills_an_empty_copy(shop: str, tmp_path: Path):
    fill(shop)
    spec = tmp_path / "like.yaml"
    assert engine("init", "--profile", "--schema", "shop", "-o", str(spec), dsn=shop).returncode == 0
    run_sql(shop, "truncate shop.countries, shop.people, shop.orders cascade")
    done = engine("run", str(spec), dsn=shop)
    assert done.returncode == 0, done.stderr
    assert rows(shop)["shop.orders"] == 2000
    assert violations(shop) == []


def test_an_empty_database_has_nothing_to_fill(each_database: str):
    for done in (init(each_database), engine("run", "--dsn", each_database, dsn=each_database)):
        assert done.returncode == 4
        assert "there is no table that we may see" in done.stderr


def test_views_alone_are_nothing_to_fill(database: str):
    run_sql(database, "create view seen as select 1 as id", "create materialized view kept as select 1 as id")
    done = init(database)
    assert done.returncode == 4
    assert "public.seen: a view" in done.stderr
    assert "public.kept: a materialized view" in done.stderr


@pytest.fixture
def stranger(new_shop: str) -> Iterator[str]:
    """The DSN of somebody who has no right on any table."""
    run_sql(new_shop, "create role stranger login password 'x'")
    try:
        yield login(new_shop, "stranger")
    finally:
        run_sql(new_shop, "drop owned by stranger cascade", "drop role stranger")


def login(dsn: str, role: str) -> str:
    """The DSN for another role, whose password is x."""
    return f"postgresql://{role}:x@{dsn.partition('@')[2]}"


def test_who_may_only_look_drafts_for_a_copy_and_what_is_not_known_is_told(stranger: str, new_shop: str):
    fill(new_shop)
    run_sql(new_shop, "grant usage on schema shop to stranger", "grant select on shop.countries to stranger")
    done = init(stranger)
    entities = drafted(done)["entities"]
    assert entities["countries"] == {"table": "shop.countries", "existing": {}}
    assert entities["people"]["columns"]["country_id"]["reference"] == "countries"
    told = next(line for line in done.stderr.splitlines() if "without the right to SELECT" in line)
    assert "shop.people" in told
    assert "shop.countries" not in told
    assert "Traceback" not in done.stderr


def test_a_run_without_rights_ends_without_a_row_and_says_why(stranger: str, new_shop: str):
    done = engine("run", "--dsn", stranger, "--rows", "5", dsn=stranger)
    assert done.returncode not in (0, 2)
    assert "permission denied" in done.stderr or "right" in done.stderr
    assert "Traceback" not in done.stderr
    assert set(rows(new_shop).values()) == {0}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--set", "x=1"), "--rows N"),
        (("run", "--append"), "take a SPEC"),
        (("run", "--fresh", "--yes"), "take a SPEC"),
        (("run", "--remote", "http://127.0.0.1:1"), "--remote takes a SPEC"),
        (("run", "specs/quickstart.yaml", "--rows", "5"), "for a run without SPEC"),
        (("run", "specs/quickstart.yaml", "--schema", "shop"), "for a run without SPEC"),
        (("run", "--rows", "0"), "--rows"),
        (("init", "-o", "-", "--rows", "0"), "--rows"),
        (("init", "-o", "-", "--now", "yesterday"), "--now"),
        (("init", "-o", "-", "--seed", "-1"), "--seed"),
        (("init", "-o", "-", "--from-dump", "nothing.sql"), "nothing.sql"),
    ],
)
def test_what_does_not_go_together_ends_with_2_and_a_hint(words: tuple[str, ...], said: str, new_shop: str):
    done = engine(*words, dsn=new_shop)
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert set(rows(new_shop).values()) == {0}
