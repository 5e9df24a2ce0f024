"""What columns are taken for by their names, and by their types alone."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from engine.catalog.model import Column, Table
from engine.sketch.guess import guess
from engine.sketch.guesses import guesses
from engine.sketch.made import Made
from engine.sketch.plain import plain
from engine.sketch.words import joined, tokens
from tests.unit.test_sketch_guess_values import rows_by
from tests.worlds import table

WINDOW = ("2025-01-01", "2026-01-01")


def said(of: str, column: str, locale: str = "en_US") -> Any:
    """What a table's column is made by, the column given as ``name type``."""
    world = table(of, "id int8", column)
    made = guess(world, world.columns[-1], locale)
    return None if made is None else made.said


def why(of: str, column: str) -> str:
    world = table(of, "id int8", column)
    made = guess(world, world.columns[-1])
    return "" if made is None else made.why


def test_names_are_read_however_they_are_spelled() -> None:
    for name in ("first_name", "firstName", "FirstName", "FIRST_NAME", "firstname", "customer_first_name", "Vorname"):
        assert said("people", f"{name} text") == {"faker": "first_name"}, name
    assert tokens("shipToAddress2") == ("ship", "to", "address", "2")
    assert joined(tokens("ZIPCodes")) == joined(tokens("zip_code"))
    assert joined(("straße",)) != joined(tokens("Straße")) == "strass"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nachname", "a last name"),
        ("prenom", "a first name"),
        ("apellido", "a last name"),
        ("code_postal", "a postal code"),
        ("plz", "a postal code"),
        ("ciudad", "a city"),
        ("geburtsdatum date", "a day of birth"),
        ("precio numeric(10,2)", "a price"),
        ("menge int4", "a number of pieces"),
        ("c_acctbal numeric(12,2)", "a balance"),
        ("o_totalprice numeric(12,2)", "an amount of money"),
        ("is_active bool", "mostly true"),
        ("date_naissance date", "a day of birth"),
        ("telephone_portable", "a telephone number"),
    ],
)
def test_several_languages_are_known(name: str, expected: str) -> None:
    column = name if " " in name else f"{name} text"
    assert why("things", column).startswith(f"{expected}, ")


def test_a_name_is_what_its_table_is() -> None:
    assert said("customers", "name text") == {"faker": "name"}
    assert said("companies", "name text") == {"faker": "company"}
    assert said("countries", "name text") == {"faker": "country"}
    assert said("cities", "name varchar(80)") == {"faker": "city"}
    assert said("albums", "title text") == {"faker": "catch_phrase"}
    assert "choice" in said("products", "name text")
    assert said("product_variants", "name text") == said("products", "display_name text")


def test_what_a_name_says_itself_outweighs_its_table() -> None:
    assert said("products", "author_name text") == {"faker": "name"}
    assert said("customers", "file_name text") == {"faker": "file_name"}
    assert said("customers", "company_name text") == {"faker": "company"}
    assert said("orders", "supplier_name text") == {"faker": "company"}


def test_states_of_orders_are_not_states_of_payments() -> None:
    orders, payments = said("orders", "status text"), said("payments", "status text")
    assert "shipped" in orders["choice"]
    assert "refunded" in payments["choice"]
    assert said("customers", "state text") == {"faker": "state"}


def test_the_locale_is_the_drafts() -> None:
    assert said("people", "city text", "de_DE") == {"faker": "city", "locale": "de_DE"}
    assert said("people", "state text", "fr_FR") == {"faker": "region", "locale": "fr_FR"}
    assert said("albums", "title text", "de_DE") == {"faker": "catch_phrase"}  # which Faker has in English


def test_an_address_is_made_of_the_names_beside_it() -> None:
    world = table("users", "id int8", "vorname text", "Nachname text", "surname text null", "email varchar(80)")
    made = guess(world, world.columns[-1])
    assert made is not None
    template = "{{ vorname | slug | first(20) }}.{{ surname | default('x') | slug | first(20) }}@example.com"
    assert made.said == {"template": template}
    assert said("users", "email varchar(80)") == {"faker": "ascii_safe_email"}


def test_an_address_that_is_unique_has_the_rows_number_in_it() -> None:
    world = table("users", "id int8", "user_name text", "email text", key="email")
    made = guess(world, world.columns[-1])
    assert made is not None
    assert made.said == {"template": "{{ user_name | slug | first(30) }}.{{ row }}@example.com"}


def test_names_that_latin_letters_cannot_spell_make_no_address() -> None:
    world = table("users", "id int8", "first_name text", "last_name text", "email text")
    made = guess(world, world.columns[-1], "ja_JP")
    assert made is not None
    assert "faker" in dict(made.said)


def test_a_column_that_is_too_short_gets_something_shorter() -> None:
    assert said("people", "gender varchar(10)") == {"choice": {"female": 49, "male": 48, "other": 3}}
    assert said("people", "gender bpchar(1)") == {"choice": {"F": 49, "M": 48, "X": 3}}
    assert "US" in said("people", "country bpchar(2)")["choice"]
    assert said("people", "city varchar(3)") == {"pattern": "[A-Z]{2,3}"}
    assert said("people", "city varchar(2)") is None


def test_a_law_is_cut_to_what_the_type_holds() -> None:
    assert said("products", "price numeric(10,2)") == {
        "lognormal": {"median": 24, "sigma": 0.7},
        "min": 0.99,
        "max": 900,
    }
    assert said("products", "price numeric(4,2)") == {
        "lognormal": {"median": 24, "sigma": 0.7},
        "min": 0.99,
        "max": 99.99,
    }
    assert said("products", "price numeric(3,2)") is None, "24 is no price that it could hold"
    assert said("products", "price int4") == {"lognormal": {"median": 24, "sigma": 0.7}, "min": 1, "max": 900}
    assert why("files", "file_size int4").startswith("a size in bytes")
    assert not why("files", "file_size int2").startswith("a size in bytes")
    assert said("files", "views int2")["max"] == 20_000


def test_nothing_is_said_of_arrays_enums_and_names_without_meaning() -> None:
    assert said("things", "foo text") is None
    assert guess(Table("s", "t", ()), Column("price", table("t", "x numeric(5,2)[]").columns[0].type)) is None


def test_every_guess_is_found_by_each_of_its_names() -> None:
    assert all(guesses().by_name)
    assert all(g.made and g.names for found in guesses().by_name.values() for g in found)


def test_types_without_a_name_are_made_by_their_kind() -> None:
    world = table("t", "a int2", "b numeric(4,1)", "c bool", "d varchar(3)", "e text", "f date", "g uuid", "h bytea")
    made = [plain(column, WINDOW) for column in world.columns]
    assert [m and m.said for m in made] == [
        {"uniform": {"min": 1, "max": 10_000}},
        {"uniform": {"min": 0, "max": 999.9}},
        {"bernoulli": "50%"},
        {"pattern": "[A-Z]{3}"},
        {"faker": "sentence"},
        {"uniform": {"min": "2025-01-01", "max": "2025-12-31"}},
        {"uuid4": True},
        {"arbitrary": {}},
    ]
    assert [m and m.pool for m in made][:4] == [10_000, 10_000, 2, 26**3]


def test_words_that_are_put_together_are_taken_apart() -> None:
    assert said("order_shippingaddress", "state text") == {"faker": "state"}
    assert said("customer", "c_mktsegment bpchar(10)") == said("customer", "segment bpchar(10)")
    assert why("accounts", "discount numeric(8,2)").startswith("a discount, ")


def test_numbers_of_things_are_known_by_how_they_begin() -> None:
    assert why("users", "num_order_lines int4") == "a number of things, by its name"
    assert why("users", "num_pages int4").startswith("a number of pages, ")
    assert why("users", "line_number int4").startswith("a place in an order, ")


def test_names_that_ask_a_question_are_answered_with_yes_or_no() -> None:
    assert said("users", "is_odd int2") == {"bernoulli": "30%"}
    assert said("users", "has_dog bpchar(1)") == {"choice": {"N": 70, "Y": 30}}
    assert said("users", "is_odd text") is None


@pytest.mark.parametrize("name", ["messages_json", "settings_json", "metadata", "payload", "rawJson", "fileids"])
@pytest.mark.parametrize("type_", ["text", "varchar(255)", "varchar(40)", "varchar(12)", "varchar(2)"])
def test_texts_that_are_called_json_are_json(name: str, type_: str) -> None:
    world = table("things", "id int8", f"{name} {type_}")
    made = guess(world, world.columns[-1])
    assert made is not None
    values = rows_by({"id": Made({"sequence": 1}), name: made}, world)[name].to_pylist()
    assert {type(json.loads(value)) for value in values} <= {dict, list}


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("changed_files int4", "a number of things"),
        ("pull_requests int4", "a number of things"),
        ("emailreports int4", "a number of things"),
        ("displayname text", "a name"),
        ("thumbnailpath varchar(512)", "a path"),
        ("linkurl text", "a link"),
        ("expires_in int4", "a length in seconds"),
        ("exit_code int4", "a result by its number"),
        ("deleted int2", "mostly false"),
        ("deleted int4", "mostly false"),
        ("encrypted_value_iv varchar", "a vector of a cipher"),
        ("base_rev text", "a file's digest"),
        ("commit_oid varchar(40)", "a file's digest"),
        ("memory_mb int4", "a size in megabytes"),
        ("cron_expression text", "a schedule"),
        ("availability_zone varchar(255)", "a zone of a data centre"),
        ("purged bool", "whether it has happened"),
        ("free_access int4", ""),
        ("basis int4", ""),
        ("failed int4", ""),
    ],
)
def test_columns_of_machines_are_known(column: str, expected: str) -> None:
    assert why("things", column).partition(", ")[0] == expected


UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("id varchar(36)", UUID),
        ("instance_uuid varchar(36)", UUID),
        ("uuid text", UUID),
        ("guid varchar(255)", UUID),
        ("correlation_id text", UUID),
        ("guid varchar(32)", r"[0-9a-f]{32}"),
        ("project_id bpchar(32)", r"[0-9a-f]{32}"),
        ("id varchar(64)", r"[0-9a-f]{64}"),
        ("id bpchar(40)", r"[0-9a-f]{40}"),
        ("trace_id text", r"[0-9a-f]{32}"),
        ("span_id varchar(16)", r"[0-9a-f]{16}"),
        ("uuid varchar(10)", r"[0-9a-f]{10}"),
        ("id bpchar(26)", r"01[0-9A-HJKMNP-TV-Z]{24}"),
        ("ulid text", r"01[0-9A-HJKMNP-TV-Z]{24}"),
        ("cuid text", r"c[a-z0-9]{24}"),
        ("id varchar(21)", r"[A-Za-z0-9_-]{21}"),
        ("nanoid text", r"[A-Za-z0-9_-]{21}"),
    ],
)
def test_keys_that_are_texts_look_as_their_name_and_length_say(column: str, expected: str) -> None:
    world = table("things", "n int8", column)
    made = guess(world, world.columns[-1])
    assert made is not None
    rows = rows_by({"n": Made({"sequence": 1}), world.columns[-1].name: made}, world)
    values = rows[world.columns[-1].name].to_pylist()
    assert all(re.fullmatch(expected, value) for value in values), values[0]
    assert len(set(values)) == len(values)


@pytest.mark.parametrize("column", ["tax_id varchar(32)", "name varchar(36)", "id varchar(50)", "id int8"])
def test_a_length_alone_makes_no_key(column: str) -> None:
    assert "hexadecimal" not in why("things", column)
    assert "UUID" not in why("things", column)


@pytest.mark.parametrize("of", ["host", "agents", "workers", "clients"])
def test_agents_with_an_address_of_a_network_are_no_people(of: str) -> None:
    machine = table(of, "id int8", "name text", "address text", "address6 text", "port int4", "version text")
    found = {c.name: guess(machine, c) for c in machine.columns}
    assert found["name"] is not None
    assert found["name"].why.startswith("a machine's name")
    assert {str(found[name] and found[name].said) for name in ("address", "address6")} == {
        "{'faker': 'ipv4_private'}",
        "{'faker': 'ipv6'}",
    }


@pytest.mark.parametrize("of", ["agents", "hosts"])
def test_agents_and_hosts_with_a_telephone_are_people(of: str) -> None:
    people = table(of, "id int8", "name text", "address text", "phone text")
    found = [guess(people, column) for column in people.columns[1:3]]
    assert [made and made.said for made in found] == [{"faker": "name"}, {"faker": "street_address"}]


def test_short_texts_that_nobody_knows_are_words_and_long_ones_sentences() -> None:
    for type_, expected in (("varchar(80)", "word"), ("varchar(255)", "word"), ("text", "sentence")):
        world = table("things", "id int8", f"frobnication {type_}")
        made = plain(world.columns[-1], WINDOW)
        assert made is not None
        assert made.said == {"faker": expected}


def test_a_total_of_memory_is_no_money() -> None:
    assert why("nodes", "memory_total int8").startswith("a size of a memory")
