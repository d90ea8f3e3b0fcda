"""The room of a sitting, and the clause of a body's internal rules by which it may meet by video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("sitting") as sitting:
        sitting.add_column(sa.Column("room_id", sa.String(length=26), nullable=True))
        sitting.create_index("ix_sitting_room_id", ["room_id"], unique=False)
    with op.batch_alter_table("body") as body:
        body.add_column(sa.Column("video_clause_on", sa.Date(), nullable=True))
        body.add_column(sa.Column("video_clause", sa.String(length=200), nullable=False, server_default=""))


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("body") as body:
        body.drop_column("video_clause")
        body.drop_column("video_clause_on")
    with op.batch_alter_table("sitting") as sitting:
        sitting.drop_index("ix_sitting_room_id")
        sitting.drop_column("room_id")
