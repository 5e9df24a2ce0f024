"""Foreign keys in drafts: which become references, which agree with others, and what is left out."""

from __future__ import annotations

from dataclasses import replace

from engine.catalog.model import Table, Unique
from tests.drafts import drafted, rules, to
from tests.worlds import table


def test_a_foreign_key_is_a_reference_with_the_name_of_its_constraint():
    draft = drafted(table("a", "id int8"), rules(table("b", "id int8", "a_id int8"), foreign_keys=(to("a", "a_id"),)))
    assert draft.columns("b")["a_id"]["reference"] == "a"
    assert "# a_id_fkey" in draft.text
    assert draft.broken == []


def test_a_key_that_may_be_null_is_null_at_times_and_one_that_may_not_never():
    pointing = rules(
        table("b", "id int8", "x int8 null", "y int8"), foreign_keys=(to("a", "x"), to("a", "y", name="other"))
    )
    columns = drafted(table("a", "id int8"), pointing).columns("b")
    assert columns["x"]["null_fraction"] == 0.1
    assert "null_fraction" not in columns["y"]


def test_a_key_that_another_one_brings_with_it_is_dropped():
    root = table("root", "id int8")
    middle = rules(table("middle", "id int8"), foreign_keys=(to("root", "id"),))
    leaf = rules(table("leaf", "id int8"), foreign_keys=(to("root", "id", name="a"), to("middle", "id", name="b")))
    line = rules(
        table("line", "id int8", "root_id int8", "no int4"),
        foreign_keys=(to("root", "root_id"), to("pair", "root_id", "no", key=("root_id", "no"))),
    )
    pair = rules(
        table("pair", "root_id int8", "no int4"),
        primary_key=("root_id", "no"),
        uniques=(),
        foreign_keys=(to("root", "root_id"),),
    )
    draft = drafted(root, middle, leaf, line, pair)
    assert draft.columns("leaf")["id"] == {"reference": "middle"}
    assert list(draft.entities["line"]["references"]) == ["pair"]
    assert "root_id" not in draft.columns("line")
    assert draft.broken == []


def test_keys_that_overlap_agree_in_the_column_that_they_share():
    draft = drafted(
        table("tenants", "id int8"),
        *(
            rules(
                table(name, "tenant_id int8", "id int8"),
                primary_key=("tenant_id", "id"),
                uniques=(),
                foreign_keys=(to("tenants", "tenant_id"),),
            )
            for name in ("users", "projects")
        ),
        rules(
            table("grants", "id int8", "tenant_id int8", "user_id int8", "project_id int8 null"),
            foreign_keys=(
                to("tenants", "tenant_id"),
                to("users", "tenant_id", "user_id", key=("tenant_id", "id")),
                to("projects", "tenant_id", "project_id", key=("tenant_id", "id")),
            ),
        ),
    )
    said = draft.entities["grants"]["references"]
    assert said["projects"] == {
        "to": "projects",
        "as": {"tenant_id": "tenant_id", "project_id": "id"},
        "pick": {"zipf": 0.7},
        "same": "tenant_id",
        "null_fraction": 0.1,
    }
    assert "same" not in said["users"]
    assert draft.columns("projects")["tenant_id"] == {"reference": "tenants", "pick": "even"}
    assert draft.broken == []
    assert any(row["project_id"] is None for row in draft.rows["grants"])


def unlike(*columns: str, null: str = "") -> tuple[Table, ...]:
    """Two tables with a text as part of their keys, and one that points to both with one and the same text."""
    sides = tuple(
        rules(table(name, "id uuid", "kind text"), primary_key=("id", "kind"), uniques=()) for name in ("left", "right")
    )
    pointing = rules(
        table("between", "id int8", "kind text", "l uuid", f"r uuid{null}", *columns),
        foreign_keys=(
            to("left", "l", "kind", key=("id", "kind"), name="to_left"),
            to("right", "r", "kind", key=("id", "kind"), name="to_right"),
        ),
    )
    return *sides, pointing


def test_of_keys_that_cannot_agree_one_stays_null_where_it_may():
    draft = drafted(*unlike(null=" null"))
    assert draft.columns("between")["r"] is None
    assert "# to_right: kind cannot agree with another foreign key" in draft.text
    assert list(draft.entities["between"]["references"]) == ["left"]
    assert draft.broken == []


def test_else_the_table_is_left_out_with_a_reason_and_so_is_what_cannot_do_without_it():
    draft = drafted(
        *unlike(),
        rules(table("must", "id int8", "between_id int8"), foreign_keys=(to("between", "between_id"),)),
        rules(table("may", "id int8", "between_id int8 null"), foreign_keys=(to("between", "between_id"),)),
        rules(table("far", "id int8", "must_id int8"), foreign_keys=(to("must", "must_id"),)),
    )
    assert draft.lost == {
        "between": "foreign key to_right (r, kind) cannot be kept: kind cannot agree with another foreign key",
        "must": "foreign key between_id_fkey (between_id) cannot be kept: public.between is not in this draft",
        "far": "foreign key must_id_fkey (must_id) cannot be kept: public.must is not in this draft",
    }
    assert sorted(draft.entities) == ["left", "may", "right"]
    assert draft.columns("may")["between_id"] is None
    assert all(f"# Left out: public.{name}, {why}." in draft.text for name, why in draft.lost.items())
    assert draft.broken == []


def test_one_column_keeps_two_keys_where_both_tables_number_their_rows():
    draft = drafted(
        table("many", "id int8"),
        rules(table("few", "id int4", "kind bool"), uniques=(), primary_key=("id",)),
        rules(table("some", "kind bool", "x int8"), foreign_keys=(to("few", "x"),)),
        rules(table("both", "id int8", "x int8"), foreign_keys=(to("many", "x"), to("few", "x", name="second"))),
    )
    counts = {name: entity["count"] for name, entity in draft.entities.items()}
    assert counts["few"] != counts["many"]
    assert draft.columns("both")["x"]["reference"] == min("few", "many", key=counts.__getitem__)
    assert draft.broken == []


def test_one_column_with_two_keys_of_which_one_is_no_number_is_left_null_or_out():
    keys = (to("a", "x"), to("b", "x", name="second"))
    draft = drafted(
        table("a", "id uuid"),
        table("b", "id uuid"),
        rules(table("open", "id int8", "x uuid null"), foreign_keys=keys),
        rules(table("shut", "id int8", "x uuid"), foreign_keys=keys),
    )
    assert "cannot agree with another foreign key" in draft.lost["shut"]
    assert draft.broken == []


def test_a_table_that_points_to_itself_is_a_tree():
    draft = drafted(rules(table("t", "id int8", "parent_id int8 null"), foreign_keys=(to("t", "parent_id"),)))
    assert draft.columns("t")["parent_id"] == {"reference": "t", "pick": {"tree": {"roots": 5, "branching": 4}}}
    assert draft.broken == []
    assert sum(row["parent_id"] is None for row in draft.rows["t"]) == 5


def test_a_table_that_must_point_to_itself_points_to_some_row():
    draft = drafted(rules(table("t", "id int8", "boss int8"), foreign_keys=(to("t", "boss"),)))
    assert draft.columns("t")["boss"]["reference"] == "t"
    assert draft.broken == []


def test_a_tree_within_tenants_stays_within_them():
    draft = drafted(
        table("tenants", "id int8"),
        *(
            rules(
                table(name, "tenant int8", "id int8", parent),
                primary_key=("tenant", "id"),
                uniques=(),
                foreign_keys=(to("tenants", "tenant"), to(name, "tenant", "parent", key=("tenant", "id"))),
            )
            for name, parent in (("may", "parent int8 null"), ("must", "parent int8"))
        ),
    )
    assert draft.broken == []
    assert draft.entities["may"]["references"]["may"]["same"] == "tenant"
    assert draft.entities["must"]["references"]["must"]["same"] == "tenant"
    assert len({row["parent"] for row in draft.rows["must"]}) > 10


def test_rows_that_must_point_to_rows_alike_point_to_themselves_and_else_nowhere():
    draft = drafted(
        *(
            rules(
                table(name, "region int8", "id int8", parent),
                primary_key=("region", "id"),
                uniques=(),
                foreign_keys=(to(name, "region", "parent", key=("region", "id")),),
            )
            for name, parent in (("may", "parent int8 null"), ("must", "parent int8"))
        ),
    )
    assert draft.columns("may")["parent"] is None
    assert draft.columns("must")["parent"] == {"expr": '"id"'}
    assert draft.broken == []


def test_a_key_of_a_column_to_itself_asks_nothing():
    draft = drafted(rules(table("t", "id int8"), foreign_keys=(to("t", "id"),)))
    assert draft.columns("t")["id"] == {"sequence": 1}


def test_tables_whose_keys_are_each_others_are_left_out_with_a_reason():
    draft = drafted(
        rules(table("x", "id int8"), foreign_keys=(to("y", "id"),)),
        rules(table("y", "id int8"), foreign_keys=(to("x", "id"),)),
        table("z", "id int8"),
    )
    assert "its columns would be made from each other in a circle" in draft.lost["x"]
    assert list(draft.entities) == ["z"]
    assert draft.broken == []


def test_a_key_to_what_is_not_in_the_draft_is_null_or_costs_the_table():
    gone = {"may": "a_id int8 null", "must": "a_id int8"}
    draft = drafted(
        *(rules(table(n, "id int8", c), foreign_keys=(to("elsewhere", "a_id"),)) for n, c in gone.items()),
        rules(table("told", "id int8", "a_id int8"), foreign_keys=(to("elsewhere", "a_id", enforced=False),)),
    )
    assert draft.columns("may")["a_id"] is None
    assert list(draft.lost) == ["must"]
    assert "public.elsewhere is not in this draft" in draft.lost["must"]
    assert draft.columns("told")["a_id"] is not None  # NOT ENFORCED


def test_of_a_key_to_nowhere_one_null_is_enough_but_of_a_full_one_all_are():
    pointing = {"simple": False, "full": True}
    draft = drafted(
        *(
            rules(
                table(name, "id int8", "a int8 null", "b int8 null"),
                foreign_keys=(to("elsewhere", "a", "b", key=("a", "b"), match_full=full),),
            )
            for name, full in pointing.items()
        )
    )
    assert (draft.columns("simple")["a"], draft.columns("simple")["b"] is None) == (None, False)
    assert (draft.columns("full")["a"], draft.columns("full")["b"]) == (None, None)


def test_a_full_key_of_which_a_part_is_never_null_cannot_be_null_at_all():
    keys = (to("elsewhere", "id", "part", key=("a", "b"), match_full=True),)
    draft = drafted(rules(table("t", "id int8", "part int8 null"), foreign_keys=keys), table("other", "id int8"))
    assert list(draft.entities) == ["other"]
    assert "public.elsewhere is not in this draft" in draft.lost["t"]


def test_rows_that_are_there_are_entities_only_where_others_point_to_them():
    draft = drafted(
        table("used", "id int8", "code text"),
        table("unused", "id int8"),
        rules(
            table("orders", "id int8", "used_id int8", "used_code text"),
            foreign_keys=(to("used", "used_id"), to("used", "used_code", key=("code",))),
        ),
        held={"used": 12, "unused": 3},
    )
    assert draft.entities["used"] == {"table": "public.used", "existing": {"columns": ["code"]}}
    assert sorted(draft.entities) == ["orders", "used"]
    assert draft.columns("orders")["used_id"]["reference"] == "used"
    assert "null_fraction" not in draft.columns("orders")["used_id"]


LOCATIONS = table("locations", "id int8", "name text")
ROOMS = rules(table("rooms", "id int8", "location_id int8"), foreign_keys=(to("locations", "location_id"),))
ROOMS = replace(ROOMS, uniques=(*ROOMS.uniques, Unique("both", ("id", "location_id"))))


def test_a_key_that_brings_another_one_is_kept_first_though_it_may_be_null():
    events = rules(
        table("events", "no int8", "room_id int8 null", "venue_id int8 null"),
        "((room_id IS NULL) OR (venue_id IS NOT NULL))",
        foreign_keys=(
            to("rooms", "room_id"),
            to("locations", "venue_id"),
            to("rooms", "venue_id", "room_id", key=("location_id", "id")),
        ),
    )
    draft = drafted(LOCATIONS, ROOMS, events)
    assert (draft.lost, draft.broken) == ({}, [])
    assert len({(row["room_id"], row["venue_id"]) for row in draft.rows["events"]}) > 20


def test_a_key_that_comes_after_one_that_agrees_brings_its_parts_itself():
    source = rules(
        table("source", "id int8", "place int8", "room int8"),
        foreign_keys=(
            to("locations", "place"),
            to("rooms", "room"),
            to("rooms", "room", "place", key=("id", "location_id")),
        ),
    )
    source = replace(source, uniques=(*source.uniques, Unique("pair", ("id", "place"))))
    mapping = rules(
        table("mapping", "no int8", "place int8", "source int8", "room int8"),
        foreign_keys=(
            to("source", "source", "place", key=("id", "place")),
            to("rooms", "room", "place", key=("id", "location_id")),
        ),
    )
    draft = drafted(LOCATIONS, ROOMS, source, mapping)
    assert (draft.lost, draft.broken) == ({}, [])
    assert len({row["source"] for row in draft.rows["mapping"]}) > 20


def test_of_a_key_that_cannot_agree_a_part_that_points_elsewhere_stays_null():
    owned = rules(table("halls", "id int8", "owner int8"), uniques=(Unique("both", ("id", "owner")),))
    keys = (to("locations", "place"), to("locations", "hall"), to("halls", "hall", "place", key=("id", "owner")))
    events = rules(table("events", "no int8", "hall int8", "place int8 null"), foreign_keys=keys)
    draft = drafted(LOCATIONS, owned, events)
    assert (draft.lost, draft.broken) == ({}, [])
    assert draft.columns("events")["place"] is None
