"""Counts of what was posted today read one index and no row."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("help_request", "help_offer")
BEFORE = ("posted_at", "id")
AFTER = (*BEFORE, "cell_id", "category_id", "district_id", "state")
OPEN = sa.text("state = 'open'")


def upgrade() -> None:
    """Bring the schema forward."""
    _index(*AFTER)


def downgrade() -> None:
    """Take the schema back."""
    _index(*BEFORE)


def _index(*columns: str) -> None:
    for table in TABLES:
        name = f"ix_{table}_open_posted"
        op.drop_index(name, table_name=table)
        op.create_index(name, table, list(columns), sqlite_where=OPEN, postgresql_where=OPEN)
