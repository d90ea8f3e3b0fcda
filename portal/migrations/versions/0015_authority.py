"""Whose body it is: the official name and the SIRET number, for open data."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("body") as body:
        body.add_column(sa.Column("authority", sa.String(length=120), nullable=False, server_default=""))
        body.add_column(sa.Column("siret", sa.String(length=14), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("body") as body:
        body.drop_column("siret")
        body.drop_column("authority")
