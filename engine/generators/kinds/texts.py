"""Texts: a few words where there is room, letters where there is little, labels of enums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.generators.kinds.maker import Between, Numbered, Wishes
from engine.generators.kinds.spelling import LONGEST_WORD, WORDS, join, letters, phrase, plain
from engine.stream import Key, bits, stream_key, within
from engine.types import I64, U64, PgType

_THREE = 3 * LONGEST_WORD + 2
_MARKED = _THREE + 14
"""Room for three words, and for the longest number behind them."""
_LETTERS = 10
_NAME_BYTES = 63
LONGEST_TEXT = 10_000
"""The longest text that may be asked for."""


def _text(type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    room = longest(type_)
    if room < _THREE:
        width = min(room, _LETTERS)
        return Numbered.of(26**width, partial(letters, width=width), ordered=True)
    return Numbered.of(1 << 24, _three_words, most=1 << 62 if room >= _MARKED else None)


def longest(type_: PgType) -> int:
    """How many characters a column of text holds, as far as anybody minds."""
    if type_.name == "char":
        return 1
    return min(type_.length or 1_000_000, _NAME_BYTES if type_.name == "name" else 1_000_000)


def _three_words(number: I64) -> pa.Array:
    made, again = phrase(number, 3), number >> 24
    if not again.any():
        return made
    return pc.if_else(pa.array(again > 0), join(made, " ", plain(again)), made)


def labels_of(type_: PgType) -> Numbered:
    """The labels of an enum, in its order."""
    return Numbered.of(len(type_.labels), partial(_take, pa.array(type_.labels)), ordered=True)


def listed(*values: str) -> Callable[[PgType, Wishes], Numbered]:
    """A type of which only these values are sure to exist."""
    return partial(_listed, values)


def _listed(values: tuple[str, ...], type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(len(values), partial(_take, pa.array(values)))


def _take(values: pa.Array, number: I64) -> pa.Array:
    return values.take(pa.array(number))


Characters: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Prose:
    """Texts of so many characters: stretches of one long row of random words, which each begin with a word."""

    length: Between
    key: Key

    def values(self, address: U64) -> pa.Array:
        """The texts, (n,); none ends in a blank."""
        characters, begins = _words()
        lengths = self.length.drawn(self.key, address)
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(lengths)))
        begin = begins[within(self.key.child("begin"), address, len(begins))]
        data = np.empty(int(ends[-1]), np.uint8)
        shift = (begin - ends[:-1]).astype(np.int32 if ends[-1] < 1 << 31 else np.int64)
        step = max(_CHUNK // max(self.length.max, 1), 1)
        for at in range(0, len(address), step):  # what is worked on stays in the cache
            first, stop = int(ends[at]), int(ends[min(at + step, len(address))])
            place = np.repeat(shift[at : at + step], lengths[at : at + step])
            place += np.arange(first, stop, dtype=place.dtype)
            np.take(characters, place, out=data[first:stop])
        last = ends[1:][lengths > 0] - 1
        data[last] = np.where(data[last] == ord(" "), ord("e"), data[last])
        edges = pa.py_buffer(ends.astype(np.int32))
        return pa.StringArray.from_buffers(len(address), edges, pa.py_buffer(data))


_CHUNK = 1 << 17


@cache
def _words() -> tuple[Characters, I64]:
    """65,536 words with blanks between, and where each begins; behind them as many characters as a text may have."""
    picked = bits(stream_key(0, "kinds", "prose"), np.arange(1 << 16, dtype=np.uint64)) >> np.uint64(56)
    words = [WORDS[word] for word in picked.tolist()]
    text = " ".join(words)
    begins = np.cumsum([0, *(len(word) + 1 for word in words[:-1])])
    return np.frombuffer(f"{text} {text[:LONGEST_TEXT]}".encode(), np.uint8), begins


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    **dict.fromkeys(("text", "varchar", "bpchar", "char", "name", "citext", "refcursor"), _text),
    "regclass": listed("pg_class", "pg_type", "pg_proc", "pg_attribute", "pg_namespace", "pg_index"),
    "regtype": listed("integer", "bigint", "text", "boolean", "numeric", "uuid", "date"),
    "regproc": listed("version", "pi", "current_database", "pg_backend_pid"),
    "regprocedure": listed("version()", "pi()", "upper(text)", "length(text)"),
    "regoper": listed("|/", "||/", "!!"),
    "regoperator": listed("+(integer,integer)", "*(integer,integer)", "||(text,text)", "=(text,text)"),
    "regrole": listed("pg_monitor", "pg_read_all_settings", "pg_read_all_stats", "pg_signal_backend"),
    "regnamespace": listed("pg_catalog", "information_schema"),
    "regconfig": listed("simple", "english", "german", "french"),
    "regdictionary": listed("simple", "english_stem", "german_stem"),
    "regcollation": listed('"C"', '"POSIX"', '"default"'),
    "aclitem": listed("=r/pg_monitor", "pg_monitor=r/pg_monitor"),
}
