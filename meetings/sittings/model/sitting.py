"""A sitting and its agenda: drafted, called, held."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from meetings.sittings.journal import Link
from portal.db import Base, IdColumn
from portal.errors import Conflict
from portal.i18n import lazy

PLACE_LENGTH = 200
TITLE_LENGTH = 200
TEXT_LENGTH = 40_000
MOST_ITEMS = 200


class SittingState(StrEnum):
    """DRAFT → CONVENED → OPEN → CLOSED; DRAFT | CONVENED → CANCELLED."""

    DRAFT = "draft"
    CONVENED = "convened"
    OPEN = "open"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class SittingMode(StrEnum):
    """Where the members are."""

    HALL = "hall"
    REMOTE = "remote"
    """Some or all at a distance, by video; whether that may be, the rules say."""


class ItemKind(StrEnum):
    """What an item of the agenda asks of the body."""

    DELIBERATION = "deliberation"
    INFORMATION = "information"
    """No vote."""
    MINUTES = "minutes"
    """Approval of the last minutes (CGCT L2121-15)."""
    URGENCY = "urgency"
    """The body itself decides whether it is (CGCT L2121-11, -12): always the first item."""


class NotADraft(Conflict):
    """The convocation has been sent: what was sent stands."""

    code = "not-a-draft"
    text = lazy(
        "The convocation has been sent; the agenda can no longer be changed. Call another sitting, or cancel this."
    )


class NotConvened(Conflict):
    """The sitting is not called, or it has begun."""

    code = "not-convened"
    text = lazy("This is possible between the convocation and the sitting only.")


class Sitting(Base):
    """One meeting of a body."""

    __tablename__ = "sitting"
    __table_args__ = (
        Index("ix_sitting_body_id_meets_at", "body_id", "meets_at"),
        Index("ix_sitting_meets_at", "meets_at"),
        Index("ix_sitting_room_id", "room_id"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    body_id: Mapped[str] = mapped_column(ForeignKey("body.id"))
    meets_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(PLACE_LENGTH))
    mode: Mapped[SittingMode]
    state: Mapped[SittingState]
    is_urgent: Mapped[bool] = mapped_column(default=False)
    second_call_of: Mapped[date | None] = mapped_column(Date)
    """The day of the sitting that failed for want of a quorum (CGCT L2121-17)."""
    convened_at: Mapped[datetime | None]
    room_id: Mapped[str | None] = mapped_column(IdColumn)
    """Where its sound and picture are, once somebody opened it."""
    journal_number: Mapped[int] = mapped_column(default=0)
    """The last entry of the journal, kept here so that appending takes the sitting's row for its lock."""
    journal_hash: Mapped[str] = mapped_column(String(64), default="")
    created_by: Mapped[str] = mapped_column(IdColumn)
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}

    def require_draft(self) -> None:
        """Raise `NotADraft` once it was called."""
        if self.state is not SittingState.DRAFT:
            raise NotADraft

    def require_convened(self) -> None:
        """Raise `NotConvened` before and after."""
        if self.state is not SittingState.CONVENED:
            raise NotConvened

    def require_not_over(self) -> None:
        """Raise `Conflict` once it is over or will not be held."""
        if self.state in {SittingState.CLOSED, SittingState.CANCELLED}:
            raise Conflict(lazy("This sitting is over."))

    def convene(self, at: datetime) -> None:
        """The convocation goes out."""
        self.require_draft()
        self.state, self.convened_at = SittingState.CONVENED, at

    def open(self) -> None:
        """The chair opens it. Raises `NotConvened`."""
        self.require_convened()
        self.state = SittingState.OPEN

    def close(self) -> None:
        """It is over, or failed for want of a quorum."""
        self.require_not_over()
        self.state = SittingState.CLOSED

    def cancel(self) -> None:
        """It does not take place."""
        if self.state not in {SittingState.DRAFT, SittingState.CONVENED}:
            raise Conflict(lazy("A sitting that has begun is closed, not cancelled."))
        self.state = SittingState.CANCELLED

    @property
    def was_called(self) -> bool:
        """Whether it was ever called: from then on everybody may know of it, also if it is cancelled."""
        if self.state is SittingState.CANCELLED:
            return self.convened_at is not None
        return self.state is not SittingState.DRAFT

    @property
    def journal_end(self) -> Link | None:
        """What the next entry of the journal is appended to; None before the first."""
        return Link(self.journal_number, self.journal_hash) if self.journal_hash else None


class AgendaItem(Base):
    """One point of the agenda."""

    __tablename__ = "agenda_item"
    __table_args__ = (Index("ix_agenda_item_sitting_id", "sitting_id", "position"),)
    FIRST: ClassVar[int] = 1

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    sitting_id: Mapped[str] = mapped_column(ForeignKey("sitting.id"))
    position: Mapped[int]
    """From 1, without gaps."""
    kind: Mapped[ItemKind]
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    subject: Mapped[str] = mapped_column(String(60), default="")
    """What it is about in the words of the rules where they treat it apart (``budget``); empty for an ordinary one."""
    reporter_id: Mapped[str | None] = mapped_column(ForeignKey("mandate.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    """The explanatory note that goes out with the convocation (CGCT L2121-12)."""
    draft: Mapped[str] = mapped_column(Text, default="")
    """The draft deliberation."""
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ItemDocument(Base):
    """A file that belongs to an item: kept under the hash of its content, so that what was sent can be shown."""

    __tablename__ = "item_document"
    __table_args__ = (Index("ix_item_document_item_id", "item_id"),)

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("agenda_item.id"))
    name: Mapped[str] = mapped_column(String(120))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    """Bytes."""
    sha256: Mapped[str] = mapped_column(String(64))
    is_public: Mapped[bool] = mapped_column(default=False)
    added_at: Mapped[datetime]


def in_order(items: Sequence[AgendaItem]) -> list[AgendaItem]:
    """Items by position, numbered anew without gaps; a question of urgency is always the first."""
    ordered = sorted(items, key=lambda item: (item.kind is not ItemKind.URGENCY, item.position))
    for position, item in enumerate(ordered, start=AgendaItem.FIRST):
        item.position = position
    return ordered
