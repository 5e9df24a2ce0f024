"""What is asked of a sample before a load: one SELECT for all that rows are checked by, one for each EXCLUDE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.catalog.model import Check, Column, Exclusion, Table
from engine.plan.model import EntityPlan
from engine.sqltext import quote, quote_table
from engine.types import PgType

_WORD = re.compile(r"\w+")
INDEX, GENERATED = "index", "generated column"
"""What computes something of every row that is written: an error in it, or a NULL that must not be, refuses the row."""

_TEXT_TYPES = r"text|character varying|varchar|bpchar|character|name|citext"
_HARMLESS = re.compile(rf"'(?:[^']|'')*'(?:::\w[\w ]*\w(?:\[\])?)?|\"(?:[^\"]|\"\")*\"|::(?:{_TEXT_TYPES})\b|->>?")
"""Constants, names, and what every value can be made."""
_CONSTANT = re.compile(r"'(?:[^']|'')*'")
_CALL = re.compile(r"(\w+)\(")
_SURE = frozenset({
    "lower", "upper", "coalesce", "btrim", "ltrim", "rtrim", "md5", "length", "char_length", "octet_length", "nullif",
    "greatest", "least", "reverse", "date_trunc", "to_tsvector", "setweight",
})  # fmt: skip
"""Functions that fail for no value of theirs."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One constraint that rows of an entity may break; of a domain's, `column` is the one that is declared by it.

    `columns` are those of the table that it reads, `written` those of them that the spec makes.
    """

    name: str
    text: str
    columns: tuple[str, ...]
    written: tuple[str, ...]
    column: Column | None = None
    exclusion: Exclusion | None = None
    kind: str = "CHECK"
    asked: str | None = None  # what is evaluated in place of the text, where that is no condition

    @property
    def check(self) -> Check:
        """The CHECK, as the catalog has it."""
        return Check(self.name, self.text, self.columns)

    @property
    def title(self) -> str:
        """What it is called in a sentence."""
        if self.exclusion is not None:
            return f"the EXCLUDE constraint '{self.name}'"
        if self.kind != "CHECK":
            return f"the expression of the {self.kind} '{self.name}'"
        domain = f" of the domain '{self.column.type.domain}'" if self.column is not None else ""
        return f"the CHECK '{self.name}'{domain}"


def trials_of(entity: EntityPlan) -> tuple[Trial, ...]:
    """What rows of an entity's table must keep to and reads what the spec makes, domains' CHECKs among it."""
    return tuple(trial for trial in _all(entity.table, set(entity.written)) if trial.written)


def _all(table: Table, made: set[str]) -> Iterator[Trial]:
    def read(columns: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in columns if name in made)

    for check in table.checks:
        columns = _with_origins(table, check.columns)
        yield Trial(check.name, check.expression, columns, read(columns))
    for column in table.columns:
        for check in column.domain_checks if not column.type.array else ():
            columns = _with_origins(table, (column.name,))
            yield Trial(check.name, check.expression, columns, read(columns), column)
    for name, kind, text, asked, columns in computed(table):
        yield Trial(name, text, columns, read(columns), kind=kind, asked=asked)
    for one in table.exclusions:
        text = ", ".join(f"{key} with {operator}" for key, operator in one.elements)
        columns = tuple(dict.fromkeys((*one.columns, *_named(one.where or "", table))))
        yield Trial(one.name, text, columns, read(columns), exclusion=one)


def computed(table: Table) -> Iterator[tuple[str, str, str, str, tuple[str, ...]]]:
    """What PostgreSQL computes of rows that are written, and may fail at.

    The name and the kind of what it is for, its SQL, a condition that is not false where it can be computed, and the
    columns that it reads.
    """
    for column in table.columns:
        if column.generated and column.expression is not None:
            columns = _with_origins(table, (column.name,))
            asked = f"num_nulls({quote(column.name)}) {'>=' if column.nullable else '='} 0"
            yield column.name, GENERATED, column.expression, asked, columns
    for index in table.indexed:
        columns = _with_origins(table, index.columns)
        where = index.where or "true"
        text = f"{', '.join(index.keys)}{' where ' * bool(index.keys and index.where)}{index.where or ''}"
        if may_fail(text):
            keys = f"num_nulls({', '.join(index.keys)}) >= 0" if index.keys else "true"
            yield index.name, INDEX, text, f"case when {where} then {keys} else true end", columns


def may_fail(expression: str) -> bool:
    """Whether values may be that an expression cannot be computed of, such as texts that are no numbers."""
    left = _HARMLESS.sub("", expression)
    return any(sign in left for sign in ("::", *"+-*/%")) or not _SURE.issuperset(map(str.lower, _CALL.findall(left)))


def _with_origins(table: Table, columns: Sequence[str]) -> tuple[str, ...]:
    """Columns, with those that generated ones among them are computed of."""
    known = [column for name in columns if (column := table.column(name)) is not None]
    origins = [name for column in known for name in _named(column.expression or "", table)]
    return tuple(dict.fromkeys((*columns, *origins)))


def _named(condition: str, table: Table) -> Iterator[str]:
    """The columns that a condition may read: those whose names are in it."""
    condition = _CONSTANT.sub("", condition)
    words = set(_WORD.findall(condition))
    yield from (c.name for c in table.columns if c.name in words or quote(c.name) in condition)


def out_of_reach(trial: Trial, table: Table) -> str | None:
    """Why a constraint cannot be put to a sample: it reads what only an INSERT would make; None where it can."""
    for name in trial.columns:
        column = table.column(name)
        if column is None or name in trial.written:
            continue
        if column.generated and column.expression is None:
            return f"'{name}' is computed by PostgreSQL"
        if column.identity or "nextval(" in (column.default or ""):
            return f"'{name}' is numbered by PostgreSQL"
    return None


def checks_query(trials: Sequence[Trial], table: Table) -> str:
    """A SELECT of two numbers for each CHECK: how many rows break it, and the first of them, counted from 1.

    Its arguments are the written columns that the trials read, as `written_columns` has them, as arrays of texts.
    """
    asked = []
    for trial in trials:
        broken = _broken(trial)
        asked.append(f"count(*) filter (where {broken}), min(r.{_row(table)}) filter (where {broken})")
    return f"select {', '.join(asked)} from {_sample(trials, table)} as r"  # noqa: S608


def passing_query(trial: Trial, table: Table) -> str:
    """A SELECT of the numbers, from 1, of the rows that a CHECK lets pass."""
    row = f"r.{_row(table)}"
    kept = f"array_agg({row} order by {row}) filter (where not {_broken(trial)})"
    return f"select {kept} from {_sample([trial], table)} as r"  # noqa: S608


def _broken(trial: Trial) -> str:
    """Whether a row breaks a CHECK; in a domain, VALUE is a name like any other."""
    broken = f"(({trial.asked or trial.text}) is false)"
    if trial.column is None:
        return broken
    return f"(select {broken} from (select r.{quote(trial.column.name)} as value) as domain_value)"  # noqa: S608


def exclusion_query(trial: Trial, table: Table) -> str:
    """A SELECT of how many pairs of rows an EXCLUDE forbids, and the first row of one of them."""
    assert trial.exclusion is not None
    elements = trial.exclusion.elements
    keys = ", ".join(f"({key}) as k{i}" for i, (key, _) in enumerate(elements))
    alike = " and ".join(f"(a.k{i} {operator} b.k{i})" for i, (_, operator) in enumerate(elements))
    return (
        f"with k as (select r.{_row(table)} as n, {keys} from {_sample([trial], table)} as r"  # noqa: S608
        f" where {trial.exclusion.where or 'true'})"
        f" select count(*), min(a.n) from k as a inner join k as b on a.n < b.n and {alike}"
    )


def _row(table: Table) -> str:
    """A name for the number of a row that no column has."""
    taken = {column.name for column in table.columns}
    return quote(next(name for i in range(len(taken) + 1) if (name := f"row {i}") not in taken))


def written_columns(trials: Sequence[Trial]) -> tuple[str, ...]:
    """The columns of a sample that the trials need, each once."""
    return tuple(dict.fromkeys(name for trial in trials for name in trial.written))


def _sample(trials: Sequence[Trial], table: Table) -> str:
    """The sample as rows of the types of the table, with defaults for what the spec does not make."""
    written = written_columns(trials)
    left = dict.fromkeys(name for trial in trials for name in trial.columns if name not in written)
    made = [(column, f"t.c{i}") for i, name in enumerate(written) if (column := table.column(name)) is not None]
    rest = [column for column in map(table.column, left) if column is not None]
    made += [(c, f"({c.default or 'null'})") for c in rest if not c.generated]
    columns = [f"{value}::{_as_type(column.type)} as {quote(column.name)}" for column, value in made]
    arrays = ", ".join(f"${i + 1}::text[]" for i in range(len(written)))
    names = ", ".join(f"c{i}" for i in range(len(written)))
    rows = (
        f"(select t.n as {_row(table)}, {', '.join(columns)}"  # noqa: S608
        f" from unnest({arrays}) with ordinality as t ({names}, n))"
    )
    generated = [f"({c.expression}) as {quote(c.name)}" for c in rest if c.generated]
    return f"(select s.*, {', '.join(generated)} from {rows} as s)" if generated else rows  # noqa: S608


def _as_type(pg: PgType) -> str:
    """The type under its domains, as a cast names it."""
    return quote_table(pg.schema, pg.name) + ("[]" if pg.array else "")
