"""A spec's text as plain data in which every key and value keeps its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from engine.errors import Code, Diagnostic, Location, Path, SpecError
from engine.spec.compose import TYPED_KEYS, Node, compose
from engine.spec.traits import include_traits

MAX_BYTES = 4 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """What the text says, and where: `values` and `keys` give the place of each path.

    `broken` are paths whose value could not be read; what is said about them later adds nothing.
    """

    file: str
    data: object
    values: Mapping[Path, Location]
    keys: Mapping[Path, Location]
    broken: frozenset[Path]

    def real(self, path: Path) -> Path:
        """The path without the elements that the text does not have, such as ``<lognormal>``.

        A number that is no key of a mapping counts its entries: a choice reads ``{a: 1, b: 2}`` as a list.
        """
        found: Path = ()
        here = self.data
        for element in path:
            for name in (*_entry(here, element, counted=found[-1:] in _COUNTED), element, str(element)):
                if (*found, name) in self.values:
                    found, here = (*found, name), _inside(here, name)
                    break
        return found

    def locate(self, path: Path, *, key: bool = False) -> Location:
        """The place of what `path` names, or of the nearest thing above it that is in the text.

        A scalar's place is its own; a mapping's or a list's is that of its key, as is everything's with `key`.
        """
        real = self.real(path)
        if key or isinstance(self.at(real), dict | list):
            return self.keys.get(real) or self.values[real]
        return self.values[real]

    def at(self, path: Path) -> object:
        """The data at a path that exists."""
        here = self.data
        for element in path:
            here = _inside(here, element)
        return here


_COUNTED = tuple((key,) for key in TYPED_KEYS)


def _entry(data: object, element: str | int, *, counted: bool) -> Path:
    """The name of a mapping's n-th entry, where `element` is a number that counts entries."""
    if not isinstance(data, dict) or not isinstance(element, int) or not (counted or element not in data):
        return ()
    return tuple(_name(key) for key in list(data)[element : element + 1])


def _inside(data: object, name: str | int) -> object:
    """What stands under a name of a path."""
    if isinstance(data, dict):
        return data[name] if name in data else next(value for key, value in data.items() if _name(key) == name)
    return data[name] if isinstance(data, list) and isinstance(name, int) else None


def _name(key: object) -> str | int:
    """A key as an element of a path."""
    return key if isinstance(key, str | int) else str(key)


def read_source(text: str | bytes, *, file: str, limit: int = MAX_BYTES) -> tuple[Source, tuple[Diagnostic, ...]]:
    """Read YAML (or JSON, which is the same) of at most `limit` bytes.

    Returns what could be read and what was wrong with the rest. Raises SpecError where nothing can be read.
    """
    root, found = compose(_decoded(text, file, limit), file)
    places = _Places(file, {}, {}, set())
    data = places.unfold(root, ())
    found = (*found, *include_traits(data, places.values, places.keys))
    return Source(file, data, places.values, places.keys, frozenset(places.broken)), found


@dataclass(frozen=True, slots=True)
class _Places:
    """Turns nodes into data and remembers where each was; aliases are unfolded."""

    file: str
    values: dict[Path, Location]
    keys: dict[Path, Location]
    broken: set[Path]

    def unfold(self, node: Node, path: Path) -> object:
        self.values[path] = Location(self.file, *node.place)
        if node.broken:
            self.broken.add(path)
        if node.items is not None:
            return [self.unfold(item, (*path, i)) for i, item in enumerate(node.items)]
        if node.pairs is None:
            return node.value
        data: dict[object, object] = {}
        for key, place, value in node.pairs:
            below = (*path, _name(key))
            self.keys[below] = Location(self.file, *place)
            data[key] = self.unfold(value, below)
        return data


def _decoded(text: str | bytes, file: str, limit: int) -> str:
    if len(text) > limit:
        size = f"{len(text):_} {'bytes' if isinstance(text, bytes) else 'characters'}"
        raise _refused(file, Code.YAML_TOO_BIG, f"a spec of {size}; at most {limit:_} are read", 1, 1)
    if isinstance(text, str):
        return text.removeprefix("\ufeff")
    try:
        return text.decode().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        column = error.start - text.rfind(b"\n", 0, error.start)
        message = f"not UTF-8: byte {text[error.start]:#04x} cannot stand here"
        raise _refused(file, Code.YAML_ENCODING, message, line, column) from None


def _refused(file: str, code: Code, message: str, line: int, column: int) -> SpecError:
    return SpecError([Diagnostic(code, message, location=Location(file, line, column))])
