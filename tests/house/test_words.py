"""One word per thing: the glossary of engine/README.md, and the words that it replaces."""

from __future__ import annotations

import ast
import re

from tests.house.repository import Module, modules

INSTEAD = {
    "config": "spec",
    "recipe": "spec",
    "provider": "generator",
    "strategy": "generator",
    "producer": "generator",
    "job": "plan, stage or partition",
    "workflow": "lifecycle",
    "journal": "ledger",
}


def test_names_use_the_words_of_the_glossary():
    found = [
        f"{module.path} {name}: say {INSTEAD[word]}"
        for module in modules("engine", "api")
        for name in (*module.names, *defined(module))
        for word in words(name)
        if word in INSTEAD
    ]
    assert not found, "\n".join(found)


def defined(module: Module) -> list[str]:
    """The public names; inside, a library's own word may be the clearer one."""
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    names = [node.name for node in ast.walk(module.tree) if isinstance(node, kinds)]
    return [name for name in names if not name.startswith("_")]


def words(name: str) -> list[str]:
    """The words of a name, in the singular: ``RowJobs`` → row, job."""
    return [word.lower().removesuffix("s") for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def test_names_are_taken_apart_into_words():
    assert words("RowJobs") == ["row", "job"]
    assert words("job_of_HTTP") == ["job", "of", "http"]
