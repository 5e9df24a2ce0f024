"""A page's charts as one picture."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UsageError
from engine.page.build import courses
from engine.page.charts import WIDE, Lettered, column_of, course_chart
from engine.page.draw import png
from engine.page.words import clean
from engine.preview.actual import Actual
from engine.preview.model import Preview

MOST_NAMED = 12


def picture(seen: Preview, actual: Actual | None = None) -> bytes:
    """The rates of all timelines, one under the other, as PNG. Raises UsageError where there is none."""
    charts = [
        (drawn.title, _events(drawn.events), course_chart(drawn.course, drawn.events, WIDE))
        for drawn in courses(seen, actual)
    ]
    if not charts:
        raise UsageError(f"{seen.scenario} has no timeline to draw")
    return png(column_of(charts, seen.scenario))


def _events(events: Sequence[Lettered]) -> str:
    return ", ".join(f"{event.letter} {clean(event.spans[0].event)}" for event in events[:MOST_NAMED])
