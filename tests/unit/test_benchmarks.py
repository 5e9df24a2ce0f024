"""What `just bench` measures of every generator can be measured."""

from __future__ import annotations

import pytest
import yaml

from engine.batch import BATCH_ROWS
from engine.generators import GENERATORS
from tests.benchmarks.generators import repeatable, work
from tests.cases.test_generators import CASES


@pytest.mark.parametrize("kind", [generator.kind for generator in GENERATORS])
def test_the_cases_of_every_kind_make_a_whole_batch(kind: str):
    cases = [case for case in yaml.safe_load((CASES / f"{kind}.yaml").read_text()) if repeatable(case)]
    assert cases
    assert [len(work(case)()) for case in cases] == [BATCH_ROWS] * len(cases)
