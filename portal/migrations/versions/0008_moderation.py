"""What is looked at, hidden and decided, and what stops a mail on its way."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
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


def downgrade() -> None:
    """Take the schema back."""
    op.drop_table("notice_mail")
