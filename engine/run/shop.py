"""The shop's tables, known without a server; SQLAlchemy takes half a second to import, so only who needs them does."""

from __future__ import annotations

from engine.catalog.from_metadata import catalog_from_metadata
from engine.catalog.model import Catalog
from migrations.shop import metadata

CATALOG: Catalog = catalog_from_metadata(metadata)
