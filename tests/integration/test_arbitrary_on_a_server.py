"""A plausible value of every type goes into real servers, and reads back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from engine.errors import SpecError
from engine.run import Request
from tests.runs import engine, run_here
from tests.servers import ask, run_sql

ROWS = 2_000
PLAIN = (
    *("int2", "int4", "int8", "numeric", "numeric(1)", "numeric(5,4)", "numeric(12,2)", "numeric(38,10)"),
    *(
        "numeric(3,-2)",
        "numeric(3,5)",
        "numeric(38,38)",
        "numeric(60,20)",
        "numeric(1000)",
        "float4",
        "float8",
        "bool",
        "money",
        "oid",
        "pg_lsn",
    ),
    *("text", "varchar", "varchar(1)", "varchar(12)", "varchar(80)", "char", "char(7)", '"char"', "name"),
    *("bytea", "uuid", "bit", "bit(5)", "bit(200)", "varbit", "varbit(3)"),
    *("date", "time", "time(0)", "timetz", "timestamp", "timestamp(0)", "timestamptz", "timestamptz(3)"),
    *("interval", "interval(0)", "interval day to hour", "interval year to month"),
    *("json", "jsonb", "jsonpath", "tsvector", "tsquery", "inet", "cidr", "macaddr", "macaddr8"),
    *("point", "line", "lseg", "box", "path", "polygon", "circle"),
    *("int4range", "int8range", "numrange", "daterange", "tsrange", "tstzrange"),
    *("int4multirange", "int8multirange", "nummultirange", "datemultirange", "tsmultirange", "tstzmultirange"),
    *("xid", "cid", "xid8", "tid", "txid_snapshot", "pg_snapshot", "int2vector", "oidvector", "refcursor", "aclitem"),
    *("regclass", "regtype", "regproc", "regprocedure", "regoper", "regoperator", "regrole", "regnamespace"),
    *("regconfig", "regdictionary", "regcollation"),
)
EXTENSIONS = {
    "citext": ("citext",),
    "hstore": ("hstore",),
    "ltree": ("ltree", "lquery", "ltxtquery"),
    "cube": ("cube",),
    "seg": ("seg",),
    "isn": ("ean13", "isbn", "isbn13", "ismn", "ismn13", "issn", "issn13", "upc"),
    "intarray": ("query_int",),
    "lo": ("lo",),
    "vector": ("vector(3)", "vector(40)", "vector", "halfvec(4)", "sparsevec(100)", "sparsevec(2)"),
}
OWN = """
create type mood as enum ('sad', 'not so good', 'null', 'a"b');
create type lonely as enum ('one');
create domain price as numeric(8,2);
create domain code as varchar(6);
create domain stay as daterange;
create domain tags as text[];
create type inner_pair as (a int, b text, c mood);
create type pair as (x inner_pair, y inner_pair[], z jsonb, d date[], e price, "f g" tstzrange, h bytea, i box[]);
create domain pairs as pair;
create type floats as range (subtype = float8);
create type clocks as range (subtype = time);
create type names as range (subtype = text);
create type moods as range (subtype = mood);
create type hosts as range (subtype = inet)
"""
OF_OWN = ("mood", "lonely", "price", "code", "stay", "inner_pair", "pair", "pairs")
RANGES_OF_OWN = ("floats", "clocks", "names", "moods", "hosts", "multirange_of_clocks", "multirange_of_names")
HEAD = "scenario: arbitrary\nwindow: {start: 2025-01-01, end: 2026-01-01}\nentities:\n"


def spec(columns: int, rows: int = ROWS, arguments: str = "{}") -> str:
    lines = "".join(f"      c{number}: {{arbitrary: {arguments}}}\n" for number in range(columns))
    return f"{HEAD}  things:\n    table: things\n    count: {rows}\n    columns:\n{lines}"


def load(dsn: str, text: str, **more: int) -> None:
    report = run_here(dsn, Request(text, "spec.yaml", {}, **more))
    assert report.status == "succeeded", report.diagnostics


def table_of(dsn: str, types: tuple[str, ...]) -> None:
    columns = ", ".join(f"c{number} {name}" for number, name in enumerate(types))
    run_sql(dsn, "drop table if exists things", f"create table things ({columns})")


def fill(dsn: str, types: tuple[str, ...]) -> None:
    """A table with a column of each type and one of arrays of it, filled; every column is read back and counted."""
    every = tuple(name + suffix for name in types for suffix in ("", "[]"))
    table_of(dsn, every)
    load(dsn, spec(len(every)))
    for number, name in enumerate(every):
        assert ask(dsn, f"select count(c{number}::text) from things") == ROWS, name


def test_every_type_of_postgresql(each_database: str):
    fill(each_database, PLAIN)


@pytest.mark.parametrize("extension", EXTENSIONS)
def test_the_types_of_extensions(each_database: str, extension: str):
    if not ask(each_database, f"select count(*) from pg_available_extensions where name = '{extension}'"):
        pytest.skip(f"this server has no {extension}")
    run_sql(each_database, f"create extension {extension}")
    fill(each_database, EXTENSIONS[extension])


def test_enums_domains_and_composites(each_database: str):
    run_sql(each_database, *OWN.strip().split(";\n"))
    fill(each_database, OF_OWN)


def test_ranges_that_somebody_made(each_database: str):
    named = OWN.strip().replace("time)", "time, multirange_type_name = multirange_of_clocks)")
    named = named.replace("subtype = text)", "subtype = text, multirange_type_name = multirange_of_names)")
    run_sql(each_database, *named.split(";\n"))
    fill(each_database, RANGES_OF_OWN)
    assert ask(each_database, "select count(*) from things where not isempty(c2)") == ROWS


def test_a_domain_of_arrays(each_database: str):
    run_sql(each_database, *OWN.strip().split(";\n"))
    table_of(each_database, ("tags",))
    load(each_database, spec(1))
    assert ask(each_database, "select max(cardinality(c0)) from things") == 3


MYSTERY = """
create type mystery;
create function mystery_in(cstring) returns mystery as 'textin' language internal immutable strict;
create function mystery_out(mystery) returns cstring as 'textout' language internal immutable strict;
create type mystery (input = mystery_in, output = mystery_out)
"""


def test_a_type_that_nobody_knows_is_refused_and_can_still_be_filled(database: str):
    run_sql(database, *MYSTERY.strip().split(";\n"))
    table_of(database, ("mystery", "mystery[]", "int"))
    with pytest.raises(SpecError, match="'arbitrary' knows no values of type mystery"):
        load(database, spec(1))
    lines = "      c0: {choice: [what, ever]}\n      c1: '{a,b}'\n      c2: {arbitrary: {}}\n"
    load(database, f"{HEAD}  things:\n    table: things\n    count: 20\n    columns:\n{lines}")
    assert ask(database, "select count(*) from things where c0::text in ('what', 'ever') and c1::text = '{a,b}'") == 20


def test_a_preview_and_a_report_show_every_type(database: str, tmp_path: Path):
    run_sql(database, *OWN.strip().split(";\n"))
    types = (*PLAIN, *OF_OWN, "text[]", "box[]", "pair[]", "tags")
    table_of(database, types)
    file = tmp_path / "spec.yaml"
    file.write_text(spec(len(types), 50))

    shown = engine("preview", str(file), "--dsn", database, dsn=database)
    ran = engine("run", str(file), "--dsn", database, dsn=database)
    (run_id,) = re.findall(r"run ([0-9a-f-]{36})", ran.stdout + ran.stderr)[:1]
    told = engine("report", run_id, "--dsn", database, "--html", str(tmp_path / "page.html"), dsn=database)

    assert (shown.returncode, ran.returncode, told.returncode) == (0, 0, 0), shown.stderr + ran.stderr + told.stderr
    assert "c0" in shown.stdout


def test_xml(each_database: str):
    if "libxml" not in str(ask(each_database, "select setting from pg_config where name = 'CONFIGURE'")):
        pytest.skip("this server was built without libxml and has no xml values")
    fill(each_database, ("xml",))


def test_other_batches_hold_the_same(database: str):
    run_sql(database, *OWN.strip().split(";\n"))
    types = (*PLAIN, *OF_OWN, "text[]", "pair[]", "tags")
    found = []
    for batch_rows in (7, 65_536):
        table_of(database, types)
        load(database, spec(len(types), 200), batch_rows=batch_rows)
        found.append(ask(database, "select md5(string_agg(t::text, '' order by t::text)) from things t"))
    assert found[0] == found[1]


RANGES = ("int4range", "numrange", "daterange", "tsrange", "tstzrange", "tstzmultirange", "floats", "names")


@pytest.mark.parametrize("kind", RANGES)
def test_an_exclusion_constraint_holds_between_disjoint_ranges(database: str, kind: str):
    run_sql(database, *OWN.strip().split(";\n"))
    run_sql(database, f"create table things (c0 {kind} not null, exclude using gist (c0 with &&))")
    load(database, spec(1, arguments="{disjoint: true}"))
    assert ask(database, "select count(*) from things where not isempty(c0)") == ROWS


def test_unique_values_of_many_types_are_unique(database: str):
    types = ("int4", "text", "varchar(5)", "inet", "cidr", "macaddr", "macaddr8", "uuid", "bytea", "bit(20)", "varbit")
    types += ("numeric(6,2)", "time", "timestamptz", "interval", "int2", "money", "oid", "pg_lsn", "float8")
    run_sql(database, f"create table things ({', '.join(f'c{n} {t} unique' for n, t in enumerate(types))})")
    load(database, spec(len(types)).replace("{}}", "{}, unique: true}"))
    assert ask(database, "select count(*) from things") == ROWS


def test_choices_of_every_type_are_written_as_postgresql_writes_them(each_database: str):
    run_sql(each_database, *OWN.strip().split(";\n"))
    columns = (
        "a text[], b mood[], c inet, d int4range, e inner_pair, f bit(3), g box[], h numeric(60,20), i numeric(3,-2)"
    )
    run_sql(each_database, f"create table things ({columns})")
    given = (
        *(
            "{choice: ['{a,\"b c\"}', '{}']}",
            "'{sad,\"not so good\",NULL}'",
            "10.0.0.1",
            "'[1,5)'",
            "'(1,\"a b\",sad)'",
        ),
        *("'101'", "'{(1,2),(0,0);(5,6),(3,4)}'", "'12345678901234567890.000000000000000001'", "{choice: [1200]}"),
    )
    lines = "".join(f"      {name}: {value}\n" for name, value in zip("abcdefghi", given, strict=True))
    load(each_database, f"{HEAD}  things:\n    table: things\n    count: 20\n    columns:\n{lines}")
    assert ask(each_database, "select (array_agg(distinct a::text order by a::text))::text from things") == (
        '{"{a,\\"b c\\"}","{}"}'
    )
    assert ask(each_database, "select distinct (b, c, d, e, f, g, h, i)::text from things") == (
        '("{sad,""not so good"",NULL}",10.0.0.1,"[1,5)","(1,""a b"",sad)",101,'
        '"{(1,2),(0,0);(5,6),(3,4)}",12345678901234567890.00000000000000000100,1200)'
    )


def test_patterns_fill_checked_and_unique_columns(each_database: str):
    run_sql(
        each_database,
        "create table things (a text check (a ~ '^[A-Z]{2}-\\d{3}$') unique, b char(4) unique, c inet unique, "
        "d varchar(9) check (d ~ '^(north|south)(east|west)?$'), e text, f int, unique (e, f))",
    )
    lines = (
        '      a: {pattern: "^[A-Z]{2}-\\\\d{3}$", unique: true}\n      b: {pattern: "[a-z0-9]{2,4}", unique: true}\n'
        '      c: {pattern: "10\\\\.[1-9]\\\\d\\\\.[1-9]\\\\d\\\\.\\\\d", unique: true}\n'
        '      d: {pattern: "(north|south)(east|west)?"}\n      e: {pattern: "[abc]{3}"}\n'
        "      f: {uniform: {min: 1, max: 80}}\n"
    )
    entity = f"  things:\n    table: things\n    count: {ROWS}\n    distinct: [[e, f]]\n    columns:\n{lines}"
    load(each_database, HEAD + entity)
    assert ask(each_database, "select count(*) from things") == ROWS
    assert ask(each_database, "select count(distinct d) from things") == 6
