"""Texts: a few words where there is room, letters where there is little, labels of enums."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.generators.kinds.maker import Between, Numbered, Wishes
from engine.generators.kinds.spelling import LONGEST_WORD, WORDS, join, letters, phrase, plain
from engine.stream import Key, bits
from engine.types import I64, U64, PgType

_THREE = 3 * LONGEST_WORD + 2
_MARKED = _THREE + 14
"""Room for three words, and for the longest number behind them."""
_LETTERS = 10
_NAME_BYTES = 63


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
    """Words up to a length: text of so many characters."""

    length: Between
    key: Key

    def values(self, address: U64) -> pa.Array:
        """The texts, (n,): a stretch of random words, which begins with a word and ends with no blank."""
        lengths = self.length.drawn(self.key, address)
        most = int(lengths.max(initial=0))
        ends = np.concatenate((np.zeros(1, np.int32), np.cumsum(lengths, dtype=np.int32)))
        data = np.empty(ends[-1], np.uint8)
        step = max(_CHUNK // max(most, 1), 1)
        for at in range(0, len(address), step):
            some = slice(at, at + step)
            data[ends[at] : ends[min(at + step, len(address))]] = self._characters(address[some], lengths[some], most)
        last = ends[1:][lengths > 0] - 1
        data[last] = np.where(data[last] == ord(" "), ord("e"), data[last])
        return pa.StringArray.from_buffers(len(address), pa.py_buffer(ends), pa.py_buffer(data))

    def _characters(self, address: U64, lengths: I64, most: int) -> Characters:
        """Enough words for each row, with blanks between, cut to its length and laid end to end."""
        words = -(-most // (_SHORTEST + 1)) or 1
        picks = np.stack([bits(self.key.child("word", k), address) >> np.uint64(56) for k in range(words)], axis=1)
        row = pc.binary_join(_rows(_SPACED.take(pa.array(picks.reshape(-1))), words), "")
        begins = np.frombuffer(row.buffers()[1], np.int32)[: len(address)]
        source = np.frombuffer(row.buffers()[2], np.uint8)
        ends = np.cumsum(lengths)
        place = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - lengths, lengths)
        found: Characters = source[np.repeat(begins, lengths) + place]
        return found


_CHUNK = 1 << 21
_SHORTEST = min(map(len, WORDS))
_SPACED = pa.array([f"{word} " for word in WORDS])


def _rows(parts: pa.Array, each: int) -> pa.ListArray:
    return pa.ListArray.from_arrays(pa.array(np.arange(0, len(parts) + 1, each, dtype=np.int32)), parts)


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
