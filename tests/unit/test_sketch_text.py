"""Drafts as YAML: whatever a database calls its things is read back as it is, and adds nothing to the spec."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.catalog.model import Column, ForeignKey, Table, Trigger, Unique
from engine.pgtype import parse_type
from engine.sketch.text import clean, flow, line, scalar
from engine.spec.params import render_params
from engine.spec.source import read_source
from tests.drafts import Draft, drafted, rules, to
from tests.worlds import table

ODD = (
    *("yes", "no", "on", "null", "Null", "~", "", "true", "nan", "y", "=", "<<", "---", "...", "-", "?", ":", "[", "{"),
    *("1e5", "0x1f", "0o7", ".5", "-1", "1_000", "12:30", "2025-01-01", ".inf", ".nan", "-.5", "+1", "1.", "0b1"),
    *(
        "#",
        "a #b",
        "a: b",
        "a:",
        "- a",
        "&a",
        "*a",
        "!a",
        "|",
        ">",
        "@a",
        "`a",
        "%a",
        "'",
        '"',
        "\\",
        "a\\",
        " a",
        "a ",
    ),
    *("{{ x }}", "{% if %}", "a{{b", "}}{{", "{{{{", "{{ ' }}", '{{ "', "{# {{ #}", "{{\n", "{{\r\n\\u0041"),
    *(
        "\n",
        "a\n\nb",
        "\r",
        "\t",
        "\x01",
        "\x7f",
        "\x80",
        "\x85",
        "a\u2028b",
        "a\u2029 b",
        "\ufeff",
        "\ufffe",
        "\u200f",
    ),
    *("😀", "{{😀", "é", "ключ", "a\xa0b", "\ue000", "\U000e0001"),
)
TEXTS = st.one_of(
    st.sampled_from(ODD),
    st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=12),
    st.lists(st.sampled_from(ODD), min_size=2, max_size=3).map("".join),
)
VALUES = st.one_of(TEXTS, st.integers(-(10**30), 10**30), st.booleans(), st.none(), st.floats(-1e9, 1e9))


def read(text: str) -> object:
    """What our own loader makes of a text, templates rendered."""
    source, found = read_source(text, file="draft.yaml")
    assert not found
    rendered = render_params(source.data, {})
    assert not rendered.diagnostics
    return rendered.data


@given(VALUES)
def test_a_value_is_read_back_as_it_is_and_of_its_type(value: object):
    found = read(f"key: {flow(value)}\n")
    assert found == {"key": value}
    assert isinstance(found, dict)
    assert type(found["key"]) is type(value)


@given(TEXTS)
def test_a_key_is_read_back_as_it_is(key: str):
    source, found = read_source(f"{scalar(key)}:\n  inner: 1\n", file="draft.yaml")
    assert not found
    assert source.data == {key: {"inner": 1}}


@given(TEXTS, TEXTS)
def test_a_choice_by_shares_keeps_values_that_could_be_no_key(one: str, two: str):
    found = read(f"key: {flow({'choice': {one: 60, two: 40}})}\n")
    assert isinstance(found, dict)
    choice = found["key"]["choice"]
    shares = choice if isinstance(choice, dict) else {o["value"]: o["weight"] for o in choice}
    assert shares == {one: 60, two: 40}


@given(TEXTS, VALUES, TEXTS, st.sampled_from(["", "x" * 200]))
def test_a_comment_is_no_part_of_what_it_stands_beside(key: str, value: object, comment: str, longer: str):
    key = key.replace("{{", "").replace("{%", "")
    text = "\n".join(line(2, key, [value], comment + longer))
    found = read(f"first: 1\nthere:\n{text}\nlast: 2\n")
    assert found == {"first": 1, "there": {key: [value]}, "last": 2}


@given(TEXTS)
def test_a_comment_is_one_line_that_can_be_read(comment: str):
    found = clean(comment)
    assert found.isprintable()
    assert len(f"# {found}".splitlines()) == 1


@pytest.mark.parametrize(
    ("number", "text"), [("1E+5", "100000"), ("0.0000001", "0.0000001"), ("1.10", "1.10"), ("-0.5", "-0.5")]
)
def test_an_exact_number_is_written_digit_by_digit(number: str, text: str):
    assert scalar(Decimal(number)) == text
    assert read(f"key: {scalar(Decimal(number))}\n") == {"key": float(number)}


def test_a_template_is_left_to_be_one():
    said = {"template": "{{ first_name | lower }}@example.com", "unique": True}
    source, _ = read_source(f"key: {flow(said)}\n", file="draft.yaml")
    assert source.data == {"key": said}


HOSTILE = (
    "x\nentities: {}\nseed: 666",
    "x: y\n    count: 1000000 #",
    "# x\r\nscenario: owned",
    "x\u2028entities: {}",
    "x\x85seed: 666",
    '"}, evil: {sql: "drop table x',
    "{{ seed }} {% raw %}",
    "*a &a !!python/object:os.system",
)


def hostile(text: str) -> Draft:
    """A database whose owner calls everything by this text, as far as PostgreSQL lets one."""
    people = rules(
        table("public.people", "id int8", "kind text"),
        f"(kind = ANY (ARRAY['{text.replace(chr(39), chr(39) * 2)}'::text, 'plain'::text]))",
        comment=text,
        columns=(
            Column("id", parse_type("int8"), nullable=False, comment=text),
            Column(text[:63], parse_type("int4"), comment=text),
            Column("kind", parse_type("text"), nullable=False),
            Column("mood", replace(parse_type("text"), labels=(text, "sad")), nullable=False),
        ),
    )
    things = Table("public", text[:63], (Column("id", parse_type("int8"), nullable=False),), ("id",), comment=text)
    own = Table(
        text[:63], "own", (Column("id", parse_type("int8"), nullable=False), Column("person", parse_type("int8"))),
        ("id",), (ForeignKey(text[:63], ("person",), ("public", "people"), ("id",)),),
    )  # fmt: skip
    return drafted(people, things, own)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_database_adds_nothing_to_a_draft(text: str):
    draft = hostile(text)
    assert list(draft.spec) == ["scenario", "seed", "timezone", "window", "entities"]
    assert (draft.spec["scenario"], draft.spec["seed"]) == ("draft", 1)
    for name, entity in draft.entities.items():
        assert set(entity) <= {"table", "count", "columns"}, name
        assert entity["count"] < 200
        assert set(entity["columns"]) <= {"id", "kind", "mood", "person", text[:63]}
    assert draft.broken == []


@pytest.mark.parametrize("text", HOSTILE)
def test_the_values_of_a_hostile_database_are_written_as_they_are(text: str):
    rows = hostile(text).rows["people"]
    assert {row["kind"] for row in rows} == {text, "plain"}
    assert {row["mood"] for row in rows} == {text, "sad"}


def test_what_no_spec_can_name_is_left_out_with_a_reason_on_one_line():
    draft = hostile("x\nentities: {}\nseed: 666")
    assert (
        "# Left out: public.x?entities: {}?seed: 666, its name cannot be written in a spec." in draft.text.splitlines()
    )
    assert (
        "      # x?entities: {}?seed: 666: stays null: its name cannot be written in a spec" in draft.text.splitlines()
    )


ANY_NAME = ('q"q', "{{ x }}", "select", "low #", "high: ", " ", "ключ", "1", "null", "a.b")


def test_columns_of_any_name_are_written_referred_to_and_compared():
    parents = replace(
        table("t", "id int8"),
        columns=tuple(Column(name, parse_type("int8"), nullable=False) for name in ANY_NAME),
        primary_key=('q"q', "{{ x }}"),
        uniques=(Unique("single", ("a.b",)),),
    )
    pointing = (*(f"to {name}" for name in ANY_NAME[:2]), "to.it")
    children = replace(
        table("children", "id int8"),
        columns=tuple(Column(name, parse_type("int8"), nullable=False) for name in ("id", *pointing)),
        foreign_keys=(to("t", *pointing[:2], key=parents.primary_key), to("t", "to.it", key=("a.b",))),
    )
    draft = drafted(rules(parents, '("low #" < "high: ")'), children)
    assert list(draft.columns("t")) == list(ANY_NAME)
    assert list(draft.entities["children"]["references"]["t"]["as"]) == ['to q"q', "to {{ x }}"]
    assert draft.broken == []
    assert all(row["low #"] < row["high: "] for row in draft.rows["t"])


def test_a_name_with_a_dot_is_never_written_where_it_would_be_a_way_through_references():
    names = ("id", "x.start", "x.end", "created.at", "a", "b.c", "m", "n.o")
    kinds = ("int8", "date", "date", "timestamptz", *["date"] * 4)
    columns = tuple(Column(name, parse_type(kind), nullable=False) for name, kind in zip(names, kinds, strict=True))
    times = rules(replace(table("times", "id int8"), columns=columns), '("b.c" > a)', '("n.o" < m)')
    a = rules(table("a", "k int8", "z int8"), uniques=(), primary_key=("x.y", "z"))
    a = replace(a, columns=(Column("x.y", parse_type("int8"), nullable=False), *a.columns))
    b = rules(table("b", "id int8", "p int8", "q int8 null"), foreign_keys=(to("a", "p", "q", key=("x.y", "z")),))
    draft = drafted(times, a, b)
    assert draft.broken == []
    assert draft.columns("b")["q"] is None
    assert all(row["b.c"] > row["a"] and row["n.o"] < row["m"] for row in draft.rows["times"])


def test_triggers_that_are_suspended_are_named_with_what_that_means():
    def on(name: str, *events: str, enabled: bool = True, constraint: bool = False) -> Trigger:
        return Trigger(name, "after", events, per_row=True, enabled=enabled, function="public.f", constraint=constraint)

    orders = table("orders", "id int", key="id")
    some = (on("balance", "insert", constraint=True), on("audit", "insert", "update"))
    text = drafted(replace(orders, triggers=(*some, on("old", "insert", enabled=False), on("late", "update")))).text
    assert "# balance, audit: not fired for these rows, whatever they write, change, check or refuse; or keep" in text
    many = tuple(on(f"t{number}", "insert") for number in range(9))
    assert "# t0, t1, t2 and 6 more: not fired" in drafted(replace(orders, triggers=many)).text


def test_columns_of_any_name_are_computed_from_others():
    for names in (("Total", "Tax", "Net"), ("total x", "{{ tax }}", "end"), ("a.total", "b.tax", 'n"t')):
        columns = tuple(Column(name, parse_type("numeric(10,2)"), nullable=False) for name in ("id", *names))
        sums = replace(table("sums", "id int", key="id"), columns=columns)
        total, tax, net = ('"' + name.replace('"', '""') + '"' for name in names)
        draft = drafted(rules(sums, f"({total} = ({tax} + {net}))"))
        assert all(row[names[0]] == row[names[1]] + row[names[2]] for row in draft.rows["sums"])
        share = drafted(rules(sums, f"((({total} + {tax}) + {net}) = (100)::numeric)"))
        assert {sum(row[name] for name in names) for row in share.rows["sums"]} == {100}
