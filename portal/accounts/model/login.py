"""Sign-ins and one-time links: bearer secrets of which only digests are stored."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.accounts.model.person import EMAIL_LENGTH
from portal.clock import civil_time
from portal.db import Base, IdColumn

USE_GRAIN = timedelta(hours=1)
"""How finely the last use is kept: enough to end a sign-in, too little to follow a person's day."""

REST = timedelta(days=30)
"""A sign-in ends after this long without use …"""
SHORT_REST = timedelta(hours=12)
"""… and, for staff and on shared devices, after this long: overnight, but not within a long sitting."""
LIFE = timedelta(days=365)
SHORT_LIFE = timedelta(days=7)
"""However much it is used, it ends after a year; for staff and on shared devices after a week."""
FRESH = timedelta(minutes=15)
"""For this long after signing in, a person need not show again that it is them."""


class Via(StrEnum):
    """How somebody showed who they are."""

    PASSWORD = "password"  # noqa: S105 - a word, no secret
    LINK = "link"


class Login(Base):
    """One browser that is signed in. Its cookie holds the secret; the row holds the digest."""

    __tablename__ = "login"
    __table_args__ = (Index("ix_login_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    via: Mapped[Via] = mapped_column(
        Enum(Via, native_enum=False, length=16, values_callable=lambda kind: [item.value for item in kind])
    )
    created_at: Mapped[datetime]
    used_at: Mapped[datetime]
    """The last use, to the hour."""
    is_shared: Mapped[bool] = mapped_column(default=False)
    """The person said that others use this device: it is forgotten overnight."""
    browser: Mapped[str] = mapped_column(String(60))
    """What the browser calls itself, in two words, for the list of sign-ins."""

    def is_alive(self, now: datetime, *, is_staff: bool) -> bool:
        """Whether the sign-in still holds."""
        is_short = is_staff or self.is_shared
        if now - self.used_at >= (SHORT_REST if is_short else REST):
            return False
        return now < night_after(self.created_at + (SHORT_LIFE if is_short else LIFE))

    def is_fresh(self, now: datetime) -> bool:
        """Whether the person has only just signed in."""
        return now - self.created_at < FRESH

    def needs_marking(self, now: datetime) -> bool:
        """Whether the last use is an hour old, so that this one should be written down."""
        return now - self.used_at >= USE_GRAIN


def night_after(instant: datetime) -> datetime:
    """The next four in the morning in Paris: the longest life ends then, never in the middle of a sitting."""
    local = civil_time(instant)
    night = local.replace(hour=4, minute=0, second=0, microsecond=0)
    if night <= local:
        night = (local + timedelta(days=1)).replace(hour=4, minute=0, second=0, microsecond=0)
    return night.astimezone(instant.tzinfo)


class Purpose(StrEnum):
    """What a one-time link is for. A link for one thing is worth nothing for another."""

    CONFIRM = "confirm"
    INVITE = "invite"
    SIGN_IN = "sign-in"
    RESET = "reset"
    EMAIL = "email"


LINK_LIFE = {
    Purpose.CONFIRM: timedelta(days=1),
    Purpose.INVITE: timedelta(days=30),
    Purpose.SIGN_IN: timedelta(minutes=20),
    Purpose.RESET: timedelta(hours=1),
    Purpose.EMAIL: timedelta(days=1),
}


class OneTimeLink(Base):
    """A link sent by mail. Deleted when used; its page shows a button, since mail scanners follow links."""

    __tablename__ = "one_time_link"
    __table_args__ = (
        Index("ix_one_time_link_person_id", "person_id"),
        Index("ix_one_time_link_expires_at", "expires_at"),
    )

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[Purpose] = mapped_column(
        Enum(Purpose, native_enum=False, length=16, values_callable=lambda kind: [item.value for item in kind])
    )
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str] = mapped_column(String(EMAIL_LENGTH))
    """The address it went to: for `EMAIL` the new one, otherwise that of the account at the time."""
    expires_at: Mapped[datetime]

    def is_valid(self, now: datetime, *, purpose: Purpose, email: str | None) -> bool:
        """Whether it opens this purpose for an account whose address is `email` today."""
        is_same_address = purpose is Purpose.EMAIL or self.email == email
        return self.purpose is purpose and now < self.expires_at and is_same_address
