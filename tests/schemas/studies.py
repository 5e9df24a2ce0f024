"""Optuna's storage of studies and trials, from its own SQLAlchemy models."""

from __future__ import annotations

from optuna.storages._rdb.models import BaseModel

from tests.schemas.models import create_models


def build(dsn: str) -> None:
    """Make the tables that `RDBStorage` makes."""
    create_models(dsn, BaseModel.metadata)
