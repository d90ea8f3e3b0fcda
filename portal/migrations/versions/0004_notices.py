"""What a person is told, and how."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ID = sa.String(length=26)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "notice",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", ID, nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("is_instant", sa.Boolean(), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("due_at", portal.db.Instant(), nullable=True),
        sa.Column("read_at", portal.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "kind", "subject_id", name=op.f("uq_notice_person_id_kind_subject_id")),
    )
    op.create_index("ix_notice_due_at", "notice", ["due_at"], unique=False)
    op.create_index("ix_notice_person_id_at", "notice", ["person_id", "at"], unique=False)
    op.create_table(
        "notice_choice",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("how", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_choice_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", "kind", name=op.f("pk_notice_choice")),
    )
    op.create_table(
        "notice_hours",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("begin", sa.Time(), nullable=False),
        sa.Column("end", sa.Time(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_hours_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_hours")),
    )
    op.create_table(
        "push_device",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("endpoint_digest", sa.String(length=64), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.String(length=120), nullable=False),
        sa.Column("auth", sa.String(length=40), nullable=False),
        sa.Column("browser", sa.String(length=80), nullable=False),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_push_device_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_device")),
        sa.UniqueConstraint("endpoint_digest", name=op.f("uq_push_device_endpoint_digest")),
    )
    op.create_index("ix_push_device_person_id", "push_device", ["person_id"], unique=False)
    op.create_table(
        "outgoing_push",
        sa.Column("id", ID, nullable=False),
        sa.Column("device_id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.Column("due_at", portal.db.Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["device_id"],
            ["push_device.id"],
            name=op.f("fk_outgoing_push_device_id_push_device"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_outgoing_push_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_push")),
    )
    op.create_index("ix_outgoing_push_due_at", "outgoing_push", ["due_at"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    for table in ("outgoing_push", "push_device", "notice_hours", "notice_choice", "notice"):
        op.drop_table(table)
