"""The tables of the first release."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

import portal.db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema forward."""
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("act", sa.String(length=60), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_subject_id_at", "audit_entry", ["subject_id", "at"], unique=False)
    op.create_table(
        "category",
        sa.Column("code", sa.String(length=26), nullable=False),
        sa.Column("name_fr", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("icon", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_category")),
    )
    op.create_table(
        "cell",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("district_id", sa.String(length=26), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.Integer(), nullable=False),
        sa.Column("is_united", sa.Boolean(), nullable=False),
        sa.Column("retired_at", portal.db.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cell")),
    )
    op.create_table(
        "command_receipt",
        sa.Column("actor_id", sa.String(length=26), nullable=False),
        sa.Column("command_id", sa.String(length=64), nullable=False),
        sa.Column("asked", sa.String(length=64), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("actor_id", "command_id", name=op.f("pk_command_receipt")),
    )
    op.create_table(
        "district",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_district")),
    )
    op.create_table(
        "event",
        sa.Column("stream", sa.String(length=80), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("subject_id", sa.String(length=26), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("changed", sa.JSON(), nullable=False),
        sa.Column("actor_id", sa.String(length=26), nullable=True),
        sa.PrimaryKeyConstraint("stream", "number", name=op.f("pk_event")),
    )
    op.create_index("ix_event_subject", "event", ["subject_id"], unique=False)
    op.create_table(
        "help_tally",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("cell_id", sa.String(length=40), nullable=False),
        sa.Column("category_id", sa.String(length=40), nullable=False),
        sa.Column("district_id", sa.String(length=40), nullable=False),
        sa.Column("open", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "cell_id", "category_id", "district_id", name=op.f("pk_help_tally")),
    )
    op.create_table(
        "help_offer",
        sa.Column(
            "outcome",
            sa.Enum(
                "helped",
                "not_asked_for",
                "no_longer_possible",
                "out_of_scope",
                "duplicate",
                name="offeroutcome",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("available_until", sa.Date(), nullable=True),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=False),
        sa.Column("category_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("details", sa.String(length=1000), nullable=False),
        sa.Column("cell_id", sa.String(length=40), nullable=False),
        sa.Column("district_id", sa.String(length=40), nullable=False),
        sa.Column("sealed_place", sa.LargeBinary(), nullable=False),
        sa.Column("posted_at", portal.db.Instant(), nullable=False),
        sa.Column("changed_at", portal.db.Instant(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "engaged", "closed", "cancelled", "expired", name="postingstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_offer")),
    )
    op.create_index("ix_help_offer_author", "help_offer", ["author_id", "posted_at"], unique=False)
    op.create_index(
        "ix_help_offer_open_category",
        "help_offer",
        ["category_id", "posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_offer_open_cell",
        "help_offer",
        ["cell_id", "posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_offer_open_district",
        "help_offer",
        ["district_id", "posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_offer_open_expires",
        "help_offer",
        ["expires_on"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_offer_open_posted",
        "help_offer",
        ["posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "help_request",
        sa.Column(
            "outcome",
            sa.Enum(
                "helped",
                "partly_helped",
                "helped_otherwise",
                "no_longer_needed",
                "nobody_available",
                "out_of_scope",
                "duplicate",
                name="requestoutcome",
                native_enum=False,
                length=20,
            ),
            nullable=True,
        ),
        sa.Column("needed_by", sa.Date(), nullable=True),
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("author_id", sa.String(length=26), nullable=False),
        sa.Column("category_id", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("details", sa.String(length=1000), nullable=False),
        sa.Column("cell_id", sa.String(length=40), nullable=False),
        sa.Column("district_id", sa.String(length=40), nullable=False),
        sa.Column("sealed_place", sa.LargeBinary(), nullable=False),
        sa.Column("posted_at", portal.db.Instant(), nullable=False),
        sa.Column("changed_at", portal.db.Instant(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "open", "engaged", "closed", "cancelled", "expired", name="postingstate", native_enum=False, length=20
            ),
            nullable=False,
        ),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_request")),
    )
    op.create_index("ix_help_request_author", "help_request", ["author_id", "posted_at"], unique=False)
    op.create_index(
        "ix_help_request_open_category",
        "help_request",
        ["category_id", "posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_request_open_cell",
        "help_request",
        ["cell_id", "posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_request_open_needed_by",
        "help_request",
        [
            "needed_by",
            "cell_id",
            "category_id",
            "district_id",
            "state",
        ],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_request_open_district",
        "help_request",
        ["district_id", "posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_request_open_expires",
        "help_request",
        ["expires_on"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_help_request_open_posted",
        "help_request",
        ["posted_at", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "outgoing_mail",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("due_at", portal.db.Instant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mail")),
    )
    op.create_index("ix_outgoing_mail_due_at", "outgoing_mail", ["due_at"], unique=False)
    op.create_table(
        "person",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("handle", sa.String(length=40), nullable=True),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("locale", sa.String(length=5), nullable=False),
        sa.Column(
            "status",
            sa.Enum("unconfirmed", "active", "banned", "erased", name="status", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.Column("seen_on", sa.Date(), nullable=True),
        sa.Column("ban_reason", sa.Text(), nullable=False),
        sa.Column("search_text", sa.String(length=400), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("handle", name=op.f("uq_person_handle")),
    )
    op.create_index("ix_person_created_at", "person", ["created_at"], unique=False)
    op.create_table(
        "room",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column(
            "kind", sa.Enum("staff", "committee", "open", name="roomkind", native_enum=False, length=30), nullable=False
        ),
        sa.Column("host_id", sa.String(length=26), nullable=False),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.Column("closed_at", portal.db.Instant(), nullable=True),
        sa.Column("is_locked", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
    )
    op.create_index("ix_room_host_id", "room", ["host_id"], unique=False)
    op.create_table(
        "stream",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("head", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_stream")),
    )
    op.create_table(
        "street",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("postcode", sa.String(length=5), nullable=False),
        sa.Column("commune", sa.String(length=80), nullable=False),
        sa.Column("search", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_street")),
    )
    op.create_table(
        "town",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("insee", sa.String(length=5), nullable=False),
        sa.Column("department", sa.String(length=3), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("primary_colour", sa.String(length=7), nullable=False),
        sa.Column("accent_colour", sa.String(length=7), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("contact_email", sa.String(length=254), nullable=False),
        sa.Column("contact_phone", sa.String(length=30), nullable=False),
        sa.Column("contact_address", sa.String(length=300), nullable=False),
        sa.Column("landmarks", sa.JSON(), nullable=False),
        sa.Column("arms_version", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_town_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town")),
    )
    op.create_table(
        "town_arms",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_town_arms_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_town_arms")),
    )
    op.create_table(
        "address",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("street_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("repetition", sa.String(length=10), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("square", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["street_id"], ["street.id"], name=op.f("fk_address_street_id_street")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_address")),
    )
    op.create_index("ix_address_lat_lon", "address", ["lat", "lon"], unique=False)
    op.create_index("ix_address_street_id_number", "address", ["street_id", "number"], unique=False)
    op.create_table(
        "grid_square",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("cell_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["cell_id"], ["cell.id"], name=op.f("fk_grid_square_cell_id_cell")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grid_square")),
    )
    op.create_index("ix_grid_square_cell_id", "grid_square", ["cell_id"], unique=False)
    op.create_table(
        "help_engagement",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("request_id", sa.String(length=26), nullable=True),
        sa.Column("offer_id", sa.String(length=26), nullable=True),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "proposed",
                "accepted",
                "declined",
                "withdrawn",
                "done",
                name="engagementstate",
                native_enum=False,
                length=20,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("reply", sa.String(length=500), nullable=False),
        sa.Column("proposed_at", portal.db.Instant(), nullable=False),
        sa.Column("changed_at", portal.db.Instant(), nullable=False),
        sa.CheckConstraint("(request_id IS NULL) <> (offer_id IS NULL)", name=op.f("ck_help_engagement_one_posting")),
        sa.ForeignKeyConstraint(["offer_id"], ["help_offer.id"], name=op.f("fk_help_engagement_offer_id_help_offer")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["help_request.id"], name=op.f("fk_help_engagement_request_id_help_request")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_help_engagement")),
        sa.UniqueConstraint("offer_id", "person_id", name=op.f("uq_help_engagement_offer_id_person_id")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_help_engagement_request_id_person_id")),
    )
    op.create_index(
        "ix_help_engagement_person",
        "help_engagement",
        ["person_id", "proposed_at"],
        unique=False,
    )
    op.create_table(
        "login",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("via", sa.Enum("password", "link", name="via", native_enum=False, length=16), nullable=False),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.Column("used_at", portal.db.Instant(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("browser", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_login_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_login")),
        sa.UniqueConstraint("digest", name=op.f("uq_login_digest")),
    )
    op.create_index("ix_login_person_id", "login", ["person_id"], unique=False)
    op.create_table(
        "one_time_link",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum("confirm", "invite", "sign-in", "reset", "email", name="purpose", native_enum=False, length=16),
            nullable=False,
        ),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("expires_at", portal.db.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_one_time_link_person_id_person")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_one_time_link")),
    )
    op.create_index("ix_one_time_link_expires_at", "one_time_link", ["expires_at"], unique=False)
    op.create_index("ix_one_time_link_person_id", "one_time_link", ["person_id"], unique=False)
    op.create_table(
        "role_holding",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.String(length=26), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "resident",
                "volunteer",
                "agent",
                "clerk",
                "councillor",
                "mayor",
                "moderator",
                "administrator",
                name="role",
                native_enum=False,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("body", sa.String(length=120), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("ended_at", portal.db.Instant(), nullable=True),
        sa.Column("given_by", sa.String(length=26), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_role_holding_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_holding")),
    )
    op.create_index("ix_role_holding_person_id", "role_holding", ["person_id"], unique=False)
    op.create_index("ix_role_holding_role", "role_holding", ["role"], unique=False)
    op.create_table(
        "seat",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("room_id", sa.String(length=26), nullable=False),
        sa.Column("account_id", sa.String(length=26), nullable=True),
        sa.Column("guest_digest", sa.String(length=64), nullable=True),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting", "admitted", "left", "refused", "removed", name="seatstate", native_enum=False, length=30
            ),
            nullable=False,
        ),
        sa.Column("created_at", portal.db.Instant(), nullable=False),
        sa.Column("may_microphone", sa.Boolean(), nullable=False),
        sa.Column("may_camera", sa.Boolean(), nullable=False),
        sa.Column("may_screen", sa.Boolean(), nullable=False),
        sa.Column("hand_raised_at", portal.db.Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_seat_room_id_room")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seat")),
    )
    op.create_index(op.f("ix_seat_guest_digest"), "seat", ["guest_digest"], unique=False)
    op.create_index("uq_seat_room_id_account_id", "seat", ["room_id", "account_id"], unique=True)
    op.create_table(
        "chat_message",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("room_id", sa.String(length=26), nullable=False),
        sa.Column("seat_id", sa.String(length=26), nullable=False),
        sa.Column("at", portal.db.Instant(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_chat_message_room_id_room")),
        sa.ForeignKeyConstraint(["seat_id"], ["seat.id"], name=op.f("fk_chat_message_seat_id_seat")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_message")),
    )
    op.create_index("ix_chat_message_room_id_at", "chat_message", ["room_id", "at"], unique=False)


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_chat_message_room_id_at", table_name="chat_message")
    op.drop_table("chat_message")
    op.drop_index("uq_seat_room_id_account_id", table_name="seat")
    op.drop_index(op.f("ix_seat_guest_digest"), table_name="seat")
    op.drop_table("seat")
    op.drop_index("ix_role_holding_role", table_name="role_holding")
    op.drop_index("ix_role_holding_person_id", table_name="role_holding")
    op.drop_table("role_holding")
    op.drop_index("ix_one_time_link_person_id", table_name="one_time_link")
    op.drop_index("ix_one_time_link_expires_at", table_name="one_time_link")
    op.drop_table("one_time_link")
    op.drop_index("ix_login_person_id", table_name="login")
    op.drop_table("login")
    op.drop_index("ix_help_engagement_person", table_name="help_engagement")
    op.drop_table("help_engagement")
    op.drop_index("ix_grid_square_cell_id", table_name="grid_square")
    op.drop_table("grid_square")
    op.drop_index("ix_address_street_id_number", table_name="address")
    op.drop_index("ix_address_lat_lon", table_name="address")
    op.drop_table("address")
    op.drop_table("town_arms")
    op.drop_table("town")
    op.drop_table("street")
    op.drop_table("stream")
    op.drop_index("ix_room_host_id", table_name="room")
    op.drop_table("room")
    op.drop_index("ix_person_created_at", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_outgoing_mail_due_at", table_name="outgoing_mail")
    op.drop_table("outgoing_mail")
    op.drop_index(
        "ix_help_request_open_posted",
        table_name="help_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_request_open_expires",
        table_name="help_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_request_open_district",
        table_name="help_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_request_open_needed_by",
        table_name="help_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_request_open_cell",
        table_name="help_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_request_open_category",
        table_name="help_request",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_help_request_author", table_name="help_request")
    op.drop_table("help_request")
    op.drop_index(
        "ix_help_offer_open_posted",
        table_name="help_offer",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_offer_open_expires",
        table_name="help_offer",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_offer_open_district",
        table_name="help_offer",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_offer_open_cell",
        table_name="help_offer",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index(
        "ix_help_offer_open_category",
        table_name="help_offer",
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.drop_index("ix_help_offer_author", table_name="help_offer")
    op.drop_table("help_offer")
    op.drop_table("help_tally")
    op.drop_index("ix_event_subject", table_name="event")
    op.drop_table("event")
    op.drop_table("district")
    op.drop_table("command_receipt")
    op.drop_table("cell")
    op.drop_table("category")
    op.drop_index("ix_audit_entry_subject_id_at", table_name="audit_entry")
    op.drop_table("audit_entry")
