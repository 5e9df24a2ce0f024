"""``engine preview`` as a stranger uses it: without a database, without a row loaded."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from engine.units import zone
from tests.runs import engine

SPEC = "specs/black_friday.yaml"


def look(*words: str, width: int = 100, dsn: str = "") -> str:
    done = engine("preview", *words, dsn=dsn, environment={"COLUMNS": str(width)})
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("width", [60, 100, 180])
def test_tables_and_charts_fit_the_terminal(width: int):
    told = look(SPEC, width=width)
    drawn = [line for line in told.splitlines()[1:] if not line.startswith("…") and ": " not in line]
    assert max(len(line) for line in drawn) <= width
    assert "timeline storefront" in told
    assert "spike black_friday: 2025-11-28 07:00 to 2025-11-28 23:00" in told
    assert "orders → shop.orders: 16,000 rows" in told
    assert "▁" in told


def test_what_an_event_changes_stands_in_one_table():
    told = look(SPEC, "--entity", "orders")
    line = next(line for line in told.splitlines() if line.startswith("sale_pct*"))
    assert line.split() == ["sale_pct*", "0", *line.split()[2:]]
    groups = ["all", "rows", "otherwise", "thanksgiving", "black_friday", "weekend", "cyber_monday"]
    assert next(line for line in told.splitlines() if "otherwise" in line).split() == groups
    assert "100 %" in line
    assert "customers →" not in told


def test_one_entity_is_shown_with_all_its_columns():
    told = look(SPEC, "--entity", "orders", "--rows", "2")
    for column in ("customer_id", "total", "reviewed_at*", "lines*"):
        assert any(column in line.split() for line in told.splitlines())
    assert "… and" not in told


def test_rows_around_the_peak_are_of_the_peak():
    told = json.loads(look(SPEC, "--json", "--rows", "7"))
    orders = told["entities"]["orders"]
    assert len(orders["first"]) == len(orders["peak"]) == 7
    assert all(row["placed_at"].startswith("2025-11-28") for row in orders["peak"])
    discounts = {(s["group"], s["value"]): s["share"] for s in orders["shares"] if s["column"] == "discount_pct"}
    assert discounts["otherwise", "40.00"] == 0
    assert discounts["black_friday", "40.00"] == pytest.approx(0.3, abs=0.08)


def test_the_same_spec_shows_the_same(shop_database: str):
    assert look(SPEC) == look(SPEC)
    assert look(SPEC, "--json") == look(SPEC, "--json", dsn=shop_database)
    assert look(SPEC, "--seed", "1") != look(SPEC)


def test_an_entity_that_is_not_there_is_answered_with_the_nearest():
    done = engine("preview", SPEC, "--entity", "order", dsn="")
    assert done.returncode == 2
    assert "orders" in done.stderr


def test_a_wrong_spec_is_told_as_everywhere(tmp_path: Path):
    spec = tmp_path / "wrong.yaml"
    spec.write_text(Path(SPEC).read_text().replace("count: 24\n", "cuont: 24\n"))
    done = engine("preview", str(spec), dsn="")
    assert done.returncode == 2
    assert "'cuont'" in done.stderr


def test_escapes_of_a_strangers_spec_do_not_reach_the_terminal(tmp_path: Path):
    spec = tmp_path / "rude.yaml"
    story = Path("specs/quickstart.yaml").read_text().replace("vip: 10", '"\\e[31mvip\\a": 10', 1)
    assert "\\e[31m" in story
    spec.write_text(story)
    told = look(str(spec))
    assert "[31mvip" in told
    assert "\x1b" not in told
    assert "\x07" not in told


def test_a_fresh_window_ends_today_and_a_pinned_clock_does_not_move(tmp_path: Path):
    spec = tmp_path / "fresh.yaml"
    spec.write_text(
        Path("specs/quickstart.yaml").read_text().replace("window: {", "window: {end: today, for: 30d} # {")
    )
    pinned = [look(str(spec), "--now", "2025-10-31T12:00", "--entity", "orders") for _ in range(2)]
    assert pinned[0] == pinned[1]
    assert "2025-10-01 to 2025-10-31 (America/New_York)" in pinned[0]
    today = datetime.now(zone("America/New_York"))
    assert f" to {today:%Y-%m-%d} (" in look(str(spec), "--entity", "customers")


def test_pages_and_pictures_are_written_where_one_says(tmp_path: Path):
    html, png = tmp_path / "look.html", tmp_path / "look.png"
    done = engine("preview", SPEC, "--html", str(html), "--png", str(png), dsn="")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert html.read_text().startswith("<!doctype html>")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert str(html) in done.stderr


def test_with_json_the_object_is_still_the_last_line(tmp_path: Path):
    told = look(SPEC, "--html", str(tmp_path / "look.html"), "--json")
    assert json.loads(told)["scenario"] == "black_friday"


def test_a_page_that_cannot_be_written_is_told(tmp_path: Path):
    done = engine("preview", SPEC, "--html", str(tmp_path / "no" / "look.html"), dsn="")
    assert done.returncode == 2
    assert "cannot be written: No such file or directory" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_story_without_a_timeline_has_no_picture(tmp_path: Path):
    spec = tmp_path / "still.yaml"
    spec.write_text(
        "scenario: still\nwindow: {start: 2025-01-01, end: 2025-02-01}\nentities:\n  departments:\n"
        "    table: shop.categories\n    count: 3\n    columns:\n"
        "      {id: {uuid4: true}, name: {sequence: {prefix: d}}, path: {sequence: {prefix: d}}}\n"
    )
    done = engine("preview", str(spec), "--png", str(tmp_path / "look.png"), dsn="")
    assert done.returncode == 2, done.stdout
    assert "still has no timeline to draw" in done.stderr
