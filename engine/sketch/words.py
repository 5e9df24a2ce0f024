"""The words that the names of columns and tables are made of, so that firstName and FIRST_NAME are one."""

from __future__ import annotations

import re
import unicodedata

_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_LANGUAGES = frozenset({"en", "de", "fr", "es", "it", "pt", "nl", "pl"})
_SHORTEST = 3


def tokens(name: str) -> tuple[str, ...]:
    """A name's words in lower case: by underscores and the like, capitals and digits; accents are taken off."""
    ascii_ = unicodedata.normalize("NFKD", name.translate(_SPELLED)).encode("ascii", "ignore").decode()
    return tuple(word.lower() for word in _WORD.findall(ascii_))


def stem(word: str) -> str:
    """What a word and its plural have in common, such as `categori`; not meant to be read."""
    if len(word) > _SHORTEST and word.endswith("s") and not word.endswith("ss"):
        word = word[:-1]
    if len(word) > _SHORTEST and word.endswith("e"):
        word = word[:-1]
    return f"{word[:-1]}i" if len(word) > _SHORTEST and word.endswith("y") else word


def joined(words: tuple[str, ...]) -> str:
    """Words as one, by which names are compared."""
    return stem("".join(words))


def bare(words: tuple[str, ...]) -> tuple[str, ...]:
    """The words without a number or a language at their end: address1, title_de."""
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in _LANGUAGES):
        words = words[:-1]
    return words
