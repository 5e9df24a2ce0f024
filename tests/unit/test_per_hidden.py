"""Children whose table has no column for the parent's key: `per: {hidden: true}`."""

from __future__ import annotations

from textwrap import dedent

import pytest

from engine.errors import SpecError
from tests.worlds import catalog, plan_of, rows_of, table

ECHOES = catalog(
    table("lines", "id int8", "amount int4"),
    table("copies", "id uuid", "amount int4", "nth int4"),
)
SPEC = """
scenario: echo
seed: 3
window: {start: 2025-01-01, end: 2025-02-01}
entities:
  lines:
    table: lines
    count: 40
    columns:
      id: {sequence: 1}
      amount: {uniform: {min: 1, max: 9}}
  copies:
    table: copies
    per: {parent: lines, as: line, count: 2, hidden: true}
    columns:
      id: {uuid4: true}
      amount: {attribute: line.amount}
      nth: {attribute: line.id}
"""


def test_children_read_through_a_parent_that_they_do_not_store():
    made = rows_of(plan_of(SPEC, ECHOES))
    amounts = dict(zip(*(made["lines"][name].to_pylist() for name in ("id", "amount")), strict=True))
    copies = made["copies"].to_pylist()
    assert [copy["nth"] for copy in copies] == [n for n in amounts for _ in range(2)]
    assert all(copy["amount"] == amounts[copy["nth"]] for copy in copies)
    assert made["copies"].column_names == ["id", "amount", "nth"]


def test_a_parent_column_that_no_table_has_is_refused_without_hidden():
    with pytest.raises(SpecError, match="no column 'line'"):
        plan_of(dedent(SPEC).replace(", hidden: true", ""), ECHOES)
