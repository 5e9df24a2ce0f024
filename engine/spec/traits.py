"""Sets of columns that several entities include: unfolded where the text is read, each column keeps its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from engine.errors import Code, Diagnostic, Location, Path
from engine.spec.nearest import nearest_or_all

MOST_INCLUDED = 100_000
"""Values that all inclusions together may add to those of the text."""

Places = dict[Path, Location]


def include_traits(data: object, values: Places, keys: Places) -> tuple[Diagnostic, ...]:
    """Add the columns of each entity's traits to its own, and their places; what an entity makes itself stays.

    Changes `data`, `values` and `keys`. What is not of the form that is wanted is left to the models.
    """
    entities, traits = _mapping(data, "entities"), _mapping(data, "traits")
    found: list[Diagnostic] = []
    most = len(values) + MOST_INCLUDED
    for name, entity in entities.items():
        if not isinstance(entity, dict) or not isinstance(entity.get("traits"), list):
            continue
        columns = entity.setdefault("columns", {})
        if isinstance(columns, dict):
            include = _Include(("entities", _name(name)), columns, values, keys)
            found += chain.from_iterable(include.trait(t, traits, n) for n, t in enumerate(entity["traits"]))
        if len(values) > most:
            message = f"traits are included so often that they make more than {MOST_INCLUDED:,} values"
            return (*found, Diagnostic(Code.YAML_TOO_BIG, message, ("traits",)))
    return tuple(found)


class _Include:
    """One entity: which columns are its own, and which trait the others came from."""

    def __init__(self, path: Path, columns: dict[object, object], values: Places, keys: Places) -> None:
        self._path, self._columns, self._values, self._keys = path, columns, values, keys
        self._own = frozenset(columns)
        self._from: dict[object, object] = {}

    def trait(self, trait: object, traits: Mapping[object, object], place: int) -> Iterator[Diagnostic]:
        """Take over a trait's columns; say which of them another trait has made already."""
        columns, here = traits.get(trait) if isinstance(trait, str) else None, (*self._path, "traits", place)
        if isinstance(trait, str) and trait not in traits:
            hint = nearest_or_all(trait, [str(name) for name in traits], nothing="the spec has no `traits:`")
            yield Diagnostic(Code.UNKNOWN_TRAIT, f"no trait is called '{trait}'", here, hint)
        for name, column in columns.items() if isinstance(columns, dict) else ():
            if name in self._from:
                message = f"'{name}' is a column of '{self._from[name]}' and of '{trait}'"
                yield Diagnostic(Code.CONFLICT, message, here, f"say under '{self._path[1]}' how it is made there")
            elif name not in self._own:
                self._from[name] = trait
                self._columns[name] = column
                self._place(("traits", str(trait), _name(name)), (*self._path, "columns", _name(name)), column)

    def _place(self, source: Path, target: Path, value: object) -> None:
        """What stands at `target` has its place where `source` is."""
        for places in (self._values, self._keys):
            if source in places:
                places[target] = places[source]
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, below in inner:
            self._place((*source, _name(key)), (*target, _name(key)), below)


def _name(key: object) -> str | int:
    """A key as an element of a path."""
    return key if isinstance(key, str | int) else str(key)


def _mapping(data: object, key: str) -> dict[object, object]:
    found = data.get(key) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}
