"""The OHDSI's Common Data Model of patients, from the models of `omop-cdm`: its vocabulary goes round in circles."""

from __future__ import annotations

from omop_cdm.regular.cdm54 import Base

from tests.schemas.models import create_models


def build(dsn: str) -> None:
    """Make the tables of version 5.4: schemas `cdm` and `vocab` in one, as the models say."""
    create_models(dsn, Base.metadata)
