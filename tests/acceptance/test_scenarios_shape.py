"""The shape of each story: how many, when, how unevenly, and what is different while an event lasts.

Bands are those of published figures (see the comments in the specs) and of what a fixed number of rows can show.
"""

from __future__ import annotations

import pytest

from tests.acceptance.stories import SPECS, Told

ORDERS_AN_HOUR = "select extract(hour from placed_at)::int, count(*)::float from shop.orders group by 1 order by 1"
ORDERS_A_DAY = "select placed_at::date::text, count(*)::float from shop.orders group by 1 order by 1"
BUSIEST = "select placed_at::date::text from shop.orders group by 1 order by count(*) desc limit {}"
TOP_FIFTH = """
with counted as (select {0} as who, count(*) as n from {1} where {0} is not null group by 1),
     ranked as (select n, row_number() over (order by n desc) as place, count(*) over () as everybody from counted)
select sum(n) filter (where place <= everybody * 0.2) / sum(n) from ranked
"""


def of(*names: str) -> pytest.MarkDecorator:
    """Run a test on these stories only."""
    return pytest.mark.parametrize("story", names, indirect=True)


def rows(story: Told, table: str) -> int:
    return int(story.value(f"select count(*) from shop.{table}"))


def by_day(story: Told) -> dict[str, float]:
    return dict(tuple(row) for row in story.ask(ORDERS_A_DAY))


ALL = of("quickstart", "black_friday", "steady_state", "seasonal", "flash_sale_outage")
LARGE = of("black_friday", "steady_state", "seasonal", "flash_sale_outage")


@of("quickstart")
def test_the_quickstart_is_a_thousand_customers_and_five_thousand_orders(story: Told):
    assert (rows(story, "customers"), rows(story, "orders")) == (1_000, 5_000)
    assert len((SPECS / "quickstart.yaml").read_text(encoding="utf-8").splitlines()) <= 90


@LARGE
def test_a_story_has_a_hundred_thousand_rows_or_more(story: Told):
    assert 100_000 <= sum(entity.rows for entity in story.report.entities.values()) <= 300_000


@ALL
def test_a_day_has_an_evening_peak_a_plateau_and_a_quiet_night(story: Told):
    if story.name == "flash_sale_outage":  # its one day is not like the others
        ordinary = ORDERS_AN_HOUR.replace("from shop.orders", "from shop.orders where placed_at < '2026-03-18'")
        hours = dict(tuple(row) for row in story.ask(ordinary))
    else:
        hours = dict(tuple(row) for row in story.ask(ORDERS_AN_HOUR))
    mean = sum(hours.values()) / 24
    assert max(hours, key=lambda hour: hours[hour]) in (20, 21, 22)
    assert all(hours[hour] < 0.5 * mean for hour in (2, 3, 4, 5))
    assert all(1.1 * mean < hours[hour] < 2.2 * mean for hour in (11, 12, 13, 14))


@ALL
def test_a_few_customers_and_products_are_popular_but_not_too_popular(story: Told):
    # CDNOW: the first fifth of the buyers places 58 % of the orders; Instacart: of the products, 78 % of the lines
    assert 0.38 <= story.value(TOP_FIFTH.format("customer_id", "shop.orders")) <= 0.75
    assert 0.5 <= story.value(TOP_FIFTH.format("product_id", "shop.order_items")) <= 0.86


@ALL
def test_the_value_of_an_order_is_skewed_as_logarithms_are(story: Told):
    spread, mean, median = story.ask(
        "select stddev(ln(subtotal))::float, avg(subtotal)::float,"
        " percentile_cont(0.5) within group (order by subtotal) from shop.orders"
    )[0]
    assert 0.6 <= spread <= 1.23
    assert 1.15 <= mean / median <= 2.1


@ALL
def test_a_basket_holds_two_or_three_lines(story: Told):
    lines = rows(story, "order_items") / rows(story, "orders")
    alone = story.value(
        "select avg((n = 1)::int) from (select count(*) as n from shop.order_items group by order_id) x"
    )
    assert 1.5 <= lines <= 3
    assert 0.25 <= alone <= 0.6


@of("black_friday")
def test_black_friday_is_the_busiest_day_and_cyber_monday_the_second(story: Told):
    assert [row[0] for row in story.ask(BUSIEST.format(2))] == ["2025-11-28", "2025-12-01"]


@of("black_friday")
def test_the_days_of_black_friday_have_the_published_multiples(story: Told):
    days = by_day(story)
    ordinary = sum(days[f"2025-11-{day:02}"] for day in range(1, 25)) / 24
    assert 3.5 <= days["2025-11-28"] / ordinary <= 6.5
    assert 3.0 <= days["2025-12-01"] / ordinary <= 5.5
    assert 1.5 <= days["2025-11-27"] / ordinary <= 2.5
    assert all(1.3 <= days[day] / ordinary <= 2.2 for day in ("2025-11-29", "2025-11-30"))
    assert days["2025-12-02"] / ordinary <= 2.6


@of("black_friday")
def test_the_busiest_hour_is_on_black_friday_and_seven_times_the_mean_or_more(story: Told):
    hours = "select date_trunc('hour', placed_at)::text, count(*) from shop.orders group by 1 order by 2 desc limit 1"
    ((hour, orders),) = story.ask(hours)
    ordinary = story.value("select count(*) / (24 * 24.0) from shop.orders where placed_at < '2025-11-25'")
    assert hour.startswith("2025-11-28")
    assert 7 <= orders / ordinary <= 13


WHEN = ("between '2025-11-28 07:00' and '2025-11-28 23:00'", "< '2025-11-27'")


@of("black_friday")
def test_discounts_are_deep_inside_black_friday_and_rare_outside(story: Told):
    inside, outside = (
        story.value(f"select avg(discount_pct) from shop.orders where placed_at {when}") for when in WHEN
    )
    assert 19 <= inside <= 25
    assert outside <= 5
    percents = {row[0] for row in story.ask("select distinct discount_pct::int from shop.orders")}
    assert percents <= {0, 5, 10, 15, 20, 30, 40}


@of("black_friday")
def test_an_order_is_worth_the_same_on_black_friday_but_holds_more(story: Told):
    # Bluecore 2018: the average order value stays level through the week
    (inside, outside), (more, fewer) = (
        [story.value(f"select avg({what}) from shop.orders as o where placed_at {when}") for when in WHEN]
        for what in ("total", "(select count(*) from shop.order_items as i where i.order_id = o.id)")
    )
    assert 0.85 <= inside / outside <= 1.15
    assert more / fewer >= 1.12


@of("black_friday")
def test_parcels_of_black_friday_leave_and_arrive_days_later(story: Told):
    peak = "select shipped_at::date::text from shop.shipments group by 1 order by count(*) desc limit 1"
    assert story.ask(peak)[0][0] == "2025-12-01"
    assert story.value("select count(*) from shop.shipments where extract(isodow from shipped_at) > 5") == 0


@of("black_friday")
def test_keen_customers_are_the_vips(story: Told):
    per_head = dict(
        tuple(row)
        for row in story.ask(
            "select c.segment, count(o.id)::float / count(distinct c.id) from shop.customers as c"
            " left join shop.orders as o on o.customer_id = c.id group by 1"
        )
    )
    assert per_head["vip"] > 2 * per_head["regular"] > 4 * per_head["new"]


@of("steady_state")
def test_no_day_of_a_steady_shop_stands_out(story: Told):
    days = by_day(story)
    mean = sum(days.values()) / len(days)
    assert len(days) == 34
    assert all(0.6 <= orders / mean <= 1.5 for orders in days.values())
    assert story.value("select avg(discount_pct) from shop.orders") <= 5


@of("seasonal")
def test_black_friday_and_cyber_monday_are_the_busiest_days_of_both_years(story: Told):
    assert {row[0] for row in story.ask(BUSIEST.format(4))} == {"2024-11-29", "2024-12-02", "2025-11-28", "2025-12-01"}
    days = by_day(story)
    for year, friday in (("2024", "2024-11-29"), ("2025", "2025-11-28")):
        ordinary = sum(n for day, n in days.items() if day.startswith(year)) / 366
        assert 3.0 <= days[friday] / ordinary <= 6.5


@of("seasonal")
def test_a_year_has_a_season_a_quiet_summer_and_a_quiet_christmas(story: Told):
    days = by_day(story)
    for year in ("2024", "2025"):
        of_year = [n for day, n in days.items() if day.startswith(year)]
        mean = sum(of_year) / len(of_year)
        december = [n for day, n in days.items() if day.startswith(f"{year}-12")]
        summer = [n for day, n in days.items() if f"{year}-07-15" <= day <= f"{year}-08-10"]
        assert sum(december) / len(december) > 1.25 * mean
        assert sum(summer) / len(summer) < 0.95 * mean
        assert days[f"{year}-12-25"] < 0.6 * mean


@of("seasonal")
def test_the_shop_grows_by_a_quarter_in_a_year(story: Told):
    days = by_day(story)
    first, second = (sum(n for day, n in days.items() if day.startswith(year)) for year in ("2024", "2025"))
    assert 1.15 <= second / first <= 1.35


@of("seasonal")
def test_the_evening_is_at_the_same_hours_of_the_clock_in_winter_and_in_summer(story: Told):
    evening = "select avg((extract(hour from placed_at) between 19 and 22)::int) from shop.orders"
    for months in ("('12', '01', '02')", "('06', '07', '08')"):
        assert 0.25 <= story.value(f"{evening} where to_char(placed_at, 'MM') in {months}") <= 0.31


FLASH = {
    "before": "placed_at >= '2026-03-18 11:00' and placed_at < '2026-03-18 12:00'",
    "sale": "placed_at >= '2026-03-18 12:00' and placed_at < '2026-03-18 12:20'",
    "gone": "placed_at >= '2026-03-18 12:48' and placed_at < '2026-03-18 12:57'",
    "evening": "placed_at >= '2026-03-18 15:00' and placed_at < '2026-03-18 16:00'",
}
DOWN = "{0} >= '2026-03-18 12:20' and {0} < '2026-03-18 12:42'"


@of("flash_sale_outage")
def test_a_flash_sale_is_a_step_and_is_over_in_hours(story: Told):
    before, sale, gone, evening = (story.value(f"select count(*) from shop.orders where {w}") for w in FLASH.values())
    assert 20 <= (sale / 20) / (before / 60) <= 100
    first = "select count(*) from shop.orders where placed_at >= '2026-03-18 12:00' and placed_at < '2026-03-18 12:02'"
    assert story.value(first) / 2 >= 0.75 * sale / 20  # a step, not a slope
    assert evening < 2 * before
    assert gone == 0


@of("flash_sale_outage")
def test_while_the_storefront_is_down_nothing_comes_and_a_minute_later_it_does(story: Told):
    assert story.value(f"select count(*) from shop.orders where {FLASH['gone']}") == 0
    minute = "select count(*) from shop.orders where date_trunc('minute', placed_at) = timestamptz '{}'"
    assert story.value(minute.format("2026-03-18 12:47")) > 50
    assert story.value(minute.format("2026-03-18 12:57")) > 50


@of("flash_sale_outage")
def test_while_the_gateway_is_down_orders_come_and_every_payment_fails(story: Told):
    attempted = DOWN.format("attempted_at")
    assert story.value(f"select count(*) from shop.orders where {DOWN.format('placed_at')}") > 1_000
    assert {row[0] for row in story.ask(f"select distinct status from shop.payments where {attempted}")} == {"failed"}
    assert story.value(f"select count(*) from shop.payments where status = 'failed' and not ({attempted})") == 0
    assert story.value(f"select count(*) from shop.orders where {DOWN.format('paid_at')}") == 0


@of("flash_sale_outage")
def test_of_those_whose_payment_failed_some_try_again_later_and_some_give_up(story: Told):
    again = story.value("select count(*) from shop.payments where attempt = 2")
    refused = story.value("select count(*) from shop.payments where attempt = 1 and status <> 'captured'")
    assert 0.5 <= again / refused <= 0.65


@of("flash_sale_outage")
def test_the_sale_is_what_makes_things_cheap(story: Told):
    inside, outside = (
        story.value(f"select avg(discount_pct) from shop.orders where {FLASH[when]}") for when in ("sale", "evening")
    )
    assert inside >= 30
    assert outside <= 5
