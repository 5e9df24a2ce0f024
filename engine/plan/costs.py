"""What recomputing costs: values made elsewhere for one row, through a reference or over children."""

from __future__ import annotations

from engine.batch import BATCH_ROWS
from engine.errors import Code, wrong
from engine.plan.draft import ColumnDraft, Draft, EntityDraft, column_place
from engine.plan.model import Cost
from engine.plan.order import FAN_OUT, KEEP, Node

ABSURD = 10_000.0
"""Values recomputed for one value of one column; above this a spec is refused."""


def price_columns(draft: Draft) -> None:
    """Price every column that follows a reference; refuse what is absurd."""
    found: list[Cost] = []
    for entity in draft.entities.values():
        for column in entity.columns.values():
            through = _through(draft, entity, column)
            elsewhere = [node for node in column.reads if node[0] != entity.name]
            values = sum(_price(draft, node, entity.name, ()) for node in elsewhere)
            if not through or not values:
                continue
            found.append(Cost(entity.name, column.name, values, through))
            if values > ABSURD:
                draft.report(
                    wrong(
                        Code.TOO_COSTLY,
                        f"'{entity.name}.{column.name}' recomputes about {values:,.0f} values of {through} a row",
                        hint="copy what is needed into a column nearer by, or lower the fan-out",
                    ),
                    *column_place(entity, column.name),
                )
    draft.costs = tuple(sorted(found, key=lambda c: (-c.values_per_row, c.entity, c.column)))


def _through(draft: Draft, entity: EntityDraft, column: ColumnDraft) -> str:
    others = dict.fromkeys(name for name, _ in column.reads if name != entity.name)
    return ", ".join(name for name in others if not _kept(draft.entities[name], entity))


def _kept(other: EntityDraft, entity: EntityDraft) -> bool:
    """Whether rows of `other` are at hand: small and kept whole, or the parent of these rows, or made with them."""
    small = (other.expected_rows if other.count is None else other.count) <= BATCH_ROWS
    return small or other.name == entity.parent or other.parent == entity.name


def _price(draft: Draft, node: Node, reader: str, above: tuple[Node, ...]) -> float:
    """Values made for one reading of `node`, at worst; what is kept costs nothing."""
    name, column_name = node
    entity = draft.entities[name]
    if _kept(entity, draft.entities[reader]) or node in above or column_name in (FAN_OUT, KEEP):
        return 0.0
    column = entity.columns[column_name]
    return 1.0 + sum(_weight(draft, entity, n) * _price(draft, n, name, (*above, node)) for n in column.reads)


def _weight(draft: Draft, entity: EntityDraft, node: Node) -> float:
    child = draft.entities[node[0]]
    return child.fan_out.mean if child.parent == entity.name and child.fan_out else 1.0
