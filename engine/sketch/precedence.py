"""Which of two columns of a table comes first, or is less, by what they are called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from engine.catalog.model import Column, Table
from engine.sketch.words import stem, tokens
from engine.types import Family

_MOMENTS = (
    ("start starts started starting begin begins began begun from open opens opened since first",
     "end ends ended ending stop stops stopped finish finishes finished until till to close closes closed last thru "
     "through expires expired expiry expiration"),
    ("created inserted create creation",
     "updated modified changed deleted update modification expires finished completed"),
    ("ordered placed order issued issue sent invoice invoiced billed",
     "shipped paid delivered due received cancelled required ship"),
    ("opened entered drafted", "posted closed"),
    ("queued enqueued scheduled submitted requested",
     "start started begin begun executed processed approved accepted rejected granted responded end ended stop "
     "stopped finished completed closed"),
    ("executed processed", "end ended finished completed"),
    ("checkin checkedin clockin clockedin punchin", "checkout checkedout clockout clockedout punchout"),
    ("pickup pickedup collected", "dropoff droppedoff delivered returned return"),
    ("departure departs departed depart dep", "arrival arrives arrived arrive arr"),
    ("entry enter entered joined join hire hired", "exit exited left leave terminated termination"),
    ("admission admitted", "discharge discharged"),
    ("rental rented borrowed loaned loan lent", "return returned due"),
    ("login loggedin connected", "logout loggedout disconnected"),
    ("effective valid", "expires expiry expiration termination end"),
    ("activated published announced launched", "deactivated unpublished withdrawn retired"),
    ("acquired locked", "released unlocked"),
    ("von beginn anfang debut inicio", "bis ende fin"),
)  # fmt: skip
"""What comes first, and what later, in the names of moments and times of day."""

_NUMBERS = (
    ("min minimum low lower lowest least smallest mindest", "max maximum high upper highest most largest hoechst"),
    ("from start starting begin first von", "to end ending stop finish last bis until thru"),
)
"""The same of numbers."""

_TIMELY = frozenset({"at", "on", "date", "time", "ts", "dt", "dttm", "tm", "timestamp", "datetime", "utc", "datum"})
"""Words of moments that tell nothing apart: start_date and end_at are of one thing."""

_STAYS = frozenset(map(stem, ("booking", "reservation", "stay", "guest", "visit", "hotel", "room", "accommodation")))
"""Tables in which one arrives first, and then departs."""

_COUPLED = {("check", "in"), ("checked", "in"), ("clock", "in"), ("clocked", "in"), ("punch", "in"), ("pick", "up"),
            ("check", "out"), ("checked", "out"), ("clock", "out"), ("clocked", "out"), ("punch", "out"),
            ("drop", "off"), ("dropped", "off"), ("picked", "up"), ("log", "in"), ("log", "out"), ("logged", "in"),
            ("logged", "out")}  # fmt: skip

_SIDES = frozenset({
    "x", "y", "z", "lat", "lng", "lon", "latitude", "longitude", "id", "ids", "user", "account", "node", "state",
    "status", "type", "code",
})  # fmt: skip
"""What from and to, start and end are ends of without an order: of a line, of what is sent."""

_ENDS = frozenset({"from", "von", "start", "starting", "begin", "first"})
_SHORTEST = 3


def moments_in_order(table: Table, families: tuple[Family, ...]) -> Iterator[tuple[str, str]]:
    """Pairs of moments, or times of day, of which the second comes later."""
    names = _named(table, families)
    stays = bool(_STAYS & set(map(stem, tokens(table.name))))
    for words, columns in names.items():
        for other, first in _counterparts(words, _MOMENTS):
            turned = stays and first.startswith("dep")
            pairs = [(one, two) for one in columns for two in names.get(other, ()) if one != two]
            yield from (pair[::-1] if turned else pair for pair in pairs)


def numbers_in_order(table: Table, families: tuple[Family, ...]) -> Iterator[tuple[str, str]]:
    """Pairs of numbers of which the second is larger."""
    names = _named(table, families)
    for words, columns in names.items():
        for other, first in _counterparts(words, _NUMBERS):
            for one in columns if first not in _ENDS or _is_measure(words, first) else ():
                yield from ((one, two) for two in names.get(other, ()) if one != two)


def _named(table: Table, families: tuple[Family, ...]) -> Mapping[tuple[str, ...], list[str]]:
    """The columns of some types by what tells them apart."""
    found: dict[tuple[str, ...], list[str]] = {}
    for column in table.columns:
        if column.type.family in families and not column.type.array:
            found.setdefault(_words(column), []).append(column.name)
    return found


def _words(column: Column) -> tuple[str, ...]:
    """A name's words, those together that are one: check_in."""
    words, found = tokens(column.name), list[str]()
    for word in words:
        if found and (found[-1], word) in _COUPLED:
            found[-1] += word
        else:
            found.append(word)
    if column.type.family in (Family.TIMESTAMP, Family.DATE, Family.TIME):
        found = [word for word in found if word not in _TIMELY]
    return tuple(found)


@lru_cache(maxsize=65_536)
def _counterparts(
    words: tuple[str, ...], pairs: tuple[tuple[str, str], ...]
) -> tuple[tuple[tuple[str, ...], str], ...]:
    """How the column that comes after it would be called, and the word by which this one comes first."""
    return tuple(
        ((*words[:at], f"{before}{later}{after}", *words[at + 1 :]), first)
        for at, word in enumerate(words)
        for firsts, laters in pairs
        for first in firsts.split()
        for before, after in _around(word, first)
        for later in laters.split()
    )


def _around(word: str, first: str) -> Iterator[tuple[str, str]]:
    """What is before and after, also where they are written together: startdate, validfrom."""
    if word == first:
        yield "", ""
    elif len(first) >= _SHORTEST and word.startswith(first):
        yield "", word[len(first) :]
    elif len(first) >= _SHORTEST and word.endswith(first):
        yield word[: -len(first)], ""


def _is_measure(words: tuple[str, ...], word: str) -> bool:
    """Whether what has two ends is measured; from_account is not, price_from is."""
    if _SIDES & set(words):
        return False
    return word not in ("from", "von") or words[-1].endswith(word)
