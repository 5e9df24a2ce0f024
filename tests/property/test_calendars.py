"""Made-up calendars: appointments of one parent never overlap, keep their gap, and lie where they may."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, reject, settings
from hypothesis import strategies as st

from engine.errors import Code, SpecError
from engine.timelines.profiles import WEEKDAYS
from tests.worlds import catalog, plan_of, rows_of, table

made_up = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TABLES = catalog(
    table("rooms", "id int8", "opened timestamptz null", "closed timestamptz null"),
    table("stays", "id int8", "room_id int8", "starts timestamptz", "ends timestamptz"),
)
SPEC = """
scenario: rooms
seed: {seed}
timezone: {timezone}
window: {{start: {start}, end: {end}}}
entities:
  rooms:
    table: rooms
    count: 4
    columns:
      id: {{sequence: 1}}
      opened: {{uniform: {{min: {start}, max: {end}}}, null_fraction: 0.2}}
      closed: {{after: opened, by: {{uniform: {{min: 0s, max: 4d}}}}, null_fraction: 0.2}}
  stays:
    table: stays
    per: {{parent: rooms, as: room_id, calendar: {calendar}}}
    moment: {{column: starts}}
    columns:
      id: {{expr: "room_id * 1_000_000 + ordinal"}}
"""
# around the days on which each of them changes its clocks
STARTS = {
    "Europe/Oslo": ["2025-03-24", "2025-10-20"],
    "America/New_York": ["2025-03-03", "2025-10-27"],
    "Australia/Lord_Howe": ["2025-03-31", "2025-09-29"],
    "America/Sao_Paulo": ["2017-10-10", "2018-02-13"],
    "Pacific/Apia": ["2011-12-25"],
}
Span = tuple[datetime, datetime]


@st.composite
def hours(draw: Any) -> str:
    edges = sorted(draw(st.lists(st.integers(0, 288), min_size=2, max_size=8, unique=True)))
    times = [f"{5 * edge // 60:02}:{5 * edge % 60:02}" for edge in edges]
    return ", ".join(f"{a}-{b}" for a, b in zip(times[::2], times[1::2], strict=False))


@st.composite
def calendars(draw: Any) -> dict[str, Any]:
    days = draw(st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=7, unique=True))
    said = {
        "hours": f"'{draw(hours())}'",
        "days": f"[{', '.join(days)}]",
        "length": draw(st.sampled_from(["7m", "30m", "1h", "1h30m"])),
        "gap": draw(st.sampled_from(["0m", "3m", "10m", "2h"])),
        "fill": draw(st.sampled_from(["100%", "70%", "5%"])),
    }
    said["ends"] = "ends"
    said |= draw(st.sampled_from([{}, {"from": "opened"}, {"until": "closed"}, {"from": "opened", "until": "closed"}]))
    return said


@made_up
@given(calendars(), st.sampled_from(sorted(STARTS)), st.data())
def test_no_two_appointments_of_one_parent_overlap(calendar: dict[str, Any], timezone: str, data: st.DataObject):
    start = datetime.fromisoformat(data.draw(st.sampled_from(STARTS[timezone]))).replace(tzinfo=ZoneInfo(timezone))
    end = start + timedelta(days=data.draw(st.integers(1, 20)))
    written = ", ".join(f"{key}: {value}" for key, value in calendar.items())
    seed = data.draw(st.integers(0, 1000))
    text = SPEC.format(seed=seed, timezone=timezone, start=start.date(), end=end.date(), calendar=f"{{{written}}}")
    try:
        plan = plan_of(text, TABLES)
    except SpecError as error:
        if {d.code for d in error.diagnostics} <= {Code.OUT_OF_RANGE, Code.INFEASIBLE}:
            reject()  # a length that does not fit, or no slot
        raise
    made = rows_of(plan)
    assert rows_of(plan, batch_rows=3) == made
    spans: dict[int, list[Span]] = defaultdict(list)
    for row in made["stays"].to_pylist():
        spans[row["room_id"]].append((row["starts"], row["ends"]))
    gap = timedelta(minutes={"0m": 0, "3m": 3, "10m": 10, "2h": 120}[calendar["gap"]])
    for room in made["rooms"].to_pylist():
        found = spans[room["id"]]
        assert all(after[0] - before[1] >= gap for before, after in pairwise(found))
        first = room["opened"] if "from" in calendar else start
        last = room["closed"] if "until" in calendar else None
        assert not found or found[0][0] >= max(first or start, start)
        assert all(one < other <= min(last or end, end) for one, other in found)
        assert all(_open(span, calendar, ZoneInfo(timezone)) for span in found)


def _open(span: Span, calendar: dict[str, Any], local: ZoneInfo) -> bool:
    """Whether a stay lies in one span of hours, on a clock that is looked at when it begins and just before it ends."""
    begin, end = (moment.astimezone(local) for moment in (span[0], span[1] - timedelta(microseconds=1)))
    day = begin.strftime("%a").lower()
    times = [f"{moment:%H:%M}" for moment in (begin, end)]
    spans = [part.split("-") for part in calendar["hours"].strip("'").split(", ")]
    inside = any(low <= times[0] < high and low <= times[1] < high for low, high in spans)
    return day in calendar["days"] and inside
