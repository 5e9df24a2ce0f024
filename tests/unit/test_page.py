"""A page's words and figures beside those of the preview that it shows; names of strangers stay names."""

from __future__ import annotations

import re
import zlib
from dataclasses import replace
from datetime import datetime, timezone
from html.parser import HTMLParser

import pytest
import vl_convert

from engine.page import html, page_of, picture
from engine.page.charts import Course, lettered
from engine.page.packed import _chunks, packed
from engine.page.vector import adopt, markup
from engine.page.words import amount, count, percent, span
from engine.preview import Preview, preview
from engine.preview.actual import Actual, EntityActual
from engine.preview.model import ALL, OTHERWISE, Bar, Share, Span
from engine.spec.load import load
from tests.worlds import SHOP, STORY, catalog, plan_of, table

EVIL = "</script></title></style><img src=x onerror=alert(1)>"


def seen(text: str = STORY, tables: object = SHOP) -> Preview:
    return preview(load(text, file="story.yaml").scenario, plan_of(text, tables))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def small() -> Preview:
    return seen()


class Read(HTMLParser):
    """The elements, their attributes and the text of a page."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def test_every_element_is_closed_and_none_runs_loads_or_leads_away(small: Preview):
    found = Read(html(page_of(small)))
    assert not found.open
    assert {tag for tag, _ in found.elements}.isdisjoint({"script", "img", "link", "iframe", "object", "image", "base"})
    attributes = [(name, value or "") for _, some in found.elements for name, value in some.items()]
    assert not [name for name, _ in attributes if name.startswith("on")]
    assert all(value.startswith("#") for name, value in attributes if name in {"href", "xlink:href", "src"})
    assert "url(" not in html(page_of(small))


def test_the_page_forbids_itself_everything_but_its_style(small: Preview):
    policies = [some["content"] for tag, some in Read(html(page_of(small))).elements if "http-equiv" in some]
    assert policies == ["default-src 'none'; style-src 'unsafe-inline'"]


def named(group: str) -> str:
    return group if group in (ALL, OTHERWISE) else EVIL


def evil_story() -> Preview:
    """A small story in which everything that a stranger may name has the worst of names."""
    view = seen()
    entities = tuple(
        replace(
            entity,
            name=EVIL + str(n),
            table=EVIL,
            parent=EVIL + "2" if entity.parent else None,
            columns=tuple(replace(c, name=EVIL + c.name, made=EVIL) for c in entity.columns),
            first=tuple(tuple(EVIL for _ in row) for row in entity.first),
            shares=tuple(replace(s, column=EVIL + s.column, group=named(s.group), value=EVIL) for s in entity.shares),
            histograms=tuple(replace(b, column=EVIL + b.column) for b in entity.histograms),
            facts=tuple(replace(f, column=EVIL + f.column) for f in entity.facts),
            groups=tuple(replace(g, name=named(g.name)) for g in entity.groups),
        )
        for n, entity in enumerate(view.entities)
    )
    timelines = tuple(
        replace(t, name=EVIL, events=tuple(replace(e, event=EVIL + "\x1b[2J\u202e") for e in t.events))
        for t in view.timelines
    )
    return replace(view, scenario=EVIL, description=EVIL, timelines=timelines, entities=entities)


def test_names_of_strangers_never_become_markup():
    text = html(page_of(evil_story()))
    found = Read(text)
    assert not found.open
    assert {tag for tag, _ in found.elements}.isdisjoint({"script", "img"})
    assert "<img" not in text
    assert EVIL in "".join(found.words)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_picture_shows_names_of_strangers_as_they_are():
    assert picture(evil_story()).startswith(b"\x89PNG")


def test_what_a_drawing_may_bring_along_is_a_list():
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><image href="http://x"/>'
        '<a href="javascript:x()"><text>gone</text></a><path d="M1.2345,2h3" onclick="x()" fill="#2f6f8f" '
        'opacity="0.125" role="graphics-symbol" aria-label="a &lt; b"/><path d="M0,0h0v0"/></svg>'
    )
    assert markup(adopt(drawing)) == (
        '<svg><path d="M1.2,2h3" fill="var(--mark)" opacity="0.125"><title>a &lt; b</title></path></svg>'
    )


def test_the_page_tells_what_the_preview_counted(small: Preview):
    text = "".join(Read(html(page_of(small))).words)
    for entity in small.entities:
        assert f"{'about ' if entity.parent else ''}{entity.rows:,} rows" in text
        for column in entity.columns:
            assert column.name in text
    for event in small.timelines[0].events:
        assert event.event in text
    orders = next(e for e in small.entities if e.name == "orders")
    assert orders.time is not None
    for share in (s for s in orders.shares if s.group == ALL):
        assert percent(share.share) in text
    busiest = orders.time.week.index(max(orders.time.week))
    day = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")[busiest // 24]
    told = [some["title"] for tag, some in Read(html(page_of(small))).elements if tag == "i"]
    assert f"{day} {busiest % 24:02}:00 to {busiest % 24 + 1:02}:00: {max(orders.time.week):,} rows" in told


def test_the_week_is_the_hours_and_the_weekdays_together(small: Preview):
    time = next(e for e in small.entities if e.name == "orders").time
    assert time is not None
    assert [sum(time.week[hour::24]) for hour in range(24)] == list(time.hours)
    assert [sum(time.week[24 * day : 24 * day + 24]) for day in range(7)] == list(time.weekdays)


def test_a_story_without_timelines_and_rows_is_a_page_too():
    bare = (
        "scenario: bare\nwindow: {start: 2025-01-01, end: 2025-02-01}\n"
        "entities: {t: {table: t, count: 0, columns: {id: {sequence: 1}}}}"
    )
    text = html(page_of(seen(bare, catalog(table("t", "id int8")))))
    assert "0 rows" in text
    assert "Rate over time" not in text


def test_after_a_run_planned_and_actual_stand_side_by_side(small: Preview):
    orders = next(e for e in small.entities if e.name == "orders")
    assert orders.time is not None
    shares = tuple(Share(s.column, ALL, s.value, 0.123) for s in orders.shares if s.group == ALL)
    bars = tuple(replace(b, share=0.0417) for b in orders.histograms)
    counts = tuple(float(n) for n in orders.time.counts)
    entity = EntityActual(orders.rows - 1, orders.rows - 1, counts, bars, (), shares, {}, "only a part was looked at")
    outcome = {"name": "enough", "passed": False, "expected": "9", "actual": "8", "trouble": None}
    actual = Actual(
        "1", "succeeded", datetime(2025, 12, 1, tzinfo=timezone.utc), 2.5, None, {"orders": entity}, (outcome,)
    )
    text = "".join(Read(html(page_of(small, actual))).words)
    for told in (f"planned, {orders.rows - 1:,} loaded", "12 %", "4 % actual", "✗ not true", "found 8", "only a part"):
        assert told in text
    assert "planned peak" in html(page_of(small, actual))


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0 %"), (0.0004, "< 0.1 %"), (0.004, "0.4 %"), (0.0099, "1 %"), (0.5, "50 %"), (1, "100 %")],
)
def test_shares_are_told_in_whole_percents_and_small_ones_not_as_nothing(value: float, told: str):
    assert percent(value) == told


def test_numbers_are_told_to_three_digits_or_whole():
    assert [count(16_000.0), count(2.345), amount(0.03125), amount(24.987), amount(12_345.6)] == [
        *("16,000", "2.35", "0.0312", "25"),
        "12,346",
    ]


def test_spans_of_one_day_tell_it_once():
    noon = int(datetime(2025, 11, 28, 17, tzinfo=timezone.utc).timestamp()) * 1_000_000
    assert span(noon, noon + 3_600_000_000, "America/New_York") == "28 Nov 2025 12:00 to 13:00"
    assert span(noon, noon + 86_400_000_000, "UTC") == "28 Nov 2025 17:00 to 29 Nov 2025 17:00"


def test_each_event_has_one_letter_however_often_it_comes():
    events = [Span(f"event{n % 30}", "spike", n, n + 1) for n in range(60)]
    found = lettered(events)
    assert [f.letter for f in found][:2] + [f.letter for f in found][-1:] == ["A", "B", "D2"]
    assert all(len(f.spans) == 2 for f in found)


def test_the_peak_of_a_course_is_its_highest_part():
    course = Course(0, 35, 10, (1.0, 5.0, 2.0, 5.0), None, "×", "UTC")
    assert (course.peak, course.begin(course.peak), course.begin(4)) == (1, 10, 35)


def test_bars_of_a_histogram_are_as_high_as_their_shares():
    column = "price"
    view = seen()
    products = next(e for e in view.entities if e.name == "products")
    bars = tuple(Bar(column, float(n), n + 1.0, n / 300) for n in range(24))
    changed = replace(view, entities=(replace(products, histograms=bars, shares=()),))
    drawn = next(p.histogram for p in page_of(changed).sections[0].panels if p.name == column)
    highs = [float(h) for h in re.findall(r"v-(\d+\.\d)h", str(drawn))]
    assert highs == pytest.approx([48 * n / 23 for n in range(24)], abs=0.06)


def test_a_picture_is_packed_without_touching_a_pixel(small: Preview):
    drawn = picture(small)
    again = packed(drawn)
    assert again == drawn
    kinds = [kind for kind, _ in _chunks(drawn)]
    assert (kinds[0], kinds[-1], kinds.count(b"IDAT")) == (b"IHDR", b"IEND", 1)
    circle = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400"><circle cx="200" cy="200" r="150"/></svg>'
    )
    loose = vl_convert.svg_to_png(circle)
    pixels = [
        zlib.decompress(b"".join(body for kind, body in _chunks(one) if kind == b"IDAT"))
        for one in (loose, packed(loose))
    ]
    assert pixels[0] == pixels[1]
    assert len(packed(loose)) < len(loose)


def test_a_rate_that_is_even_has_no_peak():
    assert not Course(0, 40, 10, (1.0, 1.0, 1.0, 0.9), None, "×", "UTC").peaked
    assert Course(0, 40, 10, (1.0, 1.0, 2.0, 0.5), None, "×", "UTC").peaked
