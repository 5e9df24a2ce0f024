"""What personal data is called: the lists of `personal.toml` as regular expressions for Python and PostgreSQL."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SMALL = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l"} | dict(
    zip("àáâãäåçèéêëìíîïñòóôõöùúûüýÿ", "aaaaaaceeeeiiiinooooouuuuyy", strict=True)
)
FOLDED = _SMALL | {a.upper(): plain.capitalize() for a, plain in _SMALL.items() if len(a.upper()) == 1}
"""Letters with an accent, each with what it is without."""
_FOLDING = str.maketrans(dict[str, str | int | None](FOLDED))
CUTS = (("([a-z0-9])([A-Z])", r"\1_\2"), ("([A-Z])([A-Z][a-z])", r"\1_\2"))
"""Where a word begins without saying so, by its capitals; before letters are made small."""
EDGES = (("[^a-z0-9]+", "_"), ("([a-z])([0-9])", r"\1_\2"), ("([0-9])([a-z])", r"\1_\2"))
"""Where words begin and end in small letters."""
FOREIGN = "[^ -~]"
"""A letter that no list of ours knows."""


@dataclass(frozen=True, slots=True)
class Names:
    """Two regular expressions that find names, the same in Python and in PostgreSQL.

    `words` looks at the words with ``_`` between them, `parts` at the words without anything between them.
    """

    words: str
    parts: str

    def among(self, words: str) -> bool:
        """Whether the cut name `words` is one of these."""
        return bool(re.search(self.words, words) or re.search(self.parts, words.replace("_", "")))


@dataclass(frozen=True, slots=True)
class Patterns:
    """The lists of `personal.toml`, each as a regular expression or a set of types."""

    types: Mapping[str, tuple[str, ...]]
    text: Names
    number: Names
    moment: Names
    secret: Names
    last: str  # found at the end of the words of a text
    people: str  # found in a table's name without anything between its words
    called: str  # found in the words of a column of such a table
    kind: str  # found at the end of names that tell nothing of somebody
    counted: str  # the same, of numbers
    value: str
    longest: int

    def of(self, type_: str) -> tuple[Names, ...]:
        """The names that are personal for a type by its name."""
        if type_ in self.types["keys"]:
            return (self.secret,)
        if type_ in self.types["moments"]:
            return (self.moment,)
        if type_ in self.types["numbers"]:
            return self.number, self.moment
        return self.text, self.number, self.moment, self.secret


@cache
def patterns() -> Patterns:
    """The patterns, read once."""
    lists = tomllib.loads(files("engine.catalog").joinpath("personal.toml").read_text(encoding="utf-8"))
    names = {
        name: Names(_words(lists[name]["words"]), "|".join(lists[name]["parts"]))
        for name in ("text", "number", "moment", "secret")
    }
    return Patterns(
        {name: tuple(types) for name, types in lists["types"].items()},
        **names,
        last=f"(^|_)({'|'.join(lists['text']['last'])})(s|es|n|en)?$",
        people="|".join(lists["people"]["tables"]),
        called=_words(lists["people"]["words"]),
        kind=f"_({'|'.join(lists['harmless']['kinds'])})$",
        counted=f"_({'|'.join(lists['harmless']['numbers'])})$",
        value="|".join(f"({pattern})" for pattern in lists["values"]["patterns"]),
        longest=lists["values"]["longest"],
    )


def _words(names: Iterable[str]) -> str:
    return f"(^|_)({'|'.join(names)})(s|es|n|en)?(_|$)"


def fold(name: str) -> str:
    """A name without the accents that we know."""
    return name.translate(_FOLDING)


def cut(name: str) -> str:
    """A name as its words, in small letters with ``_`` between them: ``billToStraße1`` → bill_to_strasse_1."""
    plain = fold(name)
    for pattern, by in CUTS:
        plain = re.sub(pattern, by, plain)
    plain = re.sub("[A-Z]", lambda letter: letter[0].lower(), plain)
    for pattern, by in EDGES:
        plain = re.sub(pattern, by, plain)
    return plain.strip("_")
