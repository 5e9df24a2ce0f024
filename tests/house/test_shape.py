"""Small files, short functions, telling names, documented surfaces."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.repository import CODE, Module, modules

FILE_LINES, FUNCTION_LINES, PARAMETERS = 400, 40, 6
EMPTY_WORDS = {"util", "utils", "helper", "helpers", "common", "manager", "managers", "misc"}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: Module) -> Iterator[Function]:
    return (node for node in ast.walk(module.tree) if isinstance(node, Function))


def test_no_module_is_longer_than_400_lines():
    long = [f"{m.path}: {len(m.lines)}" for m in modules(*CODE, "tests") if len(m.lines) > FILE_LINES]
    assert not long, "split by kind, not in two: " + ", ".join(long)


def test_no_function_is_longer_than_40_lines():
    long = [
        f"{m.path}:{f.lineno} {f.name}: {length}"
        for m in modules(*CODE)
        for f in functions(m)
        if (length := (f.end_lineno or 0) - f.lineno + 1) > FUNCTION_LINES
    ]
    assert not long, "\n".join(long)


def test_no_function_takes_more_than_six_parameters():
    greedy = [
        f"{m.path}:{f.lineno} {f.name}: {len(taken)}"
        for m in modules(*CODE)
        for f in functions(m)
        if len(taken := [a for a in (*f.args.posonlyargs, *f.args.args, *f.args.kwonlyargs) if a.arg != "self"])
        > PARAMETERS
    ]
    assert not greedy, "\n".join(greedy)


def test_names_say_what_is_inside():
    vague = [m.path for m in modules(*CODE, "tests", "examples") if EMPTY_WORDS & words_of(m)]
    assert not vague, f"name a module for what it holds: {vague}"


def words_of(module: Module) -> set[str]:
    return {word for name in module.names for word in name.split("_")}


def test_everything_public_is_documented():
    bare = [where for m in modules(*CODE) if m.is_public for where in undocumented(m)]
    assert not bare, "\n".join(bare)


def undocumented(module: Module) -> Iterator[str]:
    if module.tree.body and not ast.get_docstring(module.tree):
        yield module.path
    yield from _undocumented(module.tree, module.path)


def _undocumented(parent: ast.Module | ast.ClassDef, path: str) -> Iterator[str]:
    for node in parent.body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        overload = any("overload" in ast.unparse(d) or ".setter" in ast.unparse(d) for d in node.decorator_list)
        if not overload and not ast.get_docstring(node):
            yield f"{path}:{node.lineno} {node.name}"
        if isinstance(node, ast.ClassDef):
            yield from _undocumented(node, path)


def test_imports_stand_at_the_top():
    late = [
        f"{m.path}:{node.lineno}"
        for m in modules(*CODE)
        for f in functions(m)
        for node in ast.walk(f)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]
    assert not late, "\n".join(late)
