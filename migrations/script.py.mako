"""${message}."""

from __future__ import annotations

from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    """Say what this makes."""
    ${upgrades if upgrades else "raise NotImplementedError"}


def downgrade() -> None:
    """Say what this undoes."""
    ${downgrades if downgrades else "raise NotImplementedError"}
