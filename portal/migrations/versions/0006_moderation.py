"""What is looked at, hidden and decided, and what stops a mail on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.String(length=26)


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "notice_mail",
        sa.Column("mail_id", ID, nullable=False),
        sa.Column("notice_id", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outgoing_mail.id"], name=op.f("fk_notice_mail_mail_id_outgoing_mail"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_notice_mail_notice_id_notice"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mail_id", "notice_id", name=op.f("pk_notice_mail")),
    )
    op.create_index("ix_notice_mail_notice_id", "notice_mail", ["notice_id"], unique=False)
    _create_cases()
    op.create_table(
        "watched_word",
        sa.Column("word", sa.String(length=40), nullable=False),
        sa.Column("added_by", ID, nullable=False),
        sa.Column("added_at", portal.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_watched_word")),
    )
    op.create_table(
        "official_answer",
        sa.Column("id", ID, nullable=False),
        sa.Column("thing_kind", sa.String(length=20), nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("role", sa.String(length=24), nullable=False),
        sa.Column("body", sa.String(length=120), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_official_answer")),
    )
    op.create_index("ix_official_answer_thing", "official_answer", ["thing_id", "at"], unique=False)


def _create_cases() -> None:
    op.create_table(
        "moderation_case",
        sa.Column("id", ID, nullable=False),
        sa.Column("thing_kind", sa.String(length=20), nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("author_id", ID, nullable=False),
        sa.Column("rule", sa.String(length=20), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("opened_at", portal.db.Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=20), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("decided_by", ID, nullable=True),
        sa.Column("decided_at", portal.db.Instant(), nullable=True),
        sa.Column("appeal", sa.Text(), nullable=False),
        sa.Column("appealed_at", portal.db.Instant(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("settled_by", ID, nullable=True),
        sa.Column("settled_at", portal.db.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_case")),
    )
    op.create_index("ix_moderation_case_state", "moderation_case", ["state", "reports", "opened_at"], unique=False)
    op.create_index("ix_moderation_case_thing", "moderation_case", ["thing_id", "opened_at"], unique=False)
    op.create_index("ix_moderation_case_author", "moderation_case", ["author_id"], unique=False)
    op.create_table(
        "moderation_report",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("thing_id", ID, nullable=False),
        sa.Column("reporter_id", ID, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["moderation_case.id"], name=op.f("fk_moderation_report_case_id_moderation_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_moderation_report")),
        sa.UniqueConstraint("thing_id", "reporter_id", name=op.f("uq_moderation_report_thing_id_reporter_id")),
    )
    op.create_index("ix_moderation_report_case", "moderation_report", ["case_id"], unique=False)
    op.create_index("ix_moderation_report_reporter", "moderation_report", ["reporter_id"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    for table in ("official_answer", "watched_word", "moderation_report", "moderation_case", "notice_mail"):
        op.drop_table(table)
