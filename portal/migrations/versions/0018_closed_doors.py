"""What is written in a room behind closed doors stays with those who were inside (CGCT L2121-18)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    with op.batch_alter_table("room") as room:
        room.add_column(sa.Column("doors_closed", sa.Boolean(), nullable=False, server_default="0"))
    with op.batch_alter_table("chat_message") as message:
        message.add_column(sa.Column("behind_doors", sa.Boolean(), nullable=False, server_default="0"))
    with op.batch_alter_table("seat") as seat:
        seat.add_column(sa.Column("inside_since", portal.db.Instant(), nullable=True))


def downgrade() -> None:
    """Take the schema back."""
    with op.batch_alter_table("seat") as seat:
        seat.drop_column("inside_since")
    with op.batch_alter_table("chat_message") as message:
        message.drop_column("behind_doors")
    with op.batch_alter_table("room") as room:
        room.drop_column("doors_closed")
