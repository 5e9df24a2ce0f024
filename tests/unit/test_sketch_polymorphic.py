"""Columns that point to rows of several tables, by what the column beside them says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from engine.catalog.model import Catalog, Check
from engine.sketch.draft import draft
from engine.sketch.wish import Wish
from tests.drafts import drafted, rules, to
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


POSTS, PHOTOS = table("blog_posts", "id int8", "title text"), table("photos", "id int8", "url text")
LIKES = table("likes", "id int8", "post_id int8", "photo_id int8")
LIKES = rules(LIKES, foreign_keys=(to("blog_posts", "post_id"), to("photos", "photo_id")))


def test_where_nothing_says_which_tables_they_are_those_that_others_need_are_taken():
    comments = table("comments", "id int8", "commentable_type text", "commentable_id int8")
    draft = drafted(POSTS, PHOTOS, LIKES, comments)
    ids = {
        name: {row["id"] for row in draft.rows[table]}
        for name, table in (("BlogPost", "blog_posts"), ("Photo", "photos"))
    }
    rows = draft.rows["comments"]
    assert {row["commentable_type"] for row in rows} == set(ids)
    assert all(row["commentable_id"] in ids[row["commentable_type"]] for row in rows)
    assert draft.broken == []


def test_what_is_named_after_a_table_is_of_that_table():
    draft = drafted(POSTS, PHOTOS, LIKES, table("tags", "id int8", "photo_type text", "photo_id int8"))
    assert {row["photo_type"] for row in draft.rows["tags"]} == {"Photo"}


def test_tables_that_need_the_row_itself_are_not_among_them():
    photos = rules(table("photos", "id int8", "tag_id int8"), foreign_keys=(to("tags", "tag_id"),))
    likes = rules(table("likes", "id int8", "photo_id int8"), foreign_keys=(to("photos", "photo_id"),))
    draft = drafted(table("tags", "id int8", "of_type text", "of_id int8"), photos, likes)
    assert "photos" not in draft.entities["tags"].get("references", {})
    assert draft.broken == []


@pytest.mark.parametrize("kind", ["varchar(3)", "int4"])
def test_a_kind_that_could_not_hold_the_names_is_made_by_its_type(kind: str):
    draft = drafted(POSTS, PHOTOS, LIKES, table("tags", "id int8", f"of_type {kind}", "of_id int8"))
    assert "references" not in draft.entities["tags"]
    assert draft.broken == []
