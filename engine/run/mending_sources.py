"""A CHECK that calls a function of the user's: what its source says of a text, tried as a pattern of the column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from engine.catalog.model import Check
from engine.dsn import Connection
from engine.run.rehearse import Broken, passing
from engine.sketch.checks import read_table
from engine.sketch.fit import fit
from engine.sketch.made import Made
from engine.sketch.regexes import node_of
from engine.sketch.shapes import sample
from engine.sketch.sheet import Sheet
from engine.sketch.wish import Remedy
from engine.sqltext import load_queries, quote
from engine.types import Family

_QUERIES = load_queries("engine.run", "rehearse.sql")
_CALL = re.compile(r'"?(\w+)"?\."?(\w+)"?\(')
_ONE_ARGUMENT = re.compile(r'"?\w+"?\."?\w+"?\(((?:"?\w+"?)|\(\w+\)::[a-z ]+)\)')
_RESULT = {
    "sql": re.compile(r"\s*(?:select|return)\s+((?:'[^']*'|[^';])*?);?\s*", re.IGNORECASE),
    "plpgsql": re.compile(r"\s*begin\s+return\s+((?:'[^']*'|[^';])*?);\s*end\s*;?\s*", re.IGNORECASE),
}
"""Bodies that are one expression."""
_LITERAL = re.compile(r"'((?:[^']|'')*)'")
_META = re.compile(r"[\[\\^$+*{]")
_SAMPLES = 64


async def by_source(connection: Connection, sheet: Sheet, one: Broken) -> Remedy | None:
    """What a function's source says of the one text that a CHECK reads, if PostgreSQL lets all pass that it makes."""
    if len(one.trial.written) != 1 or one.trial.kind != "CHECK" or one.trial.column is not None:
        return None
    (name,) = one.trial.written
    column = sheet.column(name)
    called = [".".join(found) for found in _CALL.findall(one.trial.text)]
    if not called or column.type.family is not Family.TEXT or column.type.array or column.type.labels:
        return None
    sources = await connection.fetch(_QUERIES["sources"], called)
    for texts in _said(one.trial.text, name, [dict(row) for row in sources]):
        asked = tuple(Check(f"the source of {called[0]}", text, (name,)) for text in texts)
        values = _values(sheet, name, asked)
        found = await passing(connection, one.table, one.trial, {name: [*values]}) if values else ()
        if values and found is not None and len(found) == len(values):
            return Remedy(asked=asked)
    return None


def _said(text: str, name: str, sources: list[Mapping[str, object]]) -> Iterator[list[str]]:
    """Conditions to try: the CHECK with a function's body in place of the call, then the patterns in its source."""
    for source in sources:
        body, call = _RESULT.get(str(source["language"])), _ONE_ARGUMENT.search(text)
        result = body.fullmatch(str(source["text"])) if body is not None else None
        if result is not None and call is not None and len(sources) == 1:
            inside = _with_argument(result[1], str(source["argument"] or ""), call[1])
            yield [f"{text[: call.start()]}({inside}){text[call.end() :]}"]
    found = dict.fromkeys(t for s in sources for t in _LITERAL.findall(str(s["text"])) if _META.search(t))
    patterns = [f"{quote(name)} ~ '{literal}'" for literal in found]
    yield from ([patterns] if patterns else [])
    yield from ([pattern] for pattern in patterns if len(patterns) > 1)


def _with_argument(body: str, argument: str, given: str) -> str:
    """An expression with what a function is called with in place of the name, or the number, of its argument."""
    word = rf"|\b{re.escape(argument)}\b" if argument else ""
    placed = re.compile(rf"('(?:[^']|'')*')|\$1\b{word}")
    return placed.sub(lambda found: found[1] or f"({given})", body)


def _values(sheet: Sheet, name: str, asked: tuple[Check, ...]) -> list[str]:
    """Texts that would be made of the column if this were asked of it, too; none where that is not understood."""
    facts = read_table(replace(sheet.table, checks=(*sheet.table.checks, *asked)))
    known = facts.columns.get(name)
    made = None if known is None or set(asked) & set(facts.opaque) else fit(sheet.column(name), Made(None), known)
    said = made.said if made is not None and isinstance(made.said, Mapping) else {}
    if "pattern" in said:
        node = node_of(str(said["pattern"]))
        return [sample(node, number) for number in range(_SAMPLES)]
    chosen = said.get("choice")
    return [str(value) for value in chosen] if isinstance(chosen, list) else []
