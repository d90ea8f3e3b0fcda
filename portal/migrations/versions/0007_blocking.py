"""Who keeps away from whom on the help board."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.String(length=26)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "help_block",
        sa.Column("id", ID, nullable=False),
        sa.Column("blocker_id", ID, nullable=False),
        sa.Column("blocked_id", ID, nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("where", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("knows_name", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_block")),
        sa.UniqueConstraint("blocker_id", "blocked_id", name=op.f("uq_help_block_blocker_id_blocked_id")),
    )
    op.create_index("ix_help_block_blocked", "help_block", ["blocked_id"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("help_block")
