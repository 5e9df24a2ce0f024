"""The API's README tells of every operation, and of no other."""

from __future__ import annotations

from tests.house.operations import PAGE, with_operations


def test_the_table_of_operations_is_that_of_the_list():
    text = PAGE.read_text(encoding="utf-8")
    assert with_operations(text) == text, "run `just operations`"
