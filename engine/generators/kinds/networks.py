"""Addresses of networks and of what is in them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import pyarrow as pa

from engine.generators.kinds.maker import Numbered, Wishes
from engine.generators.kinds.spelling import hexed, join, plain
from engine.types import I64, PgType


def _inet(number: I64) -> pa.Array:
    """Hosts of the private 10.0.0.0/8 (RFC 1918)."""
    return join("10.", plain(number >> 16), ".", plain(number >> 8 & 255), ".", plain(number & 255))


def _cidr(number: I64) -> pa.Array:
    """Networks of 16 hosts of the same."""
    return join(_inet(number << 4), "/28")


def _macaddr(number: I64) -> pa.Array:
    """Locally administered addresses, 02:…."""
    return join("02", *(join(":", hexed(number >> shift & 255, 2)) for shift in (32, 24, 16, 8, 0)))


def _macaddr8(number: I64) -> pa.Array:
    """The same in the form of EUI-64."""
    upper = (join(":", hexed(number >> shift & 255, 2)) for shift in (32, 24))
    return join("02", *upper, ":ff:fe", *(join(":", hexed(number >> shift & 255, 2)) for shift in (16, 8, 0)))


def _kind(write: Callable[[I64], pa.Array], places: int, type_: PgType, wishes: Wishes) -> Numbered:  # noqa: ARG001
    return Numbered.of(places, write, ordered=True)


KINDS: Mapping[str, Callable[[PgType, Wishes], Numbered]] = {
    "inet": partial(_kind, _inet, 1 << 24),
    "cidr": partial(_kind, _cidr, 1 << 20),
    "macaddr": partial(_kind, _macaddr, 1 << 40),
    "macaddr8": partial(_kind, _macaddr8, 1 << 40),
}
