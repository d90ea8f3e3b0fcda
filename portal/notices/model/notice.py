"""The tables: notices, a person's choices, the devices that take web push."""

from __future__ import annotations

from datetime import datetime, time

from sqlalchemy import Enum, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.notices.model.kind import How
from portal.notices.model.timing import Hours, due_at, is_instant
from portal.outbox import Outgoing


class Notice(Base):
    """One thing that a person is told. It names what it is about; its words are written when they are read."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("person_id", "kind", "subject_id"),
        Index("ix_notice_person_id_at", "person_id", "at"),
        Index("ix_notice_due_at", "due_at"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(String(40))
    subject_id: Mapped[str] = mapped_column(IdColumn)
    why: Mapped[str] = mapped_column(String(40), default="")
    """A code for why this person is told, where that is not plain; the kind's words explain it."""
    is_urgent: Mapped[bool] = mapped_column(default=False)
    is_instant: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """When to tell beyond the page; None once it was told, read, or was for the page only."""
    read_at: Mapped[datetime | None]

    def arrive(self, how: How, *, at: datetime, why: str, is_urgent: bool, is_near: bool, hours: Hours) -> None:
        """It happened, perhaps again: the newest replaces what was told of the same thing before."""
        self.at, self.why, self.is_urgent, self.read_at = at, why, is_urgent, None
        self.is_instant = is_instant(how, is_urgent=is_urgent, is_near=is_near)
        self.due_at = due_at(how, at=at, is_urgent=is_urgent, is_near=is_near, hours=hours)

    def read(self, at: datetime) -> bool:
        """The person has seen it: nothing more is told. Returns whether that is new."""
        if self.read_at is not None:
            return False
        self.read_at, self.due_at = at, None
        return True


class NoticeChoice(Base):
    """How a person wants to be told of one kind, where it differs from the kind's default."""

    __tablename__ = "notice_choice"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    how: Mapped[How] = mapped_column(
        Enum(How, native_enum=False, length=16, values_callable=lambda kind: [item.value for item in kind])
    )


class NoticeHours(Base):
    """A person's own quiet hours."""

    __tablename__ = "notice_hours"

    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), primary_key=True)
    begin: Mapped[time]
    end: Mapped[time]


class PushDevice(Base):
    """A browser that takes web push (W3C Push API, PushSubscription)."""

    __tablename__ = "push_device"
    __table_args__ = (Index("ix_push_device_person_id", "person_id"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"))
    endpoint_digest: Mapped[str] = mapped_column(String(64), unique=True)
    """A browser that subscribes again, perhaps for somebody else, takes its row's place."""
    endpoint: Mapped[str] = mapped_column(Text)
    p256dh: Mapped[str] = mapped_column(String(120))
    auth: Mapped[str] = mapped_column(String(40))
    browser: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]


class OutgoingPush(Outgoing):
    """A push on its way to one device; the row is deleted once the push service has taken it."""

    __tablename__ = "outgoing_push"
    __table_args__ = (Index("ix_outgoing_push_due_at", "due_at"),)

    device_id: Mapped[str] = mapped_column(ForeignKey("push_device.id", ondelete="CASCADE"))
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"))


class NoticeMail(Base):
    """Which notices a mail on its way tells, so that it can be stopped; gone once a server has taken the mail."""

    __tablename__ = "notice_mail"
    __table_args__ = (Index("ix_notice_mail_notice_id", "notice_id"),)

    mail_id: Mapped[str] = mapped_column(ForeignKey("outgoing_mail.id", ondelete="CASCADE"), primary_key=True)
    notice_id: Mapped[str] = mapped_column(ForeignKey("notice.id", ondelete="CASCADE"), primary_key=True)
