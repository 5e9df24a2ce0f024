"""Text made of numbers and words, a whole column at a time."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.types import I64

_TEXT = """
actor agile album alder alert alley almond amber anchor angle ankle apple apron arbor arrow aspen atlas attic
autumn badge baker bamboo banner barley basin basket beach beacon bench berry birch bishop blanket bloom blossom
border bottle boulder bramble branch brass bread breeze brick bridge bronze brook bucket butter button cabin
cactus camera candle canoe canvas carbon carrot castle cedar chalk cherry chest circle citrus clay cliff clock
clover cobalt coffee comet copper coral corner cotton cradle crane cream crest cricket crown crystal curtain
cypress dancer dawn deer delta desert dock dolphin drift eagle early echo elder ember engine falcon feather fern
ferry fiddle field flint forest fossil fox frost galaxy garden garlic gentle ginger glacier glade glass globe
golden granite grape gravel grove guitar harbor harvest hazel heath heron hickory hollow honey horizon ivory
jasmine jewel jungle juniper kettle kitchen lagoon lantern lark laurel lemon lentil lily linen lion lotus lumber
magnet maple marble marsh meadow melon mint mirror misty moon morning moss mustard nectar needle nickel north
oak ocean olive onyx orange orchard otter owl oyster paddle palm paper parrot pear pebble pepper pigeon pillow
pine planet plaza plum pocket pond poplar poppy prairie quartz quiet quill rain raven reef ribbon ridge river
robin rocket rose ruby saddle saffron sage sail salmon sand shadow shell shore silk silver slate snow spark
sparrow spice spring spruce stone storm stream sugar summer sunset swan table tiger timber topaz tower trail
tulip tunnel turtle valley vanilla velvet village violet walnut water willow window winter wolf yarrow zinc
"""
WORDS = tuple(_TEXT.split())
"""256 words of at most 7 letters: one for each byte."""
LONGEST_WORD = 7

_POOL = pa.array(WORDS)
_LETTERS = np.frombuffer(b"abcdefghijklmnopqrstuvwxyz", np.uint8)
_FIGURES = np.frombuffer(b"0123456789abcdef", np.uint8)


def join(*parts: pa.Array | str) -> pa.Array:
    """Texts and constants, one after the other, (n,)."""
    return pc.binary_join_element_wise(*parts, "")


def plain(number: I64) -> pa.Array:
    """Whole numbers in decimal, (n,)."""
    return pa.array(number).cast(pa.string())


def words(number: I64, place: int = 0) -> pa.Array:
    """The word of a number's byte at `place`, counted from the lowest, (n,)."""
    return _POOL.take(pa.array((number >> (8 * place)) & 0xFF))


def phrase(number: I64, count: int, between: str = " ") -> pa.Array:
    """Words of a number's lowest `count` bytes, (n,)."""
    return pc.binary_join_element_wise(*(words(number, place) for place in range(count)), between)


def letters(number: I64, width: int) -> pa.Array:
    """So many lower-case letters, the number in base 26, (n,)."""
    return _figures(number, 26, width, _LETTERS)


def padded(number: I64, width: int) -> pa.Array:
    """Decimal digits with leading zeros, (n,)."""
    return _figures(number, 10, width, _FIGURES)


def hexed(number: I64, width: int) -> pa.Array:
    """Hexadecimal digits with leading zeros, (n,)."""
    return _figures(number, 16, width, _FIGURES)


def tenths(number: I64) -> pa.Array:
    """Numbers with one digit after the point, (n,)."""
    return join(plain(number // 10), ".", plain(number % 10))


def rows_of(characters: npt.NDArray[Any]) -> pa.Array:
    """ASCII characters (n, w) as texts of equal length, (n,)."""
    size, width = characters.shape
    ends = np.arange(size + 1, dtype=np.int32) * np.int32(width)
    data = pa.py_buffer(np.ascontiguousarray(characters, np.uint8))
    return pa.StringArray.from_buffers(size, pa.py_buffer(ends), data)


def _figures(number: I64, base: int, width: int, alphabet: npt.NDArray[np.uint8]) -> pa.Array:
    rest = number
    made = np.empty((len(number), width), np.uint8)
    for place in range(width - 1, -1, -1):
        rest, figure = np.divmod(rest, base)
        made[:, place] = alphabet[figure]
    return rows_of(made)
