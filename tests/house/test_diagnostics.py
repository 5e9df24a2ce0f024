"""Every code of a diagnostic is raised somewhere and shown by a case."""

from __future__ import annotations

import ast
import re
from functools import cache

from engine.errors import Code
from tests.house.repository import ROOT, modules, tracked

# Raised only where a case cannot be a text alone: it needs a database or a file. This list may only shrink.
SHOWN_ELSEWHERE: frozenset[Code] = frozenset({Code.YAML_UNREADABLE})
SHAPE = re.compile(r"[A-Z]\d{3}")


@cache
def shown() -> set[str]:
    texts = [
        (ROOT / path).read_text(errors="replace") for path in tracked() if path.startswith("tests/cases/diagnostics/")
    ]
    return {code for text in texts for code in re.findall(r"\b[A-Z]\d{3}\b", text)}


def raised() -> set[str]:
    """The names of the codes that the engine's modules mention."""
    elsewhere = (m for m in modules("engine") if m.path != "engine/errors.py")
    attributes = (node for m in elsewhere for node in ast.walk(m.tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in attributes if isinstance(node.value, ast.Name) and node.value.id == "Code"}


def test_every_code_has_a_case():
    missing = {code.name for code in Code if code.value not in shown()} - {code.name for code in SHOWN_ELSEWHERE}
    assert not missing, f"add a case to tests/cases/diagnostics for {sorted(missing)}"


def test_no_code_waits_for_a_case_that_it_has():
    assert not [code.name for code in SHOWN_ELSEWHERE if code.value in shown()], "take it off the list"


def test_every_code_is_raised():
    unused = {code.name for code in Code} - raised()
    assert not unused, f"nothing raises {sorted(unused)}"


def test_codes_look_alike_and_differ():
    assert all(SHAPE.fullmatch(code.value) for code in Code)
    assert len({code.value for code in Code}) == len(Code.__members__)
