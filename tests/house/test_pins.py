"""`uv run` on a fresh clone installs what was tested: every package pinned, by name and hash, in two places alike."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions

from tests.house.lock import pins, with_pins
from tests.house.repository import ROOT

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKED = (ROOT / "requirements.lock").read_text()


def name_of(requirement: str) -> str:
    return re.split(r"[=<>!~;\[ ]", requirement)[0].lower().replace("_", "-")


def test_both_lists_of_pins_agree():
    assert PYPROJECT["tool"]["uv"]["constraint-dependencies"] == pins(LOCKED), "run `just lock`"


def test_everything_asked_for_is_pinned():
    asked = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    missing = {name_of(line) for line in asked} - {name_of(line) for line in pins(LOCKED)}
    assert not missing, "run `just lock`"


def test_everything_installed_is_pinned():
    known = {name_of(line) for line in pins(LOCKED)} | {"scenario-engine", "pip", "setuptools", "wheel"}
    assert not {d.metadata["Name"].lower().replace("_", "-").replace(".", "-") for d in distributions()} - known


def test_every_dependency_states_a_lower_bound_and_no_upper_one():
    asked = PYPROJECT["project"]["dependencies"] + PYPROJECT["dependency-groups"]["dev"]
    assert not [line for line in asked if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?>=[\w.]+", line)]


def test_every_pin_has_hashes():
    entries = re.split(r"\n(?=\S)", LOCKED.strip())
    assert len(entries) == len(pins(LOCKED))
    assert not [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry]


def test_a_marker_stays_only_where_it_chooses_between_versions():
    old, new = "python_full_version < '3.12'", "python_full_version >= '3.12'"
    text = f"a==1 ; sys_platform == 'win32' \\\n    --hash=x\nb==1 ; {old}\nb==2 ; {new}\n"
    assert pins(text) == ["a==1", f"b==1 ; {old}", f"b==2 ; {new}"]


def test_new_pins_take_the_place_of_the_old_ones():
    text = 'x = 1\nconstraint-dependencies = [\n  "a==1",\n]\ny = 2\n'
    assert with_pins(text, ["a==2", "b==3"]) == text.replace('"a==1",', '"a==2",\n  "b==3",')
