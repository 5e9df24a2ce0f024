"""First pass: which tables become entities, and what these are called."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from engine.catalog.model import Check, ExpressionUnique, Table, Unique
from engine.sketch.checks import ColumnFacts, read_table
from engine.sketch.checks.bounds import partition_facts
from engine.sketch.conditions import conditions_of
from engine.sketch.made import Made
from engine.sketch.room import is_open
from engine.sketch.sheet import Sheet, Sketch
from engine.sketch.undeclared import with_undeclared
from engine.sketch.widths import narrowed_keys
from engine.sqltext import quote

LEDGER = "engine"
"""The schema of our own tables."""

BOOKKEEPING = re.compile(
    r"^(alembic_version|django_migrations|schema_migrations?|ar_internal_metadata|goose_db_version|"
    r"flyway_schema_history|databasechangelog(lock)?|knex_migrations(_lock)?|_prisma_migrations|__efmigrationshistory|"
    r"sequelizemeta|atlas_schema_revisions|_sqlx_migrations|spatial_ref_sys)$",
    re.IGNORECASE,
)
"""Tables in which tools keep account of a schema: rows of ours would lie to them."""

_SHORT_BOOKKEEPING = re.compile(r"^(migrations?|schema_info)$", re.IGNORECASE)
_SHORT = 5
"""What is called so is a tool's where it has so few columns and no foreign key: others have migrations of their own."""

_LONGEST = 63


def find_entities(sketch: Sketch) -> None:
    """A sheet for each table that is to be filled, a name for each that others may point to."""
    names = _names(sketch)
    fillable = frozenset(key for key, table in sketch.catalog.tables.items() if _why_not(table) is None)
    for key, table in narrowed_keys(with_undeclared(sketch.catalog.tables, fillable)).items():
        why = sketch.without.get(key) or _why_not(table)
        if why is None and key in sketch.wish.empty:
            why = "it holds no row there either"
        if why is not None:
            if why:
                sketch.lost[key] = why
        elif sketch.wish.held.get(key):
            sketch.held[key] = names[key]
        elif key in sketch.wish.closed:
            sketch.lost[key] = sketch.wish.closed[key]
        else:
            remedy = sketch.wish.remedies.get(key)
            wanted = _without(_with_parts(sketch, table), remedy.without[-1:] if remedy is not None else ())
            sheet = sketch.sheets[key] = _avoiding(wanted, names[key], sketch.avoided.get(key, frozenset()))
            if remedy is not None:
                sheet.nulled |= remedy.nulled
                sheet.columns |= remedy.made
                sheet.broken = sheet.broken or remedy.broken
                sketch.lookups |= remedy.lookups


def _without(table: Table, columns: tuple[str, ...]) -> Table:
    """A table some of whose columns are to be null, which its CHECKs are read with."""
    wanted = tuple(Check("what was tried", f"{quote(column)} IS NULL", (column,)) for column in columns)
    return replace(table, checks=(*wanted, *table.checks))


def _with_parts(sketch: Sketch, table: Table) -> Table:
    """A partitioned table with what its partitions ask of their own rows, as if they asked it of all."""
    waiting = [table.id] if table.partitioning is not None else []
    while waiting:
        above = waiting.pop()
        for part in sketch.catalog.tables.values():
            if part.partition and above in part.parents:
                waiting.append(part.id)
                table = _with_part(table, part)
    return table


def _with_part(table: Table, part: Table) -> Table:
    own = {column.name: column for column in part.columns}
    keys = {(key.columns, key.target, key.target_columns): key for key in (*part.foreign_keys, *table.foreign_keys)}
    return replace(
        table,
        columns=tuple(
            replace(c, nullable=c.nullable and own[c.name].nullable) if c.name in own else c for c in table.columns
        ),
        uniques=tuple({unique.columns: unique for unique in (*part.uniques, *table.uniques)}.values()),
        checks=tuple({check.expression: check for check in (*part.checks, *table.checks)}.values()),
        foreign_keys=tuple(keys.values()),
        triggers=tuple({trigger.name: trigger for trigger in (*part.triggers, *table.triggers)}.values()),
    )


def _sheet(table: Table, name: str) -> Sheet:
    """A table with all that its CHECKs and its partitions say."""
    conditions = conditions_of(table)
    facts, reach = read_table(replace(table, checks=conditions.left)), partition_facts(table)
    columns = dict(facts.columns)
    for column, limits in reach.columns.items():
        columns[column] = limits if is_open(columns.get(column)) else narrowed(columns[column], limits)
    by_column = {one.column: one for one in conditions.found}
    sheet = Sheet(table, name, replace(facts, columns=columns), reach=reach.columns, conditions=by_column)
    for own, arc in conditions.arcs.items():
        said = {"choice": list(arc.labels()), "hidden": True, "type": "text"}
        sheet.hidden[own] = Made(said, f"which of them a row has, by {arc.check.name}")
    if reach.nowhere or (reach.unread and not reach.columns):
        sheet.broken = "it has no partition of which we know what rows it takes"
    return sheet


def _avoiding(table: Table, name: str, avoided: frozenset[str]) -> Sheet:
    """A sheet none of whose rows is in some partial uniques, as far as their conditions are understood."""
    sheet = _sheet(table, name)
    partial: tuple[Unique | ExpressionUnique, ...] = (*table.uniques, *table.expression_uniques)
    for unique in partial:
        if unique.name not in avoided or unique.where is None:
            continue
        words = set(re.findall(r"\w+", unique.where))
        outside = Check(unique.name, f"NOT ({unique.where})", tuple(c.name for c in table.columns if c.name in words))
        fewer = replace(
            sheet.table,
            checks=(*sheet.table.checks, outside),
            uniques=tuple(u for u in sheet.table.uniques if u is not unique),
            expression_uniques=tuple(u for u in sheet.table.expression_uniques if u is not unique),
        )
        changed = _sheet(fewer, name)
        if outside not in changed.facts.opaque and not _lost(sheet, changed):
            note = f"no row has {unique.where}: {unique.name} would let few rows differ in {', '.join(unique.columns)}"
            changed.notes = [*sheet.notes, note]
            changed.outside = {**sheet.outside, unique: outside}
            sheet = changed
    return sheet


def _lost(before: Sheet, after: Sheet) -> bool:
    """Whether a CHECK that was understood is not any more."""
    return len(after.facts.opaque) > len(before.facts.opaque)


def narrowed(known: ColumnFacts, limits: ColumnFacts) -> ColumnFacts:
    """What a CHECK says of the key of a partitioned table, and what its partitions say."""
    return replace(
        known,
        low=known.low if limits.low is None else limits.low,
        high=known.high if limits.high is None else limits.high,
        one_of=known.one_of if limits.one_of is None else limits.one_of,
    )


def _why_not(table: Table) -> str | None:
    """Why a table is no entity; without a word where nobody would expect it to be one, None where it is one."""
    if table.schema == LEDGER or table.partition:
        return ""
    if table.kind not in ("table", "partitioned"):
        return f"a {table.kind}"
    short = len(table.columns) <= _SHORT and not table.foreign_keys
    if BOOKKEEPING.match(table.name) or (short and _SHORT_BOOKKEEPING.match(table.name)):
        return "it keeps account of the schema itself"
    if (
        never := next((check for check in table.checks if check.expression.strip("()").lower() == "false"), None)
    ) is not None:
        return f"no row passes its CHECK '{never.name}': it is there to be inherited from"
    if not table.qualified.isprintable():
        return "its name cannot be written in a spec"
    if table.kind == "partitioned" and table.partitioning is not None and not table.partitioning.bounds:
        return "it has no partition to hold a row"
    if not any(not column.generated for column in table.columns):
        return "it has no column that could be written"
    return None


def _names(sketch: Sketch) -> dict[tuple[str, str], str]:
    """Entity names: those of the tables, with their schemas where they would meet."""
    bare = {key: _name(key[1]) for key in sketch.catalog.tables}
    twice = {name for name, times in Counter(bare.values()).items() if times > 1}
    found: dict[tuple[str, str], str] = {}
    for key, name in bare.items():
        wanted = _name(f"{key[0]}_{key[1]}") if name in twice else name
        found[key] = free(wanted, found.values())
    return found


def _name(text: str) -> str:
    """A name as specs write them."""
    plain = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_") or "table"
    return (plain if plain[0].isalpha() else f"t_{plain}")[:_LONGEST].strip("_")


def free(wanted: str, taken: object) -> str:
    """The name, with a number where it is taken."""
    used = set(taken)  # type: ignore[call-overload]
    if wanted not in used:
        return wanted
    return next(name for n in range(2, len(used) + 3) if (name := f"{wanted[: _LONGEST - 4]}_{n}") not in used)


def nameable(column: str) -> bool:
    """Whether a spec can write a column's name."""
    return column.isprintable()
