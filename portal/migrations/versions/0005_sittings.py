"""Bodies, mandates, sittings, their agenda and convocations, proxies, and the journal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "mail_attachment",
        sa.Column("mail_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("subtype", sa.String(length=40), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"],
            ["outgoing_mail.id"],
            name=op.f("fk_mail_attachment_mail_id_outgoing_mail"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mail_id", "name", name=op.f("pk_mail_attachment")),
    )
    op.create_table(
        "body",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("rule_set", sa.String(length=60), nullable=False),
        sa.Column("session", sa.String(length=30), nullable=False),
        sa.Column("seats", sa.Integer(), nullable=False),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_body")),
    )
    op.create_table(
        "mandate",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("body_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("function", sa.String(length=30), nullable=False),
        sa.Column("group", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_mandate_body_id_body")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_mandate_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate")),
    )
    op.create_index("ix_mandate_body_id", "mandate", ["body_id"], unique=False)
    op.create_index("ix_mandate_person_id", "mandate", ["person_id"], unique=False)
    op.create_table(
        "sitting",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("body_id", sa.String(length=26), nullable=False),
        sa.Column("meets_at", portal.db.Instant(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=30), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("is_urgent", sa.Boolean(), nullable=False),
        sa.Column("second_call_of", sa.Date(), nullable=True),
        sa.Column("convened_at", portal.db.Instant(), nullable=True),
        sa.Column("journal_number", sa.Integer(), nullable=False),
        sa.Column("journal_hash", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.String(length=26), nullable=False),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["body_id"], ["body.id"], name=op.f("fk_sitting_body_id_body")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitting")),
    )
    op.create_index("ix_sitting_body_id_meets_at", "sitting", ["body_id", "meets_at"], unique=False)
    op.create_index("ix_sitting_meets_at", "sitting", ["meets_at"], unique=False)
    op.create_table(
        "agenda_item",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=60), nullable=False),
        sa.Column("reporter_id", sa.String(length=26), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("draft", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["reporter_id"], ["mandate.id"], name=op.f("fk_agenda_item_reporter_id_mandate")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_agenda_item_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agenda_item")),
    )
    op.create_index("ix_agenda_item_sitting_id", "agenda_item", ["sitting_id", "position"], unique=False)
    op.create_table(
        "item_document",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("item_id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("media_type", sa.String(length=80), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("is_public", sa.Boolean(), nullable=False),
        sa.Column("added_at", portal.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["agenda_item.id"], name=op.f("fk_item_document_item_id_agenda_item")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_document")),
    )
    op.create_index("ix_item_document_item_id", "item_document", ["item_id"], unique=False)
    op.create_table(
        "summons",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("mandate_id", sa.String(length=26), nullable=False),
        sa.Column("on_paper", sa.Boolean(), nullable=False),
        sa.Column("mail_id", sa.String(length=26), nullable=True),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("sent_at", portal.db.Instant(), nullable=False),
        sa.Column("paper_at", portal.db.Instant(), nullable=True),
        sa.Column("opened_at", portal.db.Instant(), nullable=True),
        sa.Column("acknowledged_at", portal.db.Instant(), nullable=True),
        sa.Column("reply", sa.String(length=16), nullable=True),
        sa.Column("replied_at", portal.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["mandate_id"], ["mandate.id"], name=op.f("fk_summons_mandate_id_mandate")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_summons_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_summons")),
        sa.UniqueConstraint("sitting_id", "mandate_id", name=op.f("uq_summons_sitting_id_mandate_id")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_summons_secret_digest")),
    )
    op.create_table(
        "voting_proxy",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("giver_id", sa.String(length=26), nullable=False),
        sa.Column("holder_id", sa.String(length=26), nullable=False),
        sa.Column("given_at", portal.db.Instant(), nullable=False),
        sa.Column("recorded_by", sa.String(length=26), nullable=False),
        sa.Column("revoked_at", portal.db.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["giver_id"], ["mandate.id"], name=op.f("fk_voting_proxy_giver_id_mandate")),
        sa.ForeignKeyConstraint(["holder_id"], ["mandate.id"], name=op.f("fk_voting_proxy_holder_id_mandate")),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_voting_proxy_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voting_proxy")),
    )
    op.create_index("ix_voting_proxy_sitting_id", "voting_proxy", ["sitting_id"], unique=False)
    op.create_table(
        "journal_entry",
        sa.Column("sitting_id", sa.String(length=26), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("by", sa.String(length=26), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["sitting_id"], ["sitting.id"], name=op.f("fk_journal_entry_sitting_id_sitting")),
        sa.PrimaryKeyConstraint("sitting_id", "number", name=op.f("pk_journal_entry")),
    )


def downgrade() -> None:
    """Take the schema back."""
    for table in (
        "journal_entry",
        "voting_proxy",
        "summons",
        "item_document",
        "agenda_item",
        "sitting",
        "mandate",
        "body",
        "mail_attachment",
    ):
        op.drop_table(table)
