"""SQL of a stranger → SQL that can only read: parsed, held against a list of what is allowed, and written anew.

What is sent is never the author's text but what was understood of it, so that PostgreSQL cannot read it otherwise.
"""

from __future__ import annotations

import logging
import re
import string
from collections.abc import Iterable, Iterator
from typing import TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from engine.catalog.model import Catalog, Table
from engine.check.allowed import FUNCTIONS, OTHER_FUNCTIONS, STRUCTURE, TYPES
from engine.errors import Code, wrong
from engine.spec.nearest import nearest, nearest_or_all

MOST_NODES = 2_000
_DIALECT = "postgres"
_FOLD = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
SYSTEM_COLUMNS = frozenset(("ctid", "tableoid", "xmin", "xmax", "cmin", "cmax"))
Refusal: TypeAlias = tuple[str, str | None]
_BARE = re.compile(r"[A-Za-z_ ]*")
_UNDERLINE = re.compile(r"\x1b\[[0-9;]*m")
_MISSING = re.compile(r"Required keyword: .* missing for <class '[\w.]*\.(\w+)'>")
_PLACE = re.compile(r"\.? Line \d+, Col: \d+")
logging.getLogger("sqlglot").setLevel(logging.ERROR)  # what it cannot read we refuse, and say so ourselves


def statement(text: str, catalog: Catalog) -> str:
    """A SELECT over the tables of a catalog, each with its schema. Raises SpecError (X001, X002, X005, R002)."""
    tree = _parsed(text)
    if not isinstance(tree, exp.Query):
        raise wrong(Code.EXPR_FORBIDDEN, "an expectation is one SELECT", hint="select count(*) from …")
    _require_allowed(tree)
    _require_columns(tree, _place_tables(tree, catalog))
    return _written(tree)


def condition(text: str) -> str:
    """A condition over the columns of one table. Raises SpecError (X001, X002, X005)."""
    tree = _parsed(f"select 1 where ({text})")
    where = tree.args.get("where")
    only = isinstance(tree, exp.Select) and {key for key, value in tree.args.items() if value} <= {
        "expressions",
        "where",
    }
    if where is None or not only or not isinstance(where.this, exp.Paren):
        raise wrong(Code.EXPR_SYNTAX, "`where` is a condition, such as status = 'paid'")
    if where.find(exp.Query):
        raise wrong(Code.EXPR_FORBIDDEN, "`where` is over one row", hint="ask with `sql` instead")
    _require_allowed(where.this)
    return _written(where.this)


def _parsed(text: str) -> exp.Expr:
    try:
        trees = [tree for tree in sqlglot.parse(text, dialect=_DIALECT) if tree is not None]
    except SqlglotError as error:
        said = _UNDERLINE.sub("", str(error)).partition("\n")[0].rstrip(".")
        said = _MISSING.sub(r"something is missing beside \1", _PLACE.sub("", said))
        raise wrong(Code.EXPR_SYNTAX, f"not SQL that we can read: {said}") from None
    except RecursionError:
        raise wrong(Code.EXPR_TOO_BIG, "a statement nested too deeply") from None
    if len(trees) != 1:
        raise wrong(Code.EXPR_FORBIDDEN, f"one statement, not {len(trees)}")
    tree: exp.Expr = trees[0]
    return tree


def _require_allowed(tree: exp.Expr) -> None:
    for number, node in enumerate(tree.walk()):
        if number >= MOST_NODES:
            raise wrong(Code.EXPR_TOO_BIG, f"a statement of more than {MOST_NODES:,} parts")
        refusal = _refusal(node)
        if refusal:
            raise wrong(Code.EXPR_FORBIDDEN, refusal[0], hint=refusal[1])


def _refusal(node: exp.Expr) -> Refusal | None:
    """Why a part of a statement is refused: what is said, and a hint."""
    kind = type(node).__name__
    if isinstance(node, exp.Anonymous):
        name = str(node.this).lower()
        return None if name in OTHER_FUNCTIONS and isinstance(node.this, str) else _no_function(name)
    if isinstance(node, exp.DataType):
        known = str(getattr(node.this, "value", node.this))
        return None if known in TYPES else (f"an expectation cannot cast to {node.sql(_DIALECT)}", None)
    if isinstance(node, exp.Var):
        return None if _BARE.fullmatch(str(node.this)) else (f"{node.this!r} cannot be read", None)
    if isinstance(node, exp.Dot):
        return "(…).name has no place in an expectation: PostgreSQL would call a function of that name", None
    if isinstance(node, exp.With) and node.parent is not node.root():
        return "WITH stands before the whole statement only", None
    if isinstance(node, exp.Func) and kind not in FUNCTIONS and kind not in STRUCTURE:
        return _no_function(node.sql_name().lower())
    return None if kind in STRUCTURE or kind in FUNCTIONS else (f"{_word(node)} has no place in an expectation", None)


def _no_function(name: str) -> Refusal:
    return f"{name}() is not a function that an expectation may call", nearest(name, sorted(OTHER_FUNCTIONS))


def _word(node: exp.Expr) -> str:
    words = {"Lock": "FOR UPDATE or FOR SHARE", "Into": "INTO", "Parameter": "$1", "Placeholder": "a placeholder"}
    return words.get(type(node).__name__, node.key.upper())


def _place_tables(tree: exp.Expr, catalog: Catalog) -> dict[str, list[Table]]:
    """Give every table its schema, and what a WITH names a name of our own; the tables, by what they are called."""
    visible: dict[str, str] = {}
    placed: dict[str, list[Table]] = {}
    with_ = tree.find(exp.With)  # there is no other: see _refusal
    inside = {id(node) for node in with_.find_all(exp.Table)} if with_ else set()
    for number, cte in enumerate(with_.expressions if with_ else (), 1):
        within = list(cte.this.find_all(exp.Table))
        own, ours = _plain(cte.args["alias"].this), f"_{number}"
        if own in visible:
            raise wrong(Code.EXPR_FORBIDDEN, f"WITH names '{own}' twice")
        recursive = with_ is not None and with_.args.get("recursive")
        _place(within, visible | ({own: ours} if recursive else {}), catalog, placed)
        visible[own] = ours
        cte.args["alias"].set("this", exp.to_identifier(ours, quoted=True))
    _place([node for node in tree.find_all(exp.Table) if id(node) not in inside], visible, catalog, placed)
    return placed


def _place(nodes: list[exp.Table], visible: dict[str, str], catalog: Catalog, placed: dict[str, list[Table]]) -> None:
    for node in nodes:
        if not isinstance(node.this, exp.Identifier):
            raise wrong(Code.EXPR_FORBIDDEN, "a function has no place in FROM")
        name = _plain(node.this)
        if not node.db and name in visible:
            node.set("this", exp.to_identifier(visible[name], quoted=True))
            if not node.args.get("alias"):
                node.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))
            continue
        found = _find(node, catalog)
        node.set("this", exp.to_identifier(found.name, quoted=True))
        node.set("db", exp.to_identifier(found.schema, quoted=True))
        alias = node.args.get("alias")
        placed.setdefault(_plain(alias.this) if alias and alias.this else found.name, []).append(found)


def _require_columns(tree: exp.Expr, placed: dict[str, list[Table]]) -> None:
    """Refuse table.name where it is no column: PostgreSQL would call a function of that name with the row."""
    for node in tree.find_all(exp.Column):
        if isinstance(node.this, exp.Star) or not node.args.get("table"):
            continue
        name = _plain(node.this)
        for table in placed.get(_plain(node.args["table"]), ()):
            if table.column(name) is None and name not in SYSTEM_COLUMNS:
                hint = nearest_or_all(name, (c.name for c in table.columns), nothing="")
                raise wrong(Code.UNKNOWN_COLUMN, f"table '{table.qualified}' has no column '{name}'", hint=hint)


def _find(node: exp.Table, catalog: Catalog) -> Table:
    schema = _plain(node.args["db"]) if node.args.get("db") else ""
    name = _plain(node.this)
    found = catalog.table(f"{schema}.{name}" if schema else name)
    if found is None or node.catalog:
        shown = ".".join(part for part in (node.catalog, schema, name) if part)
        hint = nearest_or_all(shown, _names(catalog.tables.values()), nothing="")
        raise wrong(Code.UNKNOWN_TABLE, f"'{shown}' is not a table that the spec fills", hint=hint)
    return found


def _names(tables: Iterable[Table]) -> Iterator[str]:
    return (name for table in tables for name in (table.qualified, table.name))


def _plain(identifier: exp.Identifier) -> str:
    """A name as PostgreSQL folds it."""
    name: str = identifier.this
    return name if identifier.quoted else name.translate(_FOLD)


def _written(tree: exp.Expr) -> str:
    try:
        text: str = tree.sql(dialect=_DIALECT, comments=False)
    except (SqlglotError, RecursionError) as error:
        raise wrong(Code.EXPR_FORBIDDEN, f"not SQL that we can write: {error}") from None
    return text
