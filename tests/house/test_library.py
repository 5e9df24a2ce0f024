"""The library of `engine serve` is the same in a checkout and in a wheel."""

from __future__ import annotations

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_a_wheel_has_every_spec_of_the_library():
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packed = told["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    specs = sorted((ROOT / "specs").glob("*.yaml"))
    assert packed == {f"specs/{spec.name}": f"api/library/{spec.name}" for spec in specs}
