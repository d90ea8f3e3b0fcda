"""Reports by people without an account."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("moderation_report") as table:
        table.add_column(sa.Column("is_signed", sa.Boolean(), nullable=False, server_default="1"))
        table.add_column(sa.Column("contact", sa.String(length=254), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the schema back; reports that nobody signed go with it."""
    op.execute("DELETE FROM moderation_report WHERE NOT is_signed")
    with op.batch_alter_table("moderation_report") as table:
        table.drop_column("contact")
        table.drop_column("is_signed")
