"""Figures that the town sets, and texts that it writes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "town_setting",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.String(length=20), nullable=False),
        sa.Column("changed_at", portal.db.Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_town_setting")),
    )
    op.create_table(
        "town_text",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("fr", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("changed_at", portal.db.Instant(), nullable=False),
        sa.Column("changed_by", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_town_text")),
    )
