"""Pictures on postings of the help board."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ID = sa.String(length=26)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "help_picture",
        sa.Column("id", ID, nullable=False),
        sa.Column("thing_kind", sa.String(length=20), nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("alt", sa.String(length=200), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("added_at", portal.db.Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_picture")),
    )
    op.create_index("ix_help_picture_thing", "help_picture", ["thing_id", "added_at"], unique=False)
    op.create_index("ix_help_picture_author", "help_picture", ["author_id"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("help_picture")
