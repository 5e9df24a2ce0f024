"""What the promise of the same bytes depends on: versions of our own code and of the packages whose data we use."""

from __future__ import annotations

import hashlib
from importlib.metadata import version

PACKAGES = ("scenario-engine", "numpy", "pyarrow", "faker", "tzdata")


def fingerprint(spec: str) -> dict[str, str]:
    """The versions, and a hash of the spec's text."""
    found = {name: version(name) for name in PACKAGES}
    return {**found, "spec": hashlib.sha256(spec.encode()).hexdigest()}


def differences(then: dict[str, str], now: dict[str, str]) -> tuple[str, ...]:
    """What is not as it was, in words."""
    names = dict.fromkeys((*then, *now))
    return tuple(f"{n} {then.get(n, 'absent')} → {now.get(n, 'absent')}" for n in names if then.get(n) != now.get(n))
