"""A person of the town and the roles they hold."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Enum, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from portal.accounts.model.naming import HANDLE_LENGTH, plain
from portal.db import Base, IdColumn
from portal.errors import Conflict
from portal.i18n import lazy
from portal.permissions import Role

NAME_LENGTH = 80
EMAIL_LENGTH = 254

LONG_STAYING = frozenset({Role.RESIDENT, Role.VOLUNTEER, Role.COUNCILLOR})
"""Roles whose holders stay signed in for weeks; any other role makes it hours (`Login.is_alive`)."""

TOWN_WIDE = frozenset({Role.RESIDENT, Role.VOLUNTEER, Role.MODERATOR, Role.ADMINISTRATOR})
"""Roles that are held in the town as a whole, never in one body of it."""


class Status(StrEnum):
    """Where an account stands."""

    UNCONFIRMED = "unconfirmed"
    """Asked for or invited; nobody has shown yet that the e-mail address is theirs."""
    ACTIVE = "active"
    BANNED = "banned"
    ERASED = "erased"
    """A tombstone: the id stays so that what refers to it does not dangle; nothing personal is left."""


class Person(Base):
    """An account. `id` is what everything refers to and travels between towns; ``handle@town`` is what people read."""

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_created_at", "created_at"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    handle: Mapped[str | None] = mapped_column(String(HANDLE_LENGTH), unique=True)
    """None until the address is confirmed, so that nobody takes a name by asking for it, and after erasure."""
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    email: Mapped[str | None] = mapped_column(String(EMAIL_LENGTH), unique=True)
    locale: Mapped[str] = mapped_column(String(5))
    status: Mapped[Status] = mapped_column(
        Enum(Status, native_enum=False, length=16, values_callable=lambda kind: [item.value for item in kind])
    )
    password_hash: Mapped[str | None] = mapped_column(String(200))
    """Argon2id in its PHC form; None for those who sign in by link only."""
    created_at: Mapped[datetime]
    seen_on: Mapped[date | None]
    """The day of the last use, no finer: the end of unused accounts needs no more."""
    ban_reason: Mapped[str] = mapped_column(Text, default="")
    search_text: Mapped[str] = mapped_column(String(400))
    version: Mapped[int] = mapped_column(default=1)

    holdings: Mapped[list[RoleHolding]] = relationship(
        lazy="raise", order_by="RoleHolding.since, RoleHolding.id", back_populates="person"
    )

    def describe(self, *, name: str | None = None, email: str | None = None, handle: str | None = None) -> None:
        """Set who this is, and keep what the search of people looks in."""
        self.name = self.name if name is None else name
        self.email = self.email if email is None else email
        self.handle = self.handle if handle is None else handle
        self.search_text = plain(" ".join(filter(None, (self.name, self.handle, self.email))))[:400]

    @property
    def is_active(self) -> bool:
        """Whether the person may sign in."""
        return self.status is Status.ACTIVE

    def roles_on(self, day: date) -> frozenset[Role]:
        """The roles held on a civil date. `holdings` must have been loaded."""
        return frozenset(holding.role for holding in self.holdings if holding.is_valid(day))

    def confirm(self) -> None:
        """The e-mail address is the person's. Raises `Conflict` for an account that was closed meanwhile."""
        if self.status not in {Status.UNCONFIRMED, Status.ACTIVE}:
            raise Conflict(lazy("This account is closed."))
        self.status = Status.ACTIVE

    def ban(self, reason: str) -> None:
        """Close the account to its owner. Raises `Conflict` unless it is active."""
        if self.status is not Status.ACTIVE:
            raise Conflict(lazy("Only an active account can be suspended."))
        self.status, self.ban_reason = Status.BANNED, reason

    def unban(self) -> None:
        """Open a banned account again. Raises `Conflict` for one that is not banned."""
        if self.status is not Status.BANNED:
            raise Conflict(lazy("This account is not suspended."))
        self.status, self.ban_reason = Status.ACTIVE, ""

    def erase(self) -> None:
        """Remove everything personal and keep the id. Cannot be undone."""
        self.status = Status.ERASED
        self.name = self.search_text = self.ban_reason = ""
        self.handle = self.email = self.password_hash = self.seen_on = None


class RoleHolding(Base):
    """A role that a person holds from one civil date to another, perhaps in one body or service of the town."""

    __tablename__ = "role_holding"
    __table_args__ = (Index("ix_role_holding_person_id", "person_id"), Index("ix_role_holding_role", "role"))

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    role: Mapped[Role] = mapped_column(
        Enum(Role, native_enum=False, length=24, values_callable=lambda kind: [item.value for item in kind])
    )
    body: Mapped[str] = mapped_column(String(120), default="")
    """The council, committee or service in which it is held; empty for the town as a whole."""
    since: Mapped[date]
    until: Mapped[date | None]
    """The last day, included; None while no end is set."""
    ended_at: Mapped[datetime | None]
    """When it was taken away before its last day."""
    given_by: Mapped[str | None] = mapped_column(IdColumn)
    """Who gave it; None for what the portal gives by itself."""

    person: Mapped[Person] = relationship(lazy="raise", back_populates="holdings")

    def is_valid(self, day: date) -> bool:
        """Whether the role is held on a civil date."""
        return self.ended_at is None and self.since <= day and (self.until is None or day <= self.until)

    def is_over(self, day: date) -> bool:
        """Whether it is held no longer, as opposed to not yet."""
        return self.ended_at is not None or (self.until is not None and self.until < day)

    def end(self, now: datetime) -> None:
        """Take the role away at once. Raises `Conflict` if that was done before."""
        if self.ended_at is not None:
            raise Conflict
        self.ended_at = now
