"""Every wrong spec in `diagnostics/` says exactly what its first lines expect.

A case is a YAML file that begins with comments:

    # stage: load                       what is run: a key of STAGES
    # set: orders=5                     (any number) a --set parameter
    #                                   (stage `compile` is against the tables of `tests/odd_world.py`,
    #                                    `faults` against those of `tests/faulty_world.py`)
    # broken: price_check | (price > 0) | price = -1 | 3 of 256
    #                                   what PostgreSQL answers to stage `rehearse`: a CHECK of the first
    #                                   entity's table, a row that breaks it, and how many do
    # expect: 4:7: S001 unknown key 'cuont' | hint: did you mean 'count'?

`expect` lines are all diagnostics, in order; lines and columns count in the file itself,
and a message of several lines is written with ⏎ between them.
To add a stage, add a line to STAGES.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine.errors import Diagnostic, SpecError
from engine.plan.compile import compile_plan
from engine.run.prepare import Request, compile_spec, compiled, read
from engine.run.rehearse import Broken, told
from engine.run.trials import Trial
from engine.spec.load import load, place
from engine.spec.salvage import salvage
from tests.faulty_world import FAULTY
from tests.odd_world import ODD

CASES = Path(__file__).parent / "diagnostics"


@dataclass(frozen=True)
class Case:
    text: bytes
    stage: str
    overrides: dict[str, str]
    expected: list[str]
    broken: tuple[str, ...] = ()


def load_stage(case: Case) -> None:
    load(case.text, file="spec.yaml", overrides=case.overrides)


def compile_stage(case: Case) -> None:
    compile_plan(load(case.text, file="spec.yaml", overrides=case.overrides), ODD)


def salvage_stage(case: Case) -> None:
    try:
        load_stage(case)
    except SpecError as error:
        rest = salvage(case.text, error, file="spec.yaml", overrides=case.overrides, seed=None)
        if rest is None:
            raise
        with pytest.raises(SpecError) as more:
            compile_spec(rest.spec, ODD)
        raise rest.with_more(more.value.diagnostics) from None


def check_stage(case: Case) -> None:
    compile_spec(load(case.text, file="spec.yaml", overrides=case.overrides), ODD)


def faults_stage(case: Case) -> None:
    asked = Request(case.text.decode(), "spec.yaml", case.overrides)
    compiled(asked, read(asked), FAULTY)


def rehearse_stage(case: Case) -> None:
    asked = Request(case.text.decode(), "spec.yaml", case.overrides)
    prepared = compiled(asked, read(asked), ODD)
    entity = next(iter(prepared.plan.entities.values()))
    found = []
    for line in case.broken:
        name, text, example, numbers = line.split(" | ")
        row = dict(cell.split(" = ") for cell in example.split(", "))
        rows, of = map(int, numbers.split(" of "))
        trial = Trial(name, text, tuple(row), tuple(row))
        found.append(Broken(entity.name, entity.table, trial, rows, of, tuple(row.items())))
    raise SpecError(place(told(found), prepared.spec.source))


STAGES: dict[str, Callable[[Case], None]] = {
    "load": load_stage,
    "compile": compile_stage,
    "salvage": salvage_stage,
    "check": check_stage,
    "faults": faults_stage,
    "rehearse": rehearse_stage,
}


def read_case(path: Path) -> Case:
    text = path.read_bytes()
    header: dict[str, list[str]] = {"stage": [], "set": [], "broken": [], "expect": []}
    for line in text.decode(errors="replace").splitlines():
        if not line.startswith("# "):
            break
        key, _, value = line[2:].partition(": ")
        header[key].append(value)
    overrides = dict(argument.split("=", 1) for argument in header["set"])
    (stage,) = header["stage"]
    return Case(text, stage, overrides, header["expect"], tuple(header["broken"]))


def as_expected(diagnostic: Diagnostic) -> str:
    place = diagnostic.location
    assert place is not None, f"no place: {diagnostic}"
    assert place.file == "spec.yaml"
    hint = f" | hint: {diagnostic.hint}" if diagnostic.hint else ""
    return f"{place.line}:{place.column}: {diagnostic.code} {diagnostic.message}{hint}".replace("\n", "⏎")


@pytest.mark.parametrize("path", sorted(CASES.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_wrong_spec_says_exactly_what_is_wrong(path: Path) -> None:
    case = read_case(path)
    with pytest.raises(SpecError) as refused:
        STAGES[case.stage](case)
    assert [as_expected(d) for d in refused.value.diagnostics] == case.expected


def test_there_are_many_wrong_specs() -> None:
    assert len(list(CASES.glob("*.yaml"))) >= 120
