"""Jobs that run once however many workers there are, and what they keep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "job",
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("due_at", portal.db.Instant(), nullable=False),
        sa.Column("holder", sa.String(length=26), nullable=True),
        sa.Column("held_until", portal.db.Instant(), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("fault", sa.String(length=80), nullable=False),
        sa.Column("began_at", portal.db.Instant(), nullable=True),
        sa.Column("ended_at", portal.db.Instant(), nullable=True),
        sa.Column("since", portal.db.Instant(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_job")),
    )
    op.create_table(
        "unused_notice",
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("unused_since", sa.Date(), nullable=False),
        sa.Column("told_on", sa.Date(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_unused_notice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_unused_notice")),
    )
    op.create_index("ix_command_receipt_at", "command_receipt", ["at"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)


def downgrade() -> None:
    """Take it back."""
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_index("ix_command_receipt_at", table_name="command_receipt")
    op.drop_table("unused_notice")
    op.drop_table("job")
