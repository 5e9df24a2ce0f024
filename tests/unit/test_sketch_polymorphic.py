"""Columns that point to rows of several tables, by what the column beside them says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from engine.catalog.model import Catalog, Check
from engine.sketch.draft import draft
from engine.sketch.wish import Wish
from tests.worlds import catalog, plan_of, rows_of, table

WISH = Wish(date(2025, 1, 1), date(2026, 1, 1), rows=100)


def known(*labels: str) -> Catalog:
    comments = table("comments", "id int8", "commentable_type text", "commentable_id int8", "body text null")
    values = ", ".join(f"'{label}'::text" for label in labels)
    check = Check("kinds", f"(commentable_type = ANY (ARRAY[{values}]))", ("commentable_type",))
    return catalog(
        table("blog_posts", "id int8", "title text"),
        table("photos", "id int8", "url text"),
        replace(comments, checks=(check,)),
    )


def test_rows_point_to_the_table_that_the_row_itself_names():
    tables = known("BlogPost", "Photo")
    made = rows_of(plan_of(draft(tables, WISH), tables))
    keys = {name: set(made[name]["id"].to_pylist()) for name in ("blog_posts", "photos")}
    entity = {"BlogPost": "blog_posts", "Photo": "photos"}
    rows = made["comments"].to_pylist()
    assert {row["commentable_type"] for row in rows} == set(entity)
    assert all(row["commentable_id"] in keys[entity[row["commentable_type"]]] for row in rows)


def test_where_a_label_names_no_table_the_number_is_any():
    text = draft(known("BlogPost", "Ship"), WISH)
    assert "case" not in text
    assert "commentable_id: {uniform:" in text
