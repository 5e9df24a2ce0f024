"""What a parsed expression looks like: five kinds of node, each knowing where in the text it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from engine.types import ColumnPath, PgType

Span: TypeAlias = tuple[int, int]
"""Half-open positions in the expression's text."""


@dataclass(frozen=True, slots=True)
class Name:
    """A column path, a parameter or a constant of the scenario."""

    span: Span
    path: ColumnPath


@dataclass(frozen=True, slots=True)
class Literal:
    """A number or a string as written, or true, false, null; `kind` says which."""

    span: Span
    kind: str  # 'number', 'string', 'boolean' or 'null'
    text: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator by its lower-case name, e.g. ``round``, ``+``, ``is null``, ``not like``."""

    span: Span
    name: str
    args: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """CASE: pairs of condition and value, then the value where none holds."""

    span: Span
    whens: tuple[tuple[Syntax, Syntax], ...]
    otherwise: Syntax | None


@dataclass(frozen=True, slots=True)
class Cast:
    """CAST, ``::`` or a typed literal such as ``date '2025-11-28'``."""

    span: Span
    arg: Syntax
    type: PgType


Syntax: TypeAlias = Name | Literal | Call | Case | Cast


def parts(node: Syntax) -> tuple[Syntax, ...]:
    """The nodes directly below one."""
    match node:
        case Call(args=args):
            return args
        case Case(whens=whens, otherwise=otherwise):
            return (*(part for pair in whens for part in pair), *((otherwise,) if otherwise else ()))
        case Cast(arg=arg):
            return (arg,)
    return ()


def walk(node: Syntax) -> Iterator[tuple[Syntax, int]]:
    """Every node with its depth, from 1, in the order of the text; needs no recursion."""
    stack = [(node, 1)]
    while stack:
        here, depth = stack.pop()
        yield here, depth
        stack.extend((part, depth + 1) for part in reversed(parts(here)))
