"""Shapes as tables of numbers, by which the characters of all rows are found at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from engine.generators.pattern_shapes import Shape, size
from engine.stream import Key, bits
from engine.types import I64, U64

MOST_VALUES = 1 << 62
_DRAWN = 2
"""Characters that one draw of 64 bits decides: with 32 bits each, none of 1,000 is likelier by more than 3·10⁻⁷."""


@dataclass(frozen=True, slots=True, eq=False)
class Shapes:
    """Shapes by number: the alphabet of each character (s, longest), how long they are (s,), and the alphabets."""

    alphabet: I64
    length: I64
    sizes: I64
    characters: npt.NDArray[np.uint32]

    @staticmethod
    def of(shapes: Sequence[Shape]) -> Shapes:
        """The tables of some shapes."""
        known = {letters: number for number, letters in enumerate(dict.fromkeys(a for shape in shapes for a in shape))}
        length = np.array([len(shape) for shape in shapes], np.int64)
        alphabet = np.zeros((len(shapes), int(length.max(initial=0))), np.int64)
        for number, shape in enumerate(shapes):
            alphabet[number, : len(shape)] = [known[letters] for letters in shape]
        sizes = np.array([len(letters) for letters in known], np.int64)
        characters = np.zeros((len(known), int(sizes.max(initial=1))), np.uint32)
        for number, letters in enumerate(known):
            characters[number, : len(letters)] = [ord(letter) for letter in letters]
        return Shapes(alphabet, length, sizes, characters)

    def drawn(self, shape: I64, address: U64, key: Key) -> pa.Array:
        """Texts of these shapes, every character drawn, (n,), (n,) → (n,)."""
        return self._written(shape, _Draws(key, address), None, shape)

    def numbered(self, shape: I64, number: I64, counted: I64, draws: tuple[U64, Key]) -> pa.Array:
        """Texts of these shapes by their number among those that differ in the first `counted` characters, (n,) each.

        What comes behind these characters is drawn.
        """
        return self._written(shape, _Draws(draws[1], draws[0]), number, counted[shape])

    def _written(self, shape: I64, draws: _Draws, number: I64 | None, counted: I64) -> pa.Array:
        lengths = self.length[shape]
        longest = int(lengths.max(initial=0))
        made = np.zeros((len(shape), longest), np.uint32)
        for place in range(longest):
            which = self.alphabet[shape, place]
            base = self.sizes[which]
            digit: I64
            if number is None:
                digit = draws.below(place, base)
            else:
                rest, digit = np.divmod(number, base)
                number = np.where(place < counted, rest, number)
                if np.any(place >= counted):
                    digit = np.where(place < counted, digit, draws.below(place, base))
            made[:, place] = self.characters[which, digit]
        return _texts(made[np.arange(longest) < lengths[:, None]], lengths)


@dataclass(frozen=True, slots=True, eq=False)
class _Draws:
    key: Key
    address: U64

    def below(self, place: int, base: I64) -> I64:
        """A number below `base` for the character at `place`, (n,)."""
        word, half = divmod(place, _DRAWN)
        raw = bits(self.key.child("characters", word), self.address) >> np.uint64(32 * half) & np.uint64(0xFFFFFFFF)
        return (raw * base.astype(np.uint64) >> np.uint64(32)).astype(np.int64)


def _texts(characters: npt.NDArray[np.uint32], lengths: I64) -> pa.Array:
    """Code points laid end to end as texts of so many each, (n,)."""
    if not len(characters) or characters.max() < 0x80:
        data = characters.astype(np.uint8).tobytes()
        ends = np.cumsum(lengths)
    else:
        data = characters.astype("<u4").tobytes().decode("utf-32-le").encode()
        wide = 1 + (characters >= 0x80).astype(np.int64) + (characters >= 0x800) + (characters >= 0x10000)
        ends = np.concatenate((np.zeros(1, np.int64), np.cumsum(wide)))[np.cumsum(lengths)]
    edges = np.concatenate((np.zeros(1, np.int32), ends.astype(np.int32)))
    return pa.StringArray.from_buffers(len(lengths), pa.py_buffer(edges), pa.py_buffer(data))


@dataclass(frozen=True, slots=True, eq=False)
class Values:
    """All values of some shapes by number: shape s has those from `first[s]` on, (s + 1,).

    Where a shape has more than its part of 2⁶², only its first `counted` characters are told apart.
    """

    shapes: Shapes
    first: I64
    counted: I64
    key: Key

    @staticmethod
    def of(shapes: Sequence[Shape], key: Key) -> Values:
        """The values of shapes that have none in common."""
        most = MOST_VALUES // max(len(shapes), 1)
        counted, sizes = [], []
        for shape in shapes:
            width = len(shape)
            while size(shape[:width]) > most:
                width -= 1
            counted.append(width)
            sizes.append(size(shape[:width]))
        first = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.array(sizes, np.int64))))
        return Values(Shapes.of(shapes), first, np.array(counted, np.int64), key)

    @property
    def count(self) -> int:
        """How many there are, at most 2⁶²."""
        return int(self.first[-1])

    def texts(self, number: I64, address: U64) -> pa.Array:
        """The texts of these numbers, (n,); what is not told apart is drawn by address."""
        shape = np.searchsorted(self.first, number, side="right") - 1
        return self.shapes.numbered(shape, number - self.first[shape], self.counted, (address, self.key))
