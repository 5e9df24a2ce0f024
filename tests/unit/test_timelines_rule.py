"""Rules of days, beside a slow twin that walks from one day to the next, and what RFC 5545 forbids."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given
from hypothesis import strategies as st

from engine.timelines.rule import RuleError, read_rule

DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
STARTS = st.dates(date(1999, 1, 1), date(2004, 12, 28)).filter(lambda day: day.day <= 28)


def signed(most: int) -> st.SearchStrategy[str]:
    return st.lists(st.integers(1, most).flatmap(lambda n: st.sampled_from([n, -n])), min_size=1, max_size=5).map(
        lambda numbers: ",".join(map(str, numbers))
    )


@st.composite
def rules(draw: st.DrawFn) -> str:
    frequency = draw(st.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.integers(1, 5))}", f"WKST={draw(st.sampled_from(DAYS))}"]
    months = draw(st.lists(st.integers(1, 12), max_size=3, unique=True))
    parts += [f"BYMONTH={','.join(map(str, months))}"] if months else []
    if frequency != "WEEKLY" and draw(st.booleans()):
        parts.append(f"BYMONTHDAY={draw(signed(28))}")
    elif frequency in ("YEARLY", "MONTHLY") and draw(st.booleans()):
        most = 4 if frequency == "MONTHLY" or months else 50
        ordinals = draw(st.lists(st.integers(1, most), min_size=1, max_size=3))
        parts.append(f"BYDAY={','.join(f'{n * draw(st.sampled_from([1, -1]))}FR' for n in ordinals)}")
        parts += [f"BYSETPOS={draw(st.sampled_from([1, -1, 2]))}"] if draw(st.booleans()) else []
    elif draw(st.booleans()):
        parts.append(f"BYDAY={','.join(draw(st.lists(st.sampled_from(DAYS), min_size=1, max_size=3, unique=True)))}")
    return ";".join(parts)


@given(rules(), STARTS)
@example("FREQ=YEARLY;BYYEARDAY=1,-1,200", date(2001, 5, 5))
@example("FREQ=YEARLY;BYWEEKNO=20,30;WKST=SU", date(2001, 5, 5))
@example("FREQ=YEARLY;BYEASTER=-2,50", date(2001, 5, 5))
@example("FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", date(2001, 5, 31))
@example("FREQ=MONTHLY", date(2001, 1, 31))
@example("FREQ=YEARLY", date(2000, 2, 29))
def test_a_rule_names_the_days_that_walking_it_would(text: str, start: date):
    found = read_rule(text).days(start, 2004, 2012)
    if not read_rule(text).days(start, 1999, 2040):
        return  # the twin would walk to the year 9999
    walked = rrulestr(text, dtstart=datetime(start.year, start.month, start.day))
    assert found == tuple(d.date() for d in walked.between(datetime(2004, 1, 1), datetime(2012, 12, 31), inc=True))


def test_weeks_are_those_of_the_iso_calendar_also_around_new_year():
    found = read_rule("FREQ=YEARLY;BYWEEKNO=1,52,53").days(date(2000, 1, 1), 2004, 2030)
    days = (date.fromordinal(n) for n in range(date(2004, 1, 1).toordinal(), date(2031, 1, 1).toordinal()))
    assert found == tuple(day for day in days if day.isocalendar().week in (1, 52, 53))


def test_days_with_and_without_a_number_are_both_meant():
    found = read_rule("FREQ=MONTHLY;BYDAY=1FR,MO").days(date(2000, 1, 1), 2025, 2025)
    assert date(2025, 8, 1) in found  # the first Friday
    assert date(2025, 8, 18) in found
    assert date(2025, 8, 8) not in found


@pytest.mark.parametrize(
    "text", ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=YEARLY;BYMONTH=6;BYWEEKNO=1", "FREQ=YEARLY;BYEASTER=366"]
)
def test_a_rule_that_names_no_day_ends_however_long_it_is_looked_for(text: str):
    assert read_rule(text).days(date(1600, 1, 1), 1600, 2284) == ()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL=0 is out of range"),
        ("FREQ=DAILY;INTERVAL=99999", "INTERVAL=99999 is out of range"),
        ("FREQ=DAILY;INTERVAL=1,2", "INTERVAL is one number"),
        ("FREQ=DAILY;BYDAY=1FR", "BYDAY=1FR counts days"),
        ("FREQ=YEARLY;BYWEEKNO=3;BYDAY=1FR", "BYDAY=1FR counts days"),
        ("FREQ=MONTHLY;BYDAY=9FR", "BYDAY=9FR is out of range"),
        ("FREQ=MONTHLY;BYDAY=0FR", "BYDAY=0FR is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=0", "BYMONTHDAY=0 is out of range"),
        ("FREQ=MONTHLY;BYMONTHDAY=32", "BYMONTHDAY=32 is out of range"),
        ("FREQ=YEARLY;BYMONTH=-1", "BYMONTH=-1 is out of range"),
        ("FREQ=YEARLY;BYWEEKNO=54", "BYWEEKNO=54 is out of range"),
        ("FREQ=WEEKLY;BYMONTHDAY=3", "BYMONTHDAY does not go with FREQ=WEEKLY"),
        ("FREQ=MONTHLY;BYWEEKNO=3", "BYWEEKNO does not go with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYYEARDAY=3", "BYYEARDAY does not go with FREQ=MONTHLY"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS picks among"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is said twice"),
        ("FREQ=WEEKLY;WKST=XX", "WKST=XX is not a day"),
        ("FREQ=WEEKLY;BYDAY=٣FR", "is not a rule"),
    ],
)
def test_what_the_standard_forbids_is_refused(text: str, said: str):
    with pytest.raises(RuleError, match=said):
        read_rule(text)
