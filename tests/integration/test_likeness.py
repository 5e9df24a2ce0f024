"""Two databases are compared by what is in them: alike is near 0, and what was changed stands out."""

from __future__ import annotations

from engine.embedded import Throwaway
from tests.acceptance.likeness import likenesses
from tests.servers import fresh_database, run_sql

TABLES = (
    "create schema s",
    "create table s.parents (id integer primary key, kind text, size numeric, born timestamptz)",
    "create table s.children (id integer primary key, parent integer not null references s.parents)",
)
ROWS = (
    "insert into s.parents select n, case when n % 4 = 0 then 'big' else 'small' end, n * 1.5, "
    "timestamptz '2025-01-01' + n * interval '1 hour' from generate_series(1, 400) as n",
    "insert into s.children select n, 1 + n % 200 from generate_series(1, 600) as n",
)


def distances(server: Throwaway, *changes: str) -> dict[str, float]:
    with fresh_database(server) as one, fresh_database(server) as other:
        run_sql(one, *TABLES, *ROWS)
        run_sql(other, *TABLES, *ROWS, *changes)
        return {f"{found.measure} {found.what}": round(found.distance, 3) for found in likenesses(one, other, "s")}


def test_a_database_is_like_its_copy(server: Throwaway):
    found = distances(server)
    assert set(found.values()) == {0.0}
    assert {"categories parents.kind", "numbers parents.size", "moments parents.born"} <= set(found)
    assert "fan-out children.parent of parents" in found


def test_what_was_changed_stands_out_and_nothing_else(server: Throwaway):
    found = distances(
        server,
        "update s.parents set kind = 'big' where id > 200",
        "update s.parents set size = null where id <= 100",
        "update s.parents set born = born + interval '100 hours'",
        "update s.children set parent = 1 where id > 300",
    )
    assert {name: distance for name, distance in found.items() if distance} == {
        "categories parents.kind": 0.375,
        "nulls parents.size": 0.25,
        "numbers parents.size": 0.25,
        "moments parents.born": 0.25,
        "fan-out children.parent of parents": 0.5,
    }
