"""All that the CHECKs of a table say, its domains' among them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.catalog.model import Check, Table
from engine.sketch.checks.casts import cast_checks
from engine.sketch.checks.combine import combine
from engine.sketch.checks.facts import Compare, Relation
from engine.sketch.checks.merged import ColumnFacts
from engine.sketch.checks.reading import facts_of


@dataclass(frozen=True, slots=True)
class TableFacts:
    """Facts by column, and relations between columns, under which every CHECK holds that is not `opaque`.

    `opaque` are the CHECKs that are not understood, in part or at all, or that contradict others. `escapes` are, by
    the name of such a CHECK, the columns of which one NULL is enough for it.
    """

    columns: Mapping[str, ColumnFacts] = field(default_factory=dict)
    relations: tuple[Relation, ...] = ()
    opaque: tuple[Check, ...] = ()
    escapes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_table(table: Table) -> TableFacts:
    """What the CHECKs of a table and of its columns' domains ask of its rows; never raises.

    What its indexes and generated columns ask of texts is among it where it goes with the rest.
    """
    columns = {column.name: column for column in table.columns}
    readings = [facts_of(check, columns) for check in table.checks]
    for column in table.columns:
        readings += [facts_of(check, {"VALUE": column}) for check in column.domain_checks]
    found = combine(readings, columns)
    more = [facts_of(check, columns) for check in cast_checks(table)]
    if more:
        both = combine([*readings, *more], columns)
        added = {one.check for one in more}
        if not added & {*both.opaque, *both.unsatisfied}:
            found = both
    opaque = tuple(dict.fromkeys((*found.opaque, *found.unsatisfied)))
    escapes = {one.check.name: tuple(sorted(one.null_passes)) for one in readings if one.check in opaque}
    null = {name for name, facts in found.columns.items() if facts.null}
    relations = tuple(one for one in found.relations if not null & _read(one))
    return TableFacts(found.columns, relations, opaque, {name: cols for name, cols in escapes.items() if cols})


def _read(relation: Relation) -> set[str]:
    if isinstance(relation, Compare):
        return {relation.column, relation.other}
    return {relation.column, *relation.columns}
