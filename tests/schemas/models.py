"""Tables of other people's SQLAlchemy models."""

from __future__ import annotations

from sqlalchemy import MetaData, create_engine
from sqlalchemy.schema import CreateSchema


def create_models(dsn: str, metadata: MetaData) -> None:
    """Make every schema, type, table and index of `metadata`."""
    engine = create_engine(dsn.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.begin() as connection:
        for schema in sorted({t.schema for t in metadata.tables.values() if t.schema}):
            connection.execute(CreateSchema(schema, if_not_exists=True))
        metadata.create_all(connection)
    engine.dispose()
