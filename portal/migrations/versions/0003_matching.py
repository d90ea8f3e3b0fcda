"""Who helps whom: engagements, waves, messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ID = sa.String(length=26)
KEPT = sa.String(length=20)
POSTINGS = ("help_request", "help_offer")
UNDER_WAY = sa.text("state IN ('engaged', 'to_confirm')")


def upgrade() -> None:
    """Bring the schema forward."""
    for table in POSTINGS:
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("held", sa.Integer(), server_default="0", nullable=False))
            batch.add_column(sa.Column("asked_at", portal.db.Instant(), nullable=True))
            batch.add_column(sa.Column("ended_at", portal.db.Instant(), nullable=True))
            if table == "help_request":
                batch.add_column(sa.Column("filed_by", ID, nullable=True))
        op.execute(f"UPDATE {table} SET ended_at = changed_at WHERE state NOT IN ('open', 'engaged')")  # noqa: S608 - our own names
        op.create_index(
            f"ix_{table}_under_way", table, ["changed_at"], sqlite_where=UNDER_WAY, postgresql_where=UNDER_WAY
        )
        op.create_index(f"ix_{table}_ended", table, ["ended_at"])
    with op.batch_alter_table("help_engagement") as batch:
        batch.add_column(sa.Column("reason", KEPT, server_default="", nullable=False))
        batch.add_column(sa.Column("shares_place", sa.Boolean(), server_default="0", nullable=False))
        batch.add_column(sa.Column("held_until", portal.db.Instant(), nullable=True))
        batch.add_column(sa.Column("thanks", sa.String(length=300), server_default="", nullable=False))
        batch.add_column(sa.Column("thanked_at", portal.db.Instant(), nullable=True))
    op.create_index("ix_help_engagement_held_until", "help_engagement", ["held_until"])
    _create_messages()
    _create_searches()
    _create_proxies()


def _create_messages() -> None:
    op.create_table(
        "help_message",
        sa.Column("id", ID, nullable=False),
        sa.Column("engagement_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("reported_at", portal.db.Instant(), nullable=True),
        sa.Column("reported_as", KEPT, nullable=True),
        sa.ForeignKeyConstraint(
            ["engagement_id"], ["help_engagement.id"], name=op.f("fk_help_message_engagement_id_help_engagement")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_message")),
    )
    op.create_index("ix_help_message_engagement_id_at", "help_message", ["engagement_id", "at"])
    op.create_index("ix_help_message_reported_at", "help_message", ["reported_at"])


def _create_searches() -> None:
    op.create_table(
        "help_volunteer",
        sa.Column("person_id", ID, nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("reach", sa.Integer(), nullable=False),
        sa.Column("cell_id", sa.String(length=40), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("asked_at", portal.db.Instant(), nullable=True),
        sa.Column("helped_at", portal.db.Instant(), nullable=True),
        sa.Column("changed_at", portal.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_help_volunteer")),
    )
    op.create_index("ix_help_volunteer_is_on", "help_volunteer", ["is_on"])
    op.create_table(
        "help_search",
        sa.Column("request_id", ID, nullable=False),
        sa.Column("state", KEPT, nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("next_at", portal.db.Instant(), nullable=False),
        sa.Column("began_at", portal.db.Instant(), nullable=False),
        sa.Column("language", sa.String(length=5), server_default="", nullable=False),
        sa.Column("skills", sa.JSON(), nullable=False),
        sa.Column("taken_by", ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_request.id"], name=op.f("fk_help_search_request_id_help_request")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_help_search")),
    )
    op.create_index("ix_help_search_state_next_at", "help_search", ["state", "next_at"])
    op.create_table(
        "help_ask",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("wave", sa.Integer(), nullable=False),
        sa.Column("why", sa.JSON(), nullable=False),
        sa.Column("state", KEPT, nullable=False),
        sa.Column("asked_at", portal.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["help_request.id"], name=op.f("fk_help_ask_request_id_help_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_ask")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_help_ask_request_id_person_id")),
    )
    op.create_index("ix_help_ask_person_id_asked_at", "help_ask", ["person_id", "asked_at"])


def _create_proxies() -> None:
    op.create_table(
        "help_proxy",
        sa.Column("request_id", ID, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("consent_by", KEPT, nullable=False),
        sa.Column("consent_at", portal.db.Instant(), nullable=False),
        sa.Column("filed_by", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_request.id"], name=op.f("fk_help_proxy_request_id_help_request")
        ),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_help_proxy")),
    )
    op.create_table(
        "help_call_back",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("reason", KEPT, nullable=False),
        sa.Column("due_at", portal.db.Instant(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done_at", portal.db.Instant(), nullable=True),
        sa.Column("done_by", ID, nullable=True),
        sa.Column("result", KEPT, nullable=True),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_request.id"], name=op.f("fk_help_call_back_request_id_help_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_call_back")),
    )
    op.create_index("ix_help_call_back_due_at", "help_call_back", ["done_at", "due_at"])
    op.create_index("ix_help_call_back_request_id", "help_call_back", ["request_id"])


def downgrade() -> None:
    """Take it back."""
    for table in ("help_call_back", "help_proxy", "help_ask", "help_search", "help_volunteer", "help_message"):
        op.drop_table(table)
    op.drop_index("ix_help_engagement_held_until", table_name="help_engagement")
    with op.batch_alter_table("help_engagement") as batch:
        for column in ("reason", "shares_place", "held_until", "thanks", "thanked_at"):
            batch.drop_column(column)
    for table in POSTINGS:
        op.drop_index(f"ix_{table}_ended", table_name=table)
        op.drop_index(f"ix_{table}_under_way", table_name=table)
        with op.batch_alter_table(table) as batch:
            for column in ("held", "asked_at", "ended_at", *(("filed_by",) if table == "help_request" else ())):
                batch.drop_column(column)
