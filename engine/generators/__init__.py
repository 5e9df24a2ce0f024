"""Every kind of column; adding one is one file and one line of GENERATORS."""

from __future__ import annotations

from engine.generators.base import Distribution, Generator

DISTRIBUTIONS: tuple[type[Distribution], ...] = ()

GENERATORS: tuple[type[Generator], ...] = (
    # one line per kind, alphabetical
    *DISTRIBUTIONS,
)
