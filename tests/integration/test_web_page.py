"""The web page in a real browser: the whole journey with its script, without it, on a phone, by keyboard, signed in.

Screenshots of the journey are kept in `.screenshots`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.access import Role, new_token, read_tokens
from tests.api import served
from tests.browser import Opened, chromium
from tests.integration.test_api_runs import BLACK_FRIDAY, QUICKSTART, settings
from tests.servers import ask

SCREENSHOTS = Path(".screenshots")
WRONG = QUICKSTART.replace("count: 200", "cuont: 200", 1)
LINE = WRONG[: WRONG.index("cuont")].count("\n") + 1
EVIL = "</textarea><img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class Place:
    """A browser, and the address of a server with a shop behind it."""

    browser: Browser
    url: str
    dsn: str

    def open(self, path: str, **chosen: object) -> Opened:
        return Opened(self.browser, self.url + path, **chosen)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def place(browser: Browser, shop_database: str) -> Iterator[Place]:
    with served(settings(shop_database)) as caller:
        yield Place(browser, f"http://127.0.0.1:{caller.port}", shop_database)


def keep(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def test_from_a_pasted_spec_to_its_report(place: Place):
    opened = place.open("/", viewport={"width": 1200, "height": 900})
    page = opened.page
    expect(page.get_by_text("None yet.")).to_be_visible()
    keep(page, "1-home")
    page.get_by_role("link", name="New run").first.click()
    page.get_by_label("The spec, as YAML").fill(WRONG)
    finding = page.locator("#findings li")
    expect(finding).to_contain_text(f"line {LINE}")
    expect(finding).to_contain_text("did you mean 'count'?")
    expect(page.locator("#gutter b")).to_have_text(str(LINE))
    keep(page, "2-wrong")
    finding.get_by_role("link").click()
    selected = "t => t.value.slice(t.selectionStart, t.selectionEnd)"
    assert page.locator("#spec").evaluate(selected).strip() == "cuont: 200"

    page.get_by_label("The spec, as YAML").fill(QUICKSTART.replace("count: 5_000", "count: 200_000"))
    expect(page.get_by_text("The spec is right.")).to_be_visible()
    page.get_by_role("button", name="Preview").click()
    preview = page.frame_locator("#preview")
    expect(preview.get_by_role("heading", name="Rate over time")).to_be_visible(timeout=30_000)
    keep(page, "3-preview")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/watch/*")
    expect(page.locator("#bars tr")).to_have_count(5, timeout=30_000)
    expect(page.locator("#chart")).to_be_visible(timeout=30_000)
    keep(page, "4-live")
    expect(page.locator("#status")).to_have_text("succeeded", timeout=90_000)
    expect(page.locator("#log")).to_contain_text("rebuild")
    expect(page.locator("#log")).to_contain_text("succeeded")
    assert page.locator("#bars tr th").all_inner_texts()[:2] == ["customers", "products"]
    made = ask(place.dsn, "select count(*) from shop.orders")
    assert page.locator('[data-entity="orders"] .number').inner_text() == f"{made:,}" == "200,000"
    keep(page, "5-ended")
    with page.expect_download() as download:
        page.get_by_role("link", name="report as JSON").click()
    assert '"succeeded"' in download.value.path().read_text()
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_text("planned and actual").first).to_be_visible(timeout=30_000)
    keep(page, "6-report")
    assert opened.said == []
    assert all(url.startswith((place.url, "data:")) for url in opened.requests)


def test_a_run_is_cancelled_and_gone_on_with(place: Place):
    page = place.open("/edit").page
    page.get_by_label("The spec, as YAML").fill(BLACK_FRIDAY)
    page.get_by_label("Parameter").fill("orders=300_000")
    page.get_by_role("button", name="Run", exact=True).click()
    page.wait_for_url("**/watch/*")
    expect(page.locator("#stage")).to_have_text("load", timeout=60_000)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#status")).to_have_text("cancelled", timeout=60_000)
    page.get_by_role("button", name="Resume").click()
    expect(page.locator("#status")).to_have_text("succeeded", timeout=120_000)
    assert ask(place.dsn, "select count(*) from shop.orders") == 300_000


def test_without_a_script_everything_can_be_done(place: Place):
    page = place.open("/", java_script_enabled=False).page
    page.get_by_role("link", name="quickstart", exact=True).click()
    spec = page.get_by_label("The spec, as YAML")
    assert spec.input_value() == QUICKSTART
    spec.fill(WRONG)
    page.get_by_role("button", name="Validate").click()
    expect(page.locator("#findings li")).to_contain_text(f"line {LINE}")
    assert page.get_by_label("The spec, as YAML").input_value() == WRONG
    page.get_by_label("The spec, as YAML").fill(QUICKSTART)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.locator("#status")).to_have_text("succeeded", timeout=60_000)  # it looks again by itself
    expect(page.locator("#log")).to_contain_text("rebuild")
    page.get_by_role("link", name="Report", exact=True).click()
    expect(page.get_by_text("planned and actual").first).to_be_visible()
    page.goto(place.url)
    expect(page.locator(".list .status")).to_have_text("succeeded")


def test_a_file_may_be_taken_instead(place: Place, tmp_path: Path):
    (tmp_path / "mine.yaml").write_text(QUICKSTART, encoding="utf-8")
    for script in (True, False):
        page = place.open("/edit", java_script_enabled=script).page
        page.get_by_label("or a file").set_input_files(tmp_path / "mine.yaml")
        if not script:
            page.get_by_role("button", name="Validate").click()
        expect(page.get_by_text("The spec is right.")).to_be_visible()
        assert page.get_by_label("The spec, as YAML").input_value().replace("\r\n", "\n") == QUICKSTART


@pytest.mark.parametrize("path", ["/", "/edit?spec=black_friday", "/docs", "/sign-in", "/watch/none"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_in_light_and_dark(place: Place, path: str, scheme: str):
    opened = place.open(path, viewport={"width": 360, "height": 740}, color_scheme=scheme)
    page = opened.page
    wide, shown = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide == shown
    ground, ink = page.evaluate("['backgroundColor', 'color'].map(n => getComputedStyle(document.documentElement)[n])")
    light = [sum(map(int, re.findall(r"\d+", colour)[:3])) > 382 for colour in (ground, ink)]
    assert light == ([True, False] if scheme == "light" else [False, True])
    small = page.evaluate(
        "[...document.querySelectorAll('main button, main .button')].map(b => b.getBoundingClientRect().height)"
    )
    assert all(height >= 40 for height in small if height)


def test_a_run_is_asked_for_and_watched_by_keyboard(place: Place):
    page = place.open("/edit?spec=quickstart").page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "spec":
            break
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/watch/*")
    expect(page.locator("#status")).to_have_text("succeeded", timeout=60_000)


def test_what_a_stranger_named_is_text_and_nothing_else(place: Place):
    opened = place.open("/edit")
    page = opened.page
    page.get_by_label("The spec, as YAML").fill(f"{QUICKSTART}\n'{EVIL}': 1\n")
    expect(page.locator("#findings li").first).to_contain_text("unknown key")
    page.locator("button[value=run]").click()
    expect(page.locator("#findings li").first).to_contain_text("unknown key")
    assert EVIL in page.get_by_label("The spec, as YAML").input_value()
    assert page.locator("img").count() == 0
    assert all("422" in line for line in opened.said)  # and no dialog


def test_with_tokens_somebody_signs_in_first(browser: Browser, shop_database: str):
    run, run_line = new_token("ann", Role.RUN)
    read, read_line = new_token("bob", Role.READ)
    guarded = replace(settings(shop_database), tokens=read_tokens([run_line, read_line]))
    with served(guarded) as caller:
        url = f"http://127.0.0.1:{caller.port}"
        page = Opened(browser, f"{url}/edit").page
        assert page.url == f"{url}/sign-in"
        page.get_by_label("Token").fill("engine_wrong")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("not known")
        page.get_by_label("Token").fill(read)
        page.get_by_role("button", name="Sign in").click()
        page.goto(f"{url}/edit?spec=quickstart")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.get_by_role("alert")).to_contain_text("takes the role run")
        page.get_by_role("button", name="Sign out bob").click()
        page.get_by_label("Token").fill(run)
        page.get_by_role("button", name="Sign in").click()
        (cookie,) = page.context.cookies()
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        page.goto(f"{url}/edit?spec=quickstart")
        page.get_by_role("button", name="Run", exact=True).click()
        expect(page.locator("#status")).to_have_text("succeeded", timeout=60_000)
        assert caller.post("/sign-out", Origin="http://evil.example").status == 403


def test_pages_that_are_not_there_say_so(place: Place):
    page = place.open("/watch/00000000-0000-0000-0000-000000000000").page
    expect(page.get_by_role("alert")).to_contain_text("no run of this id")


def test_the_page_of_the_api_tells_of_every_operation_and_needs_no_network(place: Place):
    opened = place.open("/docs", java_script_enabled=False)
    assert opened.page.get_by_role("heading", name="POST /runs", exact=True).is_visible()
    assert opened.page.get_by_role("heading", name="ProblemDetails").is_visible()
    assert all(url.startswith((place.url, "data:")) for url in opened.requests)
    wide, shown = opened.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert wide == shown
