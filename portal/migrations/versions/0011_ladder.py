"""What people agreed to, what the town has confirmed of volunteers, and the rules that both sides read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

ID = sa.String(length=26)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "agreement",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_given", sa.Boolean(), nullable=False),
        sa.Column("about_id", ID, nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agreement")),
    )
    op.create_index("ix_agreement_person", "agreement", ["person_id", "what", "at"], unique=False)
    op.create_table(
        "help_check",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("shown", sa.String(length=20), nullable=False),
        sa.Column("checked_by", ID, nullable=False),
        sa.Column("checked_at", portal.db.Instant(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("told_at", portal.db.Instant(), nullable=True),
        sa.Column("ended_at", portal.db.Instant(), nullable=True),
        sa.Column("ended_by", ID, nullable=True),
        sa.Column("ended_because", sa.String(length=20), nullable=True),
        sa.Column("ended_words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_check")),
    )
    op.create_index("ix_help_check_person", "help_check", ["person_id", "checked_at"], unique=False)
    op.create_index("ix_help_check_valid_until", "help_check", ["valid_until"], unique=False)
    op.create_table(
        "help_guidance",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fr", sa.Text(), nullable=False),
        sa.Column("en", sa.Text(), nullable=False),
        sa.Column("set_by", ID, nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "version", name=op.f("pk_help_guidance")),
    )
    op.create_table(
        "help_category_rung",
        sa.Column("category_id", sa.String(length=40), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("category_id", name=op.f("pk_help_category_rung")),
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in ("help_category_rung", "help_guidance", "help_check", "agreement"):
        op.drop_table(table)
