"""Which part of the town somebody wants to see first, and an index over what was written anew lately."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

IS_OPEN = sa.text("state = 'open'")
KINDS = ("help_request", "help_offer")


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "board_view",
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("district_id", sa.String(length=40), nullable=False),
        sa.Column("chosen_at", portal.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_board_view")),
    )
    for table in KINDS:
        name = f"ix_{table}_open_edited"
        op.create_index(name, table, ["edited_at"], unique=False, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN)


def downgrade() -> None:
    """Take the schema back."""
    for table in KINDS:
        op.drop_index(f"ix_{table}_open_edited", table_name=table)
    op.drop_table("board_view")
