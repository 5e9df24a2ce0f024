"""One kind, one file, one line, one case."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.generators import DISTRIBUTIONS, GENERATORS, LIFE
from tests.house.repository import ROOT

CASES = ROOT / "tests/cases/generators"
FRAME = ROOT / "engine/generators"


def test_every_kind_lives_in_a_file_of_its_own():
    homes = [generator.__module__ for generator in (*GENERATORS, *LIFE)]
    assert len(set(homes)) == len(homes), sorted(homes)


def test_every_file_that_defines_a_kind_is_registered():
    defined = {path.stem for path in FRAME.glob("*.py") if "kind: ClassVar[str] =" in path.read_text()}
    registered = {generator.__module__.rpartition(".")[2] for generator in (*GENERATORS, *LIFE)}
    assert defined == registered


def test_kinds_have_names_of_their_own_and_a_field_that_is_their_head():
    kinds = [generator.kind for generator in (*GENERATORS, *LIFE)]
    assert len(set(kinds)) == len(kinds)
    assert not [g.kind for g in (*GENERATORS, *LIFE) if g.kind not in {f.alias or n for n, f in g.model_fields.items()}]


def test_the_lists_are_alphabetical():
    plain = [g.kind for g in GENERATORS if g not in DISTRIBUTIONS]
    laws = [d.kind for d in DISTRIBUTIONS]
    lives = [generator.kind for generator in LIFE]
    assert (plain, laws, lives) == (sorted(plain), sorted(laws), sorted(lives))


@pytest.mark.parametrize("kind", [generator.kind for generator in GENERATORS])
def test_every_kind_has_a_case(kind: str):
    assert (CASES / f"{kind}.yaml").exists()


def test_every_case_is_of_a_kind():
    assert not {case.stem for case in CASES.glob("*")} - {generator.kind for generator in GENERATORS}


@pytest.mark.parametrize("generator", [*GENERATORS, *LIFE], ids=lambda generator: generator.kind)
def test_every_kind_says_what_it_guarantees(generator: type):
    said = generator.__doc__ or ""
    assert "Guarantees" in said, f"{Path(generator.__module__).name}: say what it Guarantees, Costs, Refuses"


@pytest.mark.parametrize("generator", [*GENERATORS, *LIFE], ids=lambda generator: generator.kind)
def test_every_key_of_a_kind_is_described(generator: type):
    bare = [name for name, field in generator.model_fields.items() if not field.description]
    assert not bare
