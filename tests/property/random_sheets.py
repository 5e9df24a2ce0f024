"""Tables while they are being thought up: columns, keys, rules, and the statements that create them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.property.random_types import Kind

PARTITIONS = {
    "list": ("in ('a', 'b')", "in ('c')"),
    "range": ("from ('2024-01-01') to ('2025-01-01')", "from ('2025-01-01') to ('2026-03-01')"),
    "hash": ("with (modulus 2, remainder 0)", "with (modulus 2, remainder 1)"),
}
"""The partitions of a table by how it is partitioned."""
PARTED = {"list": "text", "range": "date", "hash": "bigint"}
"""The type of the column that it is partitioned by."""


@dataclass
class Field:
    """A column while its table is being thought up."""

    name: str
    declared: str
    required: bool
    kind: Kind | None = None
    default: str | None = None
    generated: str | None = None
    free: bool = True  # nothing else restricts it yet
    target: str = ""  # the table that it refers to

    @property
    def quoted(self) -> str:
        return '"' + self.name.replace('"', '""') + '"'

    @property
    def sql(self) -> str:
        words = [self.quoted, self.declared]
        words += [f"default {self.default}"] if self.default else []
        words += [f"generated always as ({self.generated}) stored"] if self.generated else []
        return " ".join([*words, *(["not null"] if self.required else [])])


@dataclass
class Sheet:
    """A table while it is being thought up; `keys` are what others may refer to."""

    name: str
    fields: list[Field] = field(default_factory=list)
    keys: list[list[Field]] = field(default_factory=list)
    rules: list[str] = field(default_factory=list)
    indexes: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    partition: str = ""  # what it is partitioned by, of the column "part"

    @property
    def quoted(self) -> str:
        return 'made."' + self.name.replace('"', '""') + '"'

    def add(self, wanted: str, declared: str, *, required: bool, **more: object) -> Field:
        taken = {f.name for f in self.fields}
        name = next(n for n in (wanted, *(f"{wanted}_{i}" for i in range(2, 99))) if n not in taken)
        self.fields.append(Field(name, declared, required, **more))
        return self.fields[-1]

    def statements(self) -> Iterator[str]:
        parts = ",\n    ".join([*(f.sql for f in self.fields), *self.rules])
        yield f"create table {self.quoted} (\n    {parts}\n)" + (
            f' partition by {self.partition} ("part")' if self.partition else ""
        )
        for number, bounds in enumerate(PARTITIONS.get(self.partition, ())):
            name = 'made."' + self.name.replace('"', '""') + f'_{number}"'
            yield f"create table {name} partition of {self.quoted} for values {bounds}"
        yield from self.indexes


def columns_of(fields: list[Field]) -> str:
    """A list of columns as SQL."""
    return ", ".join(f.quoted for f in fields)
