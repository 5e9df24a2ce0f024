"""What templates add to the functions: text of every type, truth of every type, and the listed filters."""

from __future__ import annotations

from functools import partial

from engine.expressions import slugs, strings
from engine.expressions.casts import render_with
from engine.expressions.column import Column
from engine.expressions.nodes import First, Node, Open
from engine.expressions.order import is_truth
from engine.expressions.promotion import INTEGERS, UNKNOWN, family_words, is_number, is_text
from engine.expressions.render import RENDERED
from engine.expressions.rules.logic import LOGIC, comparison
from engine.expressions.rules.texts import TEXTS
from engine.expressions.site import Rule, Site
from engine.expressions.syntax import Literal
from engine.types import BOOL, TEXT, Family

MAX_PAD = 20
MAX_DEFAULT = 200


def _join(site: Site) -> Node:
    nodes = tuple(site.fit(site.node(at), TEXT, at) for at in range(len(site.call.args)))
    if not nodes:
        return site.compiler.node(Literal(site.call.span, "string", ""))
    return Open(TEXT, strings.joined, nodes, risky=False)


def _text(site: Site) -> Node:
    """A value as PostgreSQL writes it."""
    return text_of(site, 0)


def text_of(site: Site, at: int) -> Node:
    """An argument as text, whatever its type. Raises SpecError where its text form is not known."""
    node = site.node(at)
    type_ = node.type
    if type_ == UNKNOWN or is_text(type_):
        return site.fit(node, TEXT, at)
    if type_.labels or type_.family in (Family.JSON, Family.OTHER):
        return Open(TEXT, _itself, (node,), risky=False)
    if type_.name not in RENDERED:
        raise site.wrong(f"{family_words(type_)} is not written as text here", at=at)
    if node.ragged:
        hint = "declare it numeric(12, 2), or round it in a hidden column"
        raise site.wrong("how many decimal places this has is not known", hint, at)
    return Open(TEXT, render_with(type_, site.zone, in_concat=False), (node,), risky=False)


def _itself(column: Column) -> Column:
    return column


def _truth(site: Site) -> Node:
    """Jinja's truth: not null, and true, not 0, not empty."""
    node = site.node(0)
    if node.type == BOOL:
        test = node
    elif is_text(node.type) or is_number(node.type):
        nothing = (
            Literal(site.call.span, "string", "") if is_text(node.type) else Literal(site.call.span, "number", "0")
        )
        pair = Site(site.compiler, type(site.call)(site.call.span, "<>", (site.call.args[0], nothing)), None)
        test = comparison(pair, "<>", *pair.nodes(2))
    else:
        return LOGIC["is not null"](site)
    return Open(BOOL, partial(is_truth, True, False), (test,), risky=False)  # noqa: FBT003


def _plain(name: str, site: Site) -> Node:
    """A filter that is the expression function of the same meaning."""
    site.count(1, 1)
    return _through(name, site)


def _through(name: str, site: Site) -> Node:
    first = site.call.args[0]
    text = type(site.call)(first.span, "|text", (first,))
    call = type(site.call)(site.call.span, name, (text, *site.call.args[1:]))
    return TEXTS[name](Site(site.compiler, call, None))


def _title(site: Site) -> Node:
    site.count(1, 1)
    node = text_of(site, 0)
    return Open(TEXT, slugs.titled, (node,), risky=False)


def _default(site: Site) -> Node:
    site.count(2, 2)
    instead = site.string(1)
    if len(instead) > MAX_DEFAULT:
        raise site.wrong(f"a default has at most {MAX_DEFAULT} characters", at=1)
    return First(TEXT, (text_of(site, 0), site.compiler.node(Literal(site.call.args[1].span, "string", instead))))


def _ascii(site: Site) -> Node:
    site.count(1, 1)
    node = text_of(site, 0)
    return Open(TEXT, slugs.plain, (node,), risky=False)


def _slug(site: Site) -> Node:
    joint = site.string(1) if site.count(1, 2) == 2 else "-"
    if joint not in ("-", "_", ".", ""):
        raise site.wrong("a slug is joined by '-', '_', '.' or nothing", at=1)
    node = text_of(site, 0)
    return Open(TEXT, partial(slugs.slug, joint), (node,), risky=False)


def _pad(site: Site) -> Node:
    site.count(2, 2)
    width, node = site.integer(1), site.node(0)
    if not 1 <= width <= MAX_PAD:
        raise site.wrong(f"pad takes a width of 1 to {MAX_PAD}", at=1)
    if node.type.name not in INTEGERS:
        raise site.wrong(f"pad takes a whole number, and this is {family_words(node.type)}", at=0)
    return Open(TEXT, partial(slugs.padded, width), (text_of(site, 0),), risky=False)


def _first(site: Site) -> Node:
    site.count(2, 2)
    if site.integer(1) < 1:
        raise site.wrong("at least one character", at=1)
    return _through("left", site)


FILTERS: dict[str, Rule] = {
    **LOGIC,
    "|join": _join,
    "|text": _text,
    "|truth": _truth,
    "|lower": partial(_plain, "lower"),
    "|upper": partial(_plain, "upper"),
    "|trim": partial(_plain, "btrim"),
    "|title": _title,
    "|replace": partial(_through, "replace"),
    "|default": _default,
    "|ascii": _ascii,
    "|slug": _slug,
    "|pad": _pad,
    "|first": _first,
    "|truncate": _first,
}
"""Every rule that a template may use; the filters are the names with a bar."""
