"""Schemas to try the engine on: what other people wrote, what benchmarks are made of, and what we thought hard."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from tests.schemas import jobs, musicbrainz, omop, oscar, ours, pgbench, studies, transactions

__all__ = ["SCHEMAS", "Schema"]

NEEDS = {
    "vectors": ("vector",),
    "uniques": ("btree_gist",),
    "kinds": ("citext", "hstore", "ltree"),
    "papers": ("xml",),
    "temporal": ("pg18",),
}


class Schema(NamedTuple):
    """A schema by its name, what makes it in an empty database, and what it needs there: extensions, xml, or pg18."""

    name: str
    build: Callable[[str], None]
    needs: tuple[str, ...] = ()


SCHEMAS: tuple[Schema, ...] = (
    Schema("musicbrainz", musicbrainz.build, ("cube", "earthdistance", "unaccent")),
    Schema("oscar", oscar.build),
    Schema("omop", omop.build),
    Schema("optuna", studies.build),
    Schema("procrastinate", jobs.build),
    Schema("pgbench", pgbench.build),
    Schema("pgbench_partitioned", pgbench.build_partitioned),
    Schema("tpch", transactions.build_tpch),
    Schema("tpcc", transactions.build_tpcc),
    *(Schema(name, ours.builder(name), NEEDS.get(name, ())) for name in ours.NAMES),
)
