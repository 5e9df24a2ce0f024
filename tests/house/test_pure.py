"""The middle is a function of the spec: what a linter of imports cannot see of clocks, dice and disks."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.repository import MIDDLE, Module, modules

CLOCKS = {"now", "utcnow", "today", "monotonic", "perf_counter", "time_ns", "getenv", "environ", "urandom"}
CALLS = {
    "hash": "differs from process to process; use engine.stream",
    "id": "differs from process to process",
    "print": "only engine/cli prints",
    "input": "only engine/cli asks",
    "eval": "specs come from strangers",
    "exec": "specs come from strangers",
}
READERS = {"engine/spec/load.py", "engine/spec/source.py"}  # the one place that opens the text of a spec
CONSTRUCTORS = ("uuid1", "uuid4", "SystemRandom", "default_rng", "shuffle")


def middle() -> tuple[Module, ...]:
    return tuple(m for m in modules("engine") if m.path.startswith(MIDDLE))


def attributes(module: Module) -> Iterator[ast.Attribute]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.Attribute))


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id, node


def test_the_middle_never_looks_at_a_clock_or_the_environment():
    found = [f"{m.path}:{a.lineno} .{a.attr}" for m in middle() for a in attributes(m) if a.attr in CLOCKS]
    assert not found, "\n".join(found)


def test_the_middle_never_rolls_dice_of_its_own():
    dotted = [f"{m.path}:{a.lineno} .{a.attr}" for m in middle() for a in attributes(m) if a.attr in CONSTRUCTORS]
    named = [f"{m.path}:{call.lineno} {name}" for m in middle() for name, call in calls(m) if name in CONSTRUCTORS]
    assert not dotted + named


def test_the_middle_calls_nothing_that_differs_between_processes():
    found = [f"{m.path}:{c.lineno} {n}: {CALLS[n]}" for m in middle() for n, c in calls(m) if n in CALLS]
    assert not found, "\n".join(found)


def test_only_the_loader_of_specs_opens_files():
    openers = {"read_text", "read_bytes", "write_text", "write_bytes", "open"}
    dotted = [(m.path, a.lineno) for m in middle() for a in attributes(m) if a.attr in openers and not _packaged(a)]
    named = [(m.path, call.lineno) for m in middle() for name, call in calls(m) if name == "open"]
    assert not [f"{path}:{line}" for path, line in dotted + named if path not in READERS]


def _packaged(opener: ast.Attribute) -> bool:
    """Whether it reads what a pinned package brings, such as tzdata."""
    return ast.unparse(opener.value).startswith("files(")


def test_no_set_decides_an_order():
    found = [
        f"{m.path}:{loop.lineno}"
        for m in middle()
        for loop in ast.walk(m.tree)
        if isinstance(loop, ast.For | ast.comprehension | ast.AsyncFor) and _is_set(loop.iter)
        for loop in [loop.iter]
    ]
    assert not found, f"sort it, or use dict.fromkeys: {found}"


def _is_set(node: ast.expr) -> bool:
    called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"set", "frozenset"}
    return called or isinstance(node, ast.Set | ast.SetComp)
