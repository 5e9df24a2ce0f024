"""The same world without an event: ``--without storefront.black_friday`` travels with the parameters of a run."""

from __future__ import annotations

from collections.abc import Mapping

KEY = "--without"
"""No parameter can have this name, so that a run keeps it where it keeps its parameters."""


def parted(overrides: Mapping[str, str]) -> tuple[dict[str, str], tuple[str, ...]]:
    """The parameters alone, and the events that are left out."""
    names = tuple(name.strip() for name in overrides.get(KEY, "").split(",") if name.strip())
    return {name: value for name, value in overrides.items() if name != KEY}, names


def with_without(data: object, names: tuple[str, ...]) -> object:
    """The data of a spec with more events left out than it says itself."""
    if not names or not isinstance(data, dict):
        return data
    own = data.get("without")
    return {**data, "without": [*(own if isinstance(own, list) else []), *names]}
