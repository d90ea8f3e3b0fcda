"""What comes round every week, and when something was last written anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WEEKLY = sa.text("weekdays <> ''")


def upgrade() -> None:
    """Bring the schema forward."""
    for table in ("help_request", "help_offer"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("edited_at", portal.db.Instant(), nullable=True))
            batch.add_column(sa.Column("weekdays", sa.String(length=7), nullable=False, server_default=""))
            batch.add_column(sa.Column("starts_on", sa.Date(), nullable=True))
            if table == "help_request":
                batch.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_help_request_weekly", "help_request", ["needed_by"], sqlite_where=WEEKLY, postgresql_where=WEEKLY
    )


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_help_request_weekly", table_name="help_request")
    for table in ("help_offer", "help_request"):
        with op.batch_alter_table(table) as batch:
            for column in ("edited_at", "weekdays", "starts_on"):
                batch.drop_column(column)
            if table == "help_request":
                batch.drop_column("ends_on")
