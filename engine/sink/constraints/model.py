"""What can be suspended, what is, and how it comes back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from engine.batch import TableId
from engine.sqltext import quote, quote_table


class Kind(StrEnum):
    """What the object is."""

    FOREIGN_KEY = "foreign key"
    UNIQUE = "unique constraint"
    INDEX = "index"
    TRIGGER = "trigger"


class Method(StrEnum):
    """How it is suspended."""

    DROP = "drop"
    NOT_ENFORCED = "not enforced"  # foreign keys, from PostgreSQL 18: the definition stays in the catalog
    DISABLE = "disable"  # triggers


@dataclass(frozen=True, slots=True)
class Suspension:
    """One object that is out of the way; enough to bring it back when nothing else is known.

    `definition` is what PostgreSQL says of a foreign key or of the index (also a unique constraint's), with every name
    qualified; `after` are the statements that make the index a constraint again and put back comments, CLUSTER mark,
    statistics targets and tablespace; `target` is the table a foreign key points to. The definition of a trigger is
    how it is enabled: "" as usual, "always" also on replicas.
    """

    schema: str
    table: str
    name: str
    kind: Kind
    method: Method
    definition: str
    after: tuple[str, ...] = ()
    target: tuple[str, str] | None = None

    @property
    def tables(self) -> tuple[TableId, ...]:
        """The tables that are locked while it is suspended or restored, sorted."""
        other = () if self.target is None else (TableId(*self.target),)
        return tuple(sorted({TableId(self.schema, self.table), *other}, key=str))

    @property
    def suspending(self) -> str:
        """The statement that takes it away."""
        if self.kind is Kind.TRIGGER:
            return f"{self._alter} disable trigger {quote(self.name)}"
        if self.kind is Kind.INDEX:
            return f"drop index {quote_table(self.schema, self.name)}"
        if self.method is Method.NOT_ENFORCED:
            return f"{self._alter} alter constraint {quote(self.name)} not enforced"
        return f"{self._alter} drop constraint {quote(self.name)}"

    @property
    def restoring(self) -> tuple[str, ...]:
        """The statements that bring it back, validated."""
        if self.kind is Kind.TRIGGER:
            how = "enable always" if self.definition == "always" else "enable"
            return (f"{self._alter} {how} trigger {quote(self.name)}",)
        if self.kind is not Kind.FOREIGN_KEY:
            return (self.definition, *self.after)
        if self.method is Method.NOT_ENFORCED:
            return (f"{self._alter} alter constraint {quote(self.name)} enforced",)
        return (f"{self._alter} add constraint {quote(self.name)} {self.definition}", *self.after)

    @property
    def _alter(self) -> str:
        only = "only " if self.kind is Kind.TRIGGER else ""  # each partition has triggers of its own
        return f"alter table {only}{quote_table(self.schema, self.table)}"

    def __str__(self) -> str:
        return f"{self.kind} {self.name} of {self.schema}.{self.table}"

    def as_json(self) -> dict[str, Any]:
        """Plain data, for the ledger."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Suspension:
        """What `as_json` made. Raises KeyError or ValueError for anything else."""
        target = data["target"]
        return cls(
            schema=data["schema"],
            table=data["table"],
            name=data["name"],
            kind=Kind(data["kind"]),
            method=Method(data["method"]),
            definition=data["definition"],
            after=tuple(data["after"]),
            target=None if target is None else (target[0], target[1]),
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What the plan shows: an object of a filled table, whether it is suspended, and why (not)."""

    table: TableId
    object: str
    why: str
    suspension: Suspension | None = None
    filled: bool = False  # the table holds rows that the run removes first

    @property
    def action(self) -> str:
        """``suspend`` or ``keep``."""
        return "suspend" if self.suspension else "keep"


def suspended(decisions: Iterable[Decision]) -> tuple[Suspension, ...]:
    """The suspensions among some decisions, foreign keys first: they lean on the others."""
    found = [d.suspension for d in decisions if d.suspension]
    return tuple(sorted(found, key=lambda s: (s.kind is not Kind.FOREIGN_KEY, s.schema, s.table, s.name)))
