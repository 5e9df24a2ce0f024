"""Odd specs either work or say what is wrong; none ends in a traceback, hangs, or grows with its rows."""

from __future__ import annotations

import pickle

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from engine.catalog.model import Catalog, Column, Table
from engine.errors import Code, GenerateError, SpecError
from engine.plan.model import Plan
from engine.types import PgType
from tests.odd_world import ODD
from tests.worlds import catalog, plan_of, rows_of, table

HEAD = "scenario: odd\nseed: 3\nwindow: {start: 2025-11-01, end: 2025-12-01}\n"
BORN = "moment: {column: born, spread: {start: 2025-01-01, end: 2025-06-01}}"


def people(*columns: str, count: str = "20", more: str = "", before: str = "", moment: str = BORN) -> str:
    """A spec of one entity, `people`, with these columns beside its key; `more` are entities after it."""
    lines = "".join(f"      {column}\n" for column in ("id: {sequence: 1}", *columns))
    entity = f"  people:\n    table: people\n    count: {count}\n    {moment}\n    columns:\n{lines}"
    return f"{HEAD}{before}entities:\n{entity}{more}"


def with_pets(count: str, *columns: str, of: tuple[str, ...] = (), parents: str = "20") -> str:
    """`people` and their `pets`, so many each."""
    lines = "".join(f"      {column}\n" for column in ('id: {expr: "person_id.id * 1000 + ordinal"}', *columns))
    pets = (
        f"  pets:\n    table: pets\n    per: {{parent: people, as: person_id, count: {count}}}\n    columns:\n{lines}"
    )
    return people(*of, count=parents, more=pets)


def made(text: str, entity: str = "people", known: Catalog = ODD) -> pa.Table:
    return rows_of(plan_of(text, known))[entity]


def codes(text: str, known: Catalog = ODD) -> list[Code]:
    with pytest.raises(SpecError) as refused:
        plan_of(text, known)
    return [d.code for d in refused.value.diagnostics]


# rows that are odd but right


def test_a_parent_without_rows_has_no_children_and_sums_nothing():
    tables = rows_of(plan_of(with_pets("2", of=("score: {count: pets}",), parents="0"), ODD))
    assert tables["people"].num_rows == tables["pets"].num_rows == 0


def test_rows_that_refer_to_rows_of_their_own_entity_find_one():
    rows = made(people("boss_id: {reference: people}"))
    assert set(rows["boss_id"].to_pylist()) <= set(range(1, 21))


def test_rows_of_their_own_entity_exist_before_they_are_referred_to():
    rows = made(people("boss_id: {reference: people, existing_at: born}"))
    assert all(boss <= own for boss, own in zip(rows["boss_id"].to_pylist(), rows["id"].to_pylist(), strict=True))


def test_what_is_read_through_a_reference_without_a_row_is_null():
    rows = made(
        people(
            "boss_id: {reference: people, null_fraction: 50%}",
            "h: {choice: [1, 2], hidden: true}",
            'score: {expr: "boss_id.h + 1"}',
        )
    )
    assert 0 < rows["boss_id"].null_count < 20
    assert pc.all(pc.equal(rows["score"].is_null(), rows["boss_id"].is_null())).as_py()


def test_two_entities_refer_to_each_other():
    known = catalog(table("x", "id int8", "y_id int8 null"), table("y", "id int8", "x_id int8 null", "v int8 null"))
    text = f"""{HEAD}entities:
  x: {{table: x, count: 10, columns: {{id: {{sequence: 1}}, y_id: {{reference: y}}}}}}
  y: {{table: y, count: 7, columns: {{id: {{sequence: 1}}, x_id: {{reference: x}}, v: {{expr: x_id.y_id.x_id.id}}}}}}
"""
    tables = rows_of(plan_of(text, known))
    to_y, to_x = tables["x"]["y_id"].to_pylist(), tables["y"]["x_id"].to_pylist()
    assert tables["y"]["v"].to_pylist() == [to_x[to_y[x - 1] - 1] for x in to_x]


def test_two_entities_fill_one_table():
    more = "  elders:\n    table: people\n    count: 3\n    columns: {id: {sequence: 1000}}\n"
    tables = rows_of(plan_of(people(more=more), ODD))
    assert tables["people"]["id"].to_pylist() == list(range(1, 21))
    assert tables["elders"]["id"].to_pylist() == [1000, 1001, 1002]


def test_a_window_of_one_microsecond_holds_every_row():
    text = people(
        before="timelines: {t: {daily: online_retail, noise: 0.3}}\n", moment="moment: {column: born, timeline: t}"
    )
    text = text.replace("end: 2025-12-01", "end: '2025-11-01 00:00:00.000001'")
    assert len(set(made(text)["born"].to_pylist())) == 1


def test_a_spread_may_lie_before_the_window():
    rows = made(people(moment="moment: {column: born, spread: {start: 1999-01-01, end: 1999-01-02}}"))
    assert {moment.year for moment in rows["born"].to_pylist()} == {1999}


def test_a_fan_out_that_is_null_is_none():
    assert made(with_pets('{expr: "score", max: 5}', of=("score: null",)), "pets").num_rows == 0


def test_a_moment_that_is_null_finds_any_row():
    text = people("day: {constant: 2025-08-01, null_fraction: 50%}", "boss_id: {reference: people, existing_at: day}")
    assert made(text)["boss_id"].null_count == 0


def test_a_case_whose_first_arm_is_null_has_the_type_of_the_next():
    text = people('h: {case: [{when: "id = 1", then: null}, {else: 5}], hidden: true}', 'score: {expr: "h + 1"}')
    assert made(text)["score"].to_pylist() == [None, *[6] * 19]


def test_columns_may_have_any_name_that_postgresql_allows():
    names = {
        "from": "int8",
        "Größe": "int8",
        "group by": "text",
        "it's": "text",
        "名前": "text",
        "x;drop table x": "int8",
    }
    known = Catalog(
        {("public", "select"): Table("public", "select", tuple(Column(n, PgType(t)) for n, t in names.items()))}
    )
    text = f"""{HEAD}entities:
  select:
    table: select
    count: 2
    columns:
      from: {{sequence: 1}}
      Größe: {{expr: '"from" * 2'}}
      group by: x
      it's: {{expr: '"group by" || 1'}}
      名前: {{template: "{{{{ from }}}}!"}}
      x;drop table x: {{expr: '"Größe"'}}
"""
    rows = made(text, "select", known)
    assert rows.column_names == list(names)
    assert rows.to_pylist()[1] == dict(zip(names, (2, 4, "x", "x1", "2!", 4), strict=True))


def test_five_hundred_columns_and_three_hundred_entities_are_no_trouble():
    wide = catalog(table("wide", "id int8", *[f"c{i} int4 null" for i in range(500)]))
    columns = "".join(f"      c{i}: {{uniform: {{min: 1, max: 9}}}}\n" for i in range(500))
    text = (
        f"{HEAD}entities:\n  wide:\n    table: wide\n    count: 10\n    columns:\n      id: {{sequence: 1}}\n{columns}"
    )
    assert made(text, "wide", wide).num_columns == 501
    many = catalog(*(table(f"t{i}", "id int8", "p int8") for i in range(300)))
    entities = "".join(
        f"  e{i}: {{table: t{i}, count: 5, columns: {{id: {{sequence: 1}}, p: {{reference: e{(i + 1) % 300}}}}}}}\n"
        for i in range(300)
    )
    assert sum(t.num_rows for t in rows_of(plan_of(f"{HEAD}entities:\n{entities}", many)).values()) == 1500


def test_keys_stay_unique_at_the_deepest_level_of_parents():
    known = catalog(*(table(f"t{i}", "id uuid", "p uuid null") for i in range(4)))
    levels = "".join(
        f"  e{i}: {{table: t{i}, per: {{parent: e{i - 1}, as: p, count: 20}}, columns: {{id: {{uuid4: true}}}}}}\n"
        for i in range(1, 4)
    )
    text = f"{HEAD}entities:\n  e0: {{table: t0, count: 2, columns: {{id: {{uuid4: true}}}}}}\n{levels}"
    ids = made(text, "e3", known)["id"]
    assert len(ids) == 2 * 20**3 == len(pc.unique(ids))


# what is found only while rows are made


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (with_pets("{expr: score, max: 5}", of=("score: -1",)), r"pets: per\.count is -1 for .*greatest"),
        (with_pets("{expr: score, max: 5}", of=("score: 6",)), r"pets: per\.count is 6 .*raise max"),
        (people('price: {expr: "id * 1000000"}'), r"people\.price: 1000000\.00 does not fit numeric\(6,2\)"),
        (people('score: {expr: "id * 100000"}'), r"people\.score: 100000 does not fit int2"),
        (people("price: {lognormal: {median: 9000, sigma: 3}}"), r"people\.price: .* does not fit numeric\(6,2\).*max"),
        (people('note: {expr: "10 / (id - 3)"}'), r"people\.note: division by zero"),
        (people("day: 2020-01-01", "boss_id: {reference: people, existing_at: day}"), r"people\.boss_id: no row"),
        (people("h: {choice: [ab, abcdefghi], hidden: true}", 'name: {expr: "h"}'), r"people\.name: .*varchar\(8\)"),
        (with_pets("2", "weight: 50_000", of=("score: {sum: pets.weight}",)), r"people\.score, sum: .* not fit int2"),
    ],
)  # fmt: skip
def test_a_value_that_cannot_be_made_names_its_column(text: str, message: str):
    with pytest.raises(GenerateError, match=f"^{message}") as failed:
        made(text)
    assert str(failed.value).count("people.") <= 1, "the first place is the one that counts"


def test_more_different_rows_than_there_are_is_an_error():
    more = "  owners: {table: strict, count: 2, columns: {id: {sequence: 1}, name: x, amount: 3}}\n"
    more += "  toys: {table: toys, per: {parent: owners, as: id, count: 5}, "
    more += "columns: {pet_id: 1, friend: {reference: people, distinct_within: id, hidden: true}}}\n"
    assert set(codes(people(count="3", more=more))) == {Code.NOT_UNIQUE, Code.INFEASIBLE}  # toys.id is a key
    more = more.replace("toys: {", 'toys: {keep: "ordinal > 0", ')  # how many it leaves is not known beforehand
    more = more.replace("as: id", "as: up, hidden: true").replace("distinct_within: id", "distinct_within: up")
    more = more.replace("pet_id: 1,", 'id: {expr: ordinal}, pet_id: 1, price: {expr: "friend % 3"},')
    with pytest.raises(GenerateError, match="5 siblings want different rows of 'people', and only 3 exist"):
        made(people(count="3", more=more), "toys")


# bombs


@pytest.mark.parametrize(
    "form",
    ['expr: "c# || c#"', 'expr: "concat(c#, c#)"', 'template: "{{ c# }}{{ c# }}"'],
    ids=["||", "concat", "template"],
)
def test_texts_that_double_from_column_to_column_end_in_a_message(form: str):
    doubled = [f"c{i}: {{{form.replace('#', str(i - 1))}, hidden: true}}" for i in range(1, 36)]
    text = people("c0: {constant: xx, hidden: true}", *doubled, "note: {expr: c35}")
    with pytest.raises(GenerateError, match=r"^people\.c20: a text of 2,097,152 bytes; 1,048,576 are the most"):
        made(text)


def test_texts_that_grow_by_replacing_end_in_a_message():
    grown = [f"c{i}: {{expr: \"replace(c{i - 1}, 'a', '{'a' * 60}')\", hidden: true}}" for i in range(1, 30)]
    with pytest.raises(GenerateError, match=r"^people\.c4: a text of 12,960,000 bytes"):
        made(people("c0: {constant: a, hidden: true}", *grown, "note: {expr: c29}"))


def test_long_texts_within_reason_are_joined():
    rows = made(people(f"h: {{constant: {'x' * 9000}, hidden: true}}", 'note: {expr: "h || h || id"}'))
    assert len(rows["note"][19].as_py()) == 18_002


@pytest.mark.parametrize("pattern", ["%a" * 4000 + "b", "_" * 9000 + "b", "%" * 9000 + "b"])
def test_a_pattern_that_could_make_like_backtrack_is_refused(pattern: str):
    with pytest.raises(SpecError, match="at most 200 characters"):
        made(people(f"note: {{constant: {'a' * 5000}}}", f"active: {{expr: \"note like '{pattern}'\"}}"))


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 3000 + "1" + ")" * 3000,
        "not " * 2000 + "true",
        "+".join(["id"] * 10_000),
        "- " * 4000 + "1",
        "id" + "::text" * 900,
    ],
)
def test_an_expression_may_be_only_so_large(expression: str):
    assert codes(people(f'note: {{expr: "{expression}"}}')) == [Code.EXPR_TOO_BIG]


def test_a_chain_of_columns_may_be_only_so_long():
    def chain(length: int) -> str:
        links = [f'h{i}: {{expr: "h{i - 1} + 1", hidden: true}}' for i in range(length - 1, 0, -1)]
        return people(f"ratio: {{expr: h{length - 1}}}", *links, "h0: {constant: 1, hidden: true}")

    assert made(chain(39))["ratio"].to_pylist() == [39.0] * 20
    assert codes(chain(1000)) == [Code.TOO_COSTLY]


def test_a_family_that_does_not_fit_into_memory_is_refused_before_a_row_is_made():
    toys = "  toys: {table: toys, per: {parent: pets, as: pet_id, count: 100_000}, columns: {id: {expr: ordinal}}}\n"
    assert codes(with_pets("100_000") + toys) == [Code.TOO_COSTLY]


# nothing grows with the rows


def sized(count: int) -> Plan:
    text = with_pets(
        "{poisson: 2, max: 9}",
        "weight: {sequence: {within: parent}}",
        of=(
            "score: {count: pets}",
            "boss_id: {reference: people, pick: {zipf: 0.7}, existing_at: born}",
            "code: {uuid7: born}",
        ),
        parents=str(count),
    )
    return plan_of(text, ODD)


def test_a_plan_of_ten_billion_rows_is_as_small_as_one_of_ten_thousand():
    small, large = (len(pickle.dumps(sized(count))) for count in (10**4, 10**10))
    assert large < small * 1.2 + 4096
    assert large < 2**20


def test_ten_billion_rows_are_cut_into_partitions_that_are_only_numbered():
    plan = sized(10**10)
    numbers = plan.partitions("people")
    assert len(numbers) > 10**4
    assert plan.partition("people", numbers[-1]).stop == 10**10
