"""What can go wrong, said once: codes, diagnostics and one exception per stage."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]
"""Where in a spec: keys and list positions from the root, e.g. ``('entities', 'orders', 'count')``."""


class Code(StrEnum):
    """The number of a diagnostic; the comment beside each is its meaning, a case file shows it."""

    # Y: the text is not the YAML we read
    YAML_SYNTAX = "Y001"  # not YAML at all
    YAML_DUPLICATE_KEY = "Y002"  # a mapping says one key twice
    YAML_TOO_BIG = "Y003"  # more bytes, nodes, depth or aliases than a spec needs
    YAML_UNSUPPORTED = "Y004"  # a tag, a merge key, several documents, a non-text key
    YAML_BARE_TEMPLATE = "Y005"  # an unquoted {{ x }}, which YAML reads as a mapping
    YAML_ENCODING = "Y006"  # not UTF-8, or control characters
    YAML_UNREADABLE = "Y007"  # the file cannot be opened
    # S: the shape is wrong (one value on its own)
    UNKNOWN_KEY = "S001"
    MISSING_KEY = "S002"
    WRONG_TYPE = "S003"
    OUT_OF_RANGE = "S004"
    BAD_UNIT = "S005"  # a duration, moment or time zone that cannot be read
    NO_GENERATOR = "S006"  # a column with none of the generators, or with two
    BAD_NAME = "S007"
    BAD_WEIGHTS = "S008"
    CONFLICT = "S009"  # two keys that exclude each other
    # P: parameters
    PARAM_UNKNOWN = "P001"
    PARAM_SYNTAX = "P002"
    PARAM_FORBIDDEN = "P003"  # more than arithmetic over names and numbers
    PARAM_VALUE = "P004"
    PARAM_NAME_TAKEN = "P005"  # a parameter and a column of one name
    # R: names that point nowhere, things that do not fit together
    UNKNOWN_ENTITY = "R001"
    UNKNOWN_TABLE = "R002"
    UNKNOWN_COLUMN = "R003"
    UNKNOWN_TIMELINE = "R004"
    UNKNOWN_EVENT = "R005"
    CYCLE = "R006"
    MISSING_COLUMN = "R007"  # a NOT NULL column without default that nothing fills
    WRONG_KIND = "R008"  # a generator that cannot fill this type
    NOT_WRITABLE = "R009"  # a column that PostgreSQL computes
    NO_PARENT_YET = "R010"  # existing_at before the first parent
    INFEASIBLE = "R011"  # more distinct values, rows or time than there are
    NOT_UNIQUE = "R012"  # unique asked of a generator that cannot promise it
    NO_MOMENT = "R013"  # existing_at of a parent that has no moment
    TOO_COSTLY = "R014"  # recomputing this would be absurd
    OUTSIDE_WINDOW = "R015"
    NULL_NOT_ALLOWED = "R016"
    UNKNOWN_LIFECYCLE = "R017"
    UNKNOWN_STATE = "R018"
    UNKNOWN_TRAIT = "R019"
    UNKNOWN_LOOKUP = "R020"
    NO_DATABASE = "R021"  # rows that are there already, and no database to ask for them
    CHECK_VIOLATED = "R022"  # rows that a CHECK or EXCLUDE of the table would refuse
    # F: faults that are asked for
    FAULT_FORBIDDEN = "F001"  # a constraint of the table forbids it
    FAULT_LABEL = "F002"  # the label table, or a row that a label could not name
    # X: expressions and templates
    EXPR_SYNTAX = "X001"
    EXPR_FORBIDDEN = "X002"  # not on the allow-list
    EXPR_TYPE = "X003"
    EXPR_UNKNOWN_NAME = "X004"
    EXPR_TOO_BIG = "X005"
    TEMPLATE_SYNTAX = "X101"
    TEMPLATE_FORBIDDEN = "X102"
    TEMPLATE_UNKNOWN_NAME = "X103"


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a text, counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing wrong in a spec: what, where, and what to do about it."""

    code: Code
    message: str
    path: Path = ()
    hint: str | None = None
    location: Location | None = None
    most: int | None = None  # so many rows of the entity would do, where fewer are the remedy

    def under(self, *prefix: str | int) -> Diagnostic:
        """The same diagnostic, seen from further up the spec."""
        return replace(self, path=(*prefix, *self.path))

    def as_json(self) -> dict[str, object]:
        """The same as plain data."""
        place = self.location
        return {
            "code": str(self.code),
            "message": self.message,
            "hint": self.hint,
            "path": list(self.path),
            "file": place.file if place else None,
            "line": place.line if place else None,
            "column": place.column if place else None,
        }

    def __str__(self) -> str:
        where = f"{self.location}: " if self.location else ""
        hint = f"\n  hint: {self.hint}" if self.hint else ""
        return f"{where}{self.code} {self.message}{hint}"


class EngineError(Exception):
    """Something the user can act on; anything else that escapes is our own bug."""

    exit_code = 1


class SpecError(EngineError):
    """The spec is wrong; carries every diagnostic found, not only the first."""

    exit_code = 2

    def __init__(self, diagnostics: Iterable[Diagnostic]) -> None:
        self.diagnostics = tuple(diagnostics)
        super().__init__("\n".join(map(str, self.diagnostics)))

    def __reduce__(self) -> tuple[type[SpecError], tuple[tuple[Diagnostic, ...]]]:
        return SpecError, (self.diagnostics,)

    def under(self, *prefix: str | int) -> SpecError:
        """The same error, seen from further up the spec."""
        return SpecError(d.under(*prefix) for d in self.diagnostics)


def wrong(code: Code, message: str, *, path: Path = (), hint: str | None = None) -> SpecError:
    """A SpecError of one diagnostic; `path` is relative to whatever is being compiled."""
    return SpecError([Diagnostic(code, message, path, hint)])


class UsageError(EngineError):
    """The command line asks for something that makes no sense."""

    exit_code = 2


class Refused(EngineError):
    """The engine will not do this: rows in the way, a production host, no rights."""

    exit_code = 4


class Busy(Refused):
    """Somebody else is at work on it; later it may go."""


class ConnectError(EngineError):
    """The database cannot be reached or is not one we support."""


class ServerError(EngineError):
    """The PostgreSQL that comes with the package cannot be found, started or stopped."""


class GenerateError(EngineError):
    """A value could not be made: an overflow, a division by zero, no parent at that moment."""

    placed = False

    def at(self, place: str) -> GenerateError:
        """The same error with the column that it happened in; the first place is the one that counts."""
        if self.placed:
            return self
        found = self if str(self).startswith(place) else GenerateError(f"{place}: {self}")
        found.placed = True
        return found


class LoadError(EngineError):
    """PostgreSQL refused rows or a constraint."""


class LedgerError(EngineError):
    """What the ledger says does not fit what is asked."""


class MigrationError(EngineError):
    """A migration did not go through; the database is as it was."""


class Interrupted(EngineError):
    """The user stopped the run; what is committed stays and can be resumed."""

    exit_code = 130
