"""Postings know since when moderation withholds them, and where they stood: they are forgotten, and put back, by that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

TABLES = ("help_request", "help_offer")
WITHHELD = sa.text("withheld_at IS NOT NULL")


def upgrade() -> None:
    """Bring the schema forward."""
    for table in TABLES:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("withheld_at", portal.db.Instant(), nullable=True))
            batch.add_column(sa.Column("withheld_from", sa.String(length=20), nullable=True))
        op.execute(f"UPDATE {table} SET withheld_at = changed_at WHERE state IN ('held', 'hidden')")  # noqa: S608 - our own names
        # How one ended that nobody closed was not kept.
        op.execute(
            f"UPDATE {table} SET withheld_from = CASE WHEN outcome IS NULL THEN 'cancelled' ELSE 'closed' END "  # noqa: S608 - our own names
            "WHERE state = 'hidden' AND ended_at IS NOT NULL"
        )
        op.create_index(
            f"ix_{table}_withheld", table, ["withheld_at"], sqlite_where=WITHHELD, postgresql_where=WITHHELD
        )


def downgrade() -> None:
    """Take the schema back."""
    for table in TABLES:
        op.drop_index(f"ix_{table}_withheld", table_name=table)
        with op.batch_alter_table(table) as batch:
            batch.drop_column("withheld_from")
            batch.drop_column("withheld_at")
