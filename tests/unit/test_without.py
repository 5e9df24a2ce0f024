"""The same world without an event: what it did not touch is the same to the byte, so the difference is what it did."""

from __future__ import annotations

import pyarrow.compute as pc
import pytest

from engine.errors import SpecError
from engine.spec.load import load
from tests.unit.test_lifecycles import STORY as LIVES
from tests.unit.test_lifecycles import TABLES
from tests.worlds import STORY, plan_of, rows_of


def test_without_an_event_beside_the_rates_only_what_it_touched_is_another():
    told, calm = (
        rows_of(plan_of(LIVES, TABLES, **how), "orders")["orders"] for how in ({}, {"--without": "gateway_down"})
    )
    assert told["placed_at"].equals(calm["placed_at"])
    day = pc.day(told["placed_at"])
    outside = pc.invert(pc.is_in(day, value_set=pc.cast([15, 16], "int64")))
    assert told.filter(outside).equals(calm.filter(outside))
    paid = [rows.filter(pc.invert(outside))["paid_at"].null_count for rows in (told, calm)]
    assert paid[0] > 5 * paid[1]


def test_without_a_spike_no_row_is_in_it_and_those_who_never_read_the_time_are_the_same():
    told, calm = (rows_of(plan_of(STORY, **how)) for how in ({}, {"--without": "storefront.sale"}))
    assert 40 in told["orders"]["discount"].to_pylist()
    assert 40 not in calm["orders"]["discount"].to_pylist()
    assert told["customers"].equals(calm["customers"])
    assert told["orders"].num_rows == calm["orders"].num_rows


def test_a_spec_may_say_it_itself():
    said = LIVES.replace("seed: 3", "seed: 3\nwithout: [gateway_down]")
    asked = rows_of(plan_of(LIVES, TABLES, **{"--without": "gateway_down"}))
    assert all(rows_of(plan_of(said, TABLES))[name].equals(made) for name, made in asked.items())


def test_an_event_that_there_is_not_is_refused():
    with pytest.raises(SpecError, match=r"no event is called 'gatway_down'\n  hint: did you mean 'gateway_down'"):
        load(LIVES, file="spec.yaml", overrides={"--without": "gatway_down"})
