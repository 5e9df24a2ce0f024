from __future__ import annotations

import pytest

from engine.sqltext import quote, quote_columns, quote_table, split_queries

TEXT = """-- Two statements.

-- name: first
select 1;

-- name: second
-- why it is so
do $$ begin
  perform 1;
end $$;
"""


def test_identifiers_are_quoted_whatever_they_hold():
    assert quote("order") == '"order"'
    assert quote('a"b') == '"a""b"'
    assert quote_table("my shop", "Größe") == '"my shop"."Größe"'
    assert quote_columns(("id", "x,y")) == '"id", "x,y"'


@pytest.mark.parametrize("name", ["", "a\0b"])
def test_a_name_that_postgresql_cannot_store_is_refused(name: str):
    with pytest.raises(ValueError, match="cannot be the name"):
        quote(name)


def test_statements_are_found_by_name_in_the_order_of_the_file():
    found = split_queries(TEXT, source="x.sql")
    assert list(found) == ["first", "second"]
    assert found["first"] == "select 1"
    assert found["second"] == "-- why it is so\ndo $$ begin\n  perform 1;\nend $$"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("select 1;\n-- name: a\nselect 2;", "no '-- name"),
        ("-- name: a\nselect 1;\n-- name: a\nselect 2;", "said twice"),
        ("-- name:\nselect 1;", "empty"),
        ("-- name: a\n\n-- name: b\nselect 1;", "no statement"),
    ],
)
def test_a_file_that_hides_a_statement_is_refused(text: str, reason: str):
    with pytest.raises(ValueError, match=reason):
        split_queries(text, source="x.sql")
