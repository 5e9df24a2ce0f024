"""YAML events → a tree of nodes with places, within limits, saying everything that is wrong on the way.

PyYAML scans and parses; what a scalar means, which keys may stand where and how much is too much is
decided here, so that no tag, merge key or alias bomb ever builds anything.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NoReturn

import yaml
from yaml.reader import Reader

from engine.errors import Code, Diagnostic, Location, SpecError
from engine.spec.scalars import Scalar, resolve

MAX_NODES = 200_000
"""A draft of 1,000 tables of 20 columns has about 150,000; `engine serve` takes texts of 1 MiB at most."""
MAX_DEPTH = 60
MAX_ALIASES = 100
TYPED_KEYS = ("choice", "monthly", "shares")
"""Mappings under these keys keep the types of their keys (``choice: {0: 20, 20: 50}``); all others want text."""

_BARE = re.compile(r"(?:^|[:,\[\-?])\s*\{\{")


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A scalar (`value`), a list (`items`) or a mapping (`pairs` of key, its place, node); places count from 1."""

    place: tuple[int, int]
    value: Scalar = None
    items: tuple[Node, ...] | None = None
    pairs: tuple[tuple[Scalar, tuple[int, int], Node], ...] | None = None
    broken: bool = False
    size: int = 1  # nodes, with every alias counted as what it stands for
    height: int = 1


def compose(text: str, file: str) -> tuple[Node, tuple[Diagnostic, ...]]:
    """The tree of the one document in `text`, and what was wrong but could be passed over.

    Raises SpecError, with all that was found until then, where reading cannot go on.
    """
    composer = _Composer(text, file)
    try:
        return composer.document(), tuple(composer.found)
    except yaml.MarkedYAMLError as error:
        composer.syntax(error)
    except yaml.YAMLError as error:
        composer.stop(Code.YAML_SYNTAX, f"this is not YAML: {error}", (1, 1))


class _Composer:
    """Reads events one after the other; `found` grows, everything else is the state of the walk."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        self.found: list[Diagnostic] = []
        self.anchors: dict[str, Node | None] = {}
        self.nodes = self.aliases = 0
        self._control_characters()
        self.events: Iterator[yaml.Event] = yaml.parse(_without_tabs(text), Loader=yaml.SafeLoader)

    def document(self) -> Node:
        next(self.events)  # the stream's start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            self.stop(Code.YAML_SYNTAX, "the spec is empty", (1, 1), "begin with `scenario: a_name`")
        root = self.node(next(self.events), 1, typed=False)
        next(self.events)  # the document's end
        after = next(self.events)
        if isinstance(after, yaml.DocumentStartEvent):
            self.stop(Code.YAML_UNSUPPORTED, "a second document; a spec is one", _place(after), "remove the ---")
        return root

    def node(self, event: yaml.Event, depth: int, *, typed: bool) -> Node:
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, depth)
        self.count(1, depth, event)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = None
        tag = getattr(event, "tag", None)
        if tag is not None:
            written = tag.replace("tag:yaml.org,2002:", "!!")
            self.say(Code.YAML_UNSUPPORTED, f"the tag {written}", _place(event), "remove it; values need no tags")
        made = self.untagged(event, depth, typed=typed)
        made = replace(made, broken=True) if tag is not None else made
        if anchor is not None:
            self.anchors[anchor] = made
        return made

    def untagged(self, event: yaml.Event, depth: int, *, typed: bool) -> Node:
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(event, depth)
        return self.mapping(event, depth, typed=typed)

    def alias(self, event: yaml.AliasEvent, depth: int) -> Node:
        self.aliases += 1
        if self.aliases > MAX_ALIASES:
            self.stop(Code.YAML_TOO_BIG, f"more than {MAX_ALIASES} aliases", _place(event))
        if event.anchor not in self.anchors:
            self.stop(Code.YAML_SYNTAX, f"no anchor &{event.anchor} stands before this alias", _place(event))
        target = self.anchors[event.anchor]
        if target is None:
            self.stop(Code.YAML_UNSUPPORTED, f"*{event.anchor} contains itself", _place(event))
        self.count(target.size, depth + target.height - 1, event)
        return target

    def count(self, nodes: int, depth: int, event: yaml.Event) -> None:
        self.nodes += nodes
        if self.nodes > MAX_NODES:
            self.stop(Code.YAML_TOO_BIG, f"more than {MAX_NODES:_} values (aliases counted in full)", _place(event))
        if depth > MAX_DEPTH:
            self.stop(Code.YAML_TOO_BIG, f"nested more than {MAX_DEPTH} levels deep", _place(event))

    def scalar(self, event: yaml.ScalarEvent) -> Node:
        place, text = _place(event), event.value
        try:
            value = resolve(text) if event.style in (None, "") else _joined(text)
        except UnicodeError:
            self.say(Code.YAML_ENCODING, "half of a surrogate pair (\\ud800 … \\udfff) is not a character", place)
            return Node(place, "", broken=True)
        except ValueError as error:
            self.say(Code.OUT_OF_RANGE, str(error), place)
            return Node(place, text, broken=True)
        if "\0" in text:
            self.say(Code.YAML_ENCODING, "a NUL character, which PostgreSQL cannot store", place)
        return Node(place, value)

    def sequence(self, event: yaml.Event, depth: int) -> Node:
        items = []
        while not isinstance(inner := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(inner, depth + 1, typed=False))
        height = 1 + max((item.height for item in items), default=0)
        return Node(_place(event), items=tuple(items), size=1 + sum(i.size for i in items), height=height)

    def mapping(self, event: yaml.Event, depth: int, *, typed: bool) -> Node:
        pairs: dict[Scalar, tuple[Scalar, tuple[int, int], Node]] = {}
        broken, size, height = False, 1, 1
        while not isinstance(inner := next(self.events), yaml.MappingEndEvent):
            key = self.node(inner, depth + 1, typed=False)
            value = self.node(next(self.events), depth + 1, typed=key.value in TYPED_KEYS)
            size, height = size + key.size + value.size, max(height, 1 + key.height, 1 + value.height)
            if key.pairs is not None and _flow(event) and _flow(inner):
                self.bare(_place(event))
                broken = True
            elif self.key(key, inner, typed=typed):
                self.add(pairs, key, value)
        return Node(_place(event), pairs=tuple(pairs.values()), broken=broken, size=size, height=height)

    def key(self, key: Node, event: yaml.Event, *, typed: bool) -> bool:
        """Whether a node may be a key; says why not."""
        if key.pairs is not None or key.items is not None:
            self.say(Code.YAML_UNSUPPORTED, "a list or mapping as a key; keys are text", key.place)
        elif key.value == "<<" and getattr(event, "style", None) in (None, ""):
            hint = "write the keys out, or use an alias for a whole value"
            self.say(Code.YAML_UNSUPPORTED, "the merge key <<", key.place, hint)
        elif typed or isinstance(key.value, str):
            return True
        else:
            word = getattr(event, "value", "") or "null"
            self.say(Code.YAML_UNSUPPORTED, f"the key {word} is not text", key.place, f'write "{word}" in quotes')
        return False

    def add(self, pairs: dict[Scalar, tuple[Scalar, tuple[int, int], Node]], key: Node, value: Node) -> None:
        if key.value not in pairs:
            pairs[key.value] = (key.value, key.place, value)
            return
        first = pairs[key.value][1][0]
        self.say(
            Code.YAML_DUPLICATE_KEY, f"the key '{key.value}' stands here twice", key.place, f"first on line {first}"
        )

    def bare(self, place: tuple[int, int]) -> None:
        said = Diagnostic(
            Code.YAML_BARE_TEMPLATE,
            "{{ … }} without quotes is a mapping to YAML",
            hint='put it in quotes: "{{ … }}"',
            location=Location(self.file, *place),
        )
        if said not in self.found[-1:]:
            self.found.append(said)

    def say(self, code: Code, message: str, place: tuple[int, int], hint: str | None = None) -> None:
        self.found.append(Diagnostic(code, message, hint=hint, location=Location(self.file, *place)))

    def stop(self, code: Code, message: str, place: tuple[int, int], hint: str | None = None) -> NoReturn:
        self.say(code, message, place, hint)
        raise SpecError(self.found)

    def syntax(self, error: yaml.MarkedYAMLError) -> NoReturn:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        lines = self.text.splitlines()
        if place[0] <= len(lines) and (bare := _BARE.search(lines[place[0] - 1])):
            self.bare((place[0], bare.end() - 1))
            raise SpecError(self.found)
        context = f" ({error.context})" if error.context else ""
        self.stop(Code.YAML_SYNTAX, f"this is not YAML: {error.problem}{context}", place)

    def _control_characters(self) -> None:
        found = Reader.NON_PRINTABLE.search(self.text)
        if found:
            line = self.text.count("\n", 0, found.start()) + 1
            column = found.start() - self.text.rfind("\n", 0, found.start())
            self.stop(Code.YAML_ENCODING, f"the control character U+{ord(found[0]):04X}", (line, column))


def _place(event: yaml.Event) -> tuple[int, int]:
    mark = event.start_mark
    return (mark.line + 1, mark.column + 1) if mark else (1, 1)


def _flow(event: yaml.Event) -> bool:
    return isinstance(event, yaml.MappingStartEvent) and bool(event.flow_style)


def _joined(text: str) -> str:
    r"""JSON writes characters above U+FFFF as two escapes, ``"\ud83d\ude00"``. Raises UnicodeError for a half."""
    return text if text.isascii() else text.encode("utf-16", "surrogatepass").decode("utf-16")


def _without_tabs(text: str) -> str:
    """JSON may stand between tabs, YAML may not; JSON has no tab inside a text, and columns stay."""
    if "\t" not in text or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    return text.replace("\t", " ")
