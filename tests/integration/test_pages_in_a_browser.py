"""The pages in a real browser: no network, no script, readable on a phone, in the dark, by keyboard, on paper."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.browser import Opened, chromium
from tests.runs import engine

EVIL = "</script><img src=http://127.0.0.1:9/x onerror=alert(1)>"
STRANGE = f"""
scenario: strange
description: "{EVIL}"
timezone: Asia/Kolkata
window: {{start: 2025-11-01, end: 2025-12-01}}
timelines: {{traffic: {{spikes: {{sale: {{at: 2025-11-10 09:00, peak: 5, rise: 2h, hold: 6h, decay: 2h}}}}}}}}
entities:
  customers:
    table: shop.customers
    count: 500
    moment: {{column: created_at, timeline: traffic}}
    columns:
      id: {{uuid7: created_at}}
      email: {{template: "c{{{{ row }}}}@example.com"}}
      first_name: {{choice: ["{EVIL}", plain]}}
      last_name: "{EVIL}"
      segment: {{choice: [new, regular]}}
      updated_at: {{attribute: created_at}}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of Black Friday's page."""
    return written(tmp_path_factory.mktemp("pages") / "black_friday.html", "specs/black_friday.yaml")


def written(file: Path, spec: str) -> str:
    done = engine("preview", spec, "--html", str(file), dsn="")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return file.as_uri()


@pytest.mark.parametrize("width", [360, 820, 1280])
def test_a_page_asks_nothing_of_the_network_and_fits_the_screen(browser: Browser, page: str, width: int):
    opened = Opened(browser, page, viewport={"width": width, "height": 900})
    assert opened.requests == [page]
    assert opened.said == []
    wide, shown = opened.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide == shown
    drawings = [d for d in opened.page.locator("figure svg").all() if d.is_visible()]
    assert drawings
    assert all((d.bounding_box() or {"width": width})["width"] <= width for d in drawings)


def test_the_smallest_letters_of_a_phone_can_be_read(browser: Browser, page: str):
    opened = Opened(browser, page, viewport={"width": 360, "height": 900})
    heights = opened.page.evaluate(
        "[...document.querySelectorAll('.narrow svg text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(heights) >= 9.5


def test_a_page_needs_no_script(browser: Browser, page: str):
    opened = Opened(browser, page, java_script_enabled=False)
    assert opened.page.get_by_role("heading", name="black_friday").is_visible()
    assert opened.page.get_by_text("cyber_monday").first.is_visible()


def test_the_dark_has_colours_of_its_own(browser: Browser, page: str):
    shades = []
    for scheme in ("light", "dark"):
        opened = Opened(browser, page, color_scheme=scheme)
        shades.append(opened.page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
        line = "getComputedStyle(document.querySelector('figure svg path[stroke]')).stroke"
        shades.append(opened.page.evaluate(line))
    assert len(set(shades)) == 4


def test_by_keyboard_one_reaches_the_tables_the_graph_and_from_it_an_entity(browser: Browser, page: str):
    opened = Opened(browser, page)
    met = []
    for _ in range(14):
        opened.page.keyboard.press("Tab")
        met.append(
            opened.page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.className")
        )
    assert met[0] == "#main"
    assert "scroll diagram" in met
    assert "#entity-7" in met
    opened.page.locator('a[href="#entity-7"]').focus()
    opened.page.keyboard.press("Enter")
    assert opened.page.url.endswith("#entity-7")
    assert opened.page.locator("#entity-7 h2").bounding_box()["y"] < 200  # type: ignore[index]


def test_a_page_can_be_printed(browser: Browser, page: str):
    assert Opened(browser, page, color_scheme="dark").page.pdf().startswith(b"%PDF")


def test_what_a_spec_names_runs_nothing_and_loads_nothing(browser: Browser, tmp_path: Path):
    spec = tmp_path / "strange.yaml"
    spec.write_text(STRANGE)
    address = written(tmp_path / "strange.html", str(spec))
    opened = Opened(browser, address)
    assert (opened.requests, opened.said) == ([address], [])
    assert opened.page.locator("img, script").count() == 0
    assert opened.page.get_by_text(EVIL, exact=True).count() >= 3


def test_a_page_that_breaks_its_own_rules_would_be_stopped(browser: Browser, page: str, tmp_path: Path):
    file = tmp_path / "broken.html"
    text = Path(page.removeprefix("file://")).read_text()
    file.write_text(text.replace("<main", "<script>alert(1)</script><img src='http://127.0.0.1:9/x'><main"))
    opened = Opened(browser, file.as_uri())
    assert opened.refused == ["http://127.0.0.1:9/x"]
    assert len(opened.said) == 2
    assert all("Content Security Policy" in told for told in opened.said)
