"""The past of every row that was changed or deleted; a trigger writes it, nobody else."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from migrations.shop.base import MOMENT, check, metadata, optional, required

audit_log = sa.Table(
    "audit_log",
    metadata,
    sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
    required("table_name", sa.Text()),
    required("row_key", sa.Text()),
    required("operation", sa.Text()),
    required("old_row", JSONB()),
    optional("new_row", JSONB()),
    required("changed_at", MOMENT, "now()"),
    required("changed_by", sa.Text(), "session_user"),
    required("transaction_id", sa.BigInteger()),
    sa.Index(None, "changed_at"),
    sa.Index(None, "table_name", "row_key"),
    check("operation_is_known", "operation in ('UPDATE', 'DELETE')"),
    check("new_row_belongs_to_update", "(operation = 'UPDATE') = (new_row is not null)"),
)
