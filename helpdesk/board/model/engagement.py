"""Engagements: what becomes of one person's answer to one request or offer."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Enum, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import Conflict

NOTE_LENGTH = 500


class EngagementState(StrEnum):
    """PROPOSED -> ACCEPTED | DECLINED | WITHDRAWN; ACCEPTED -> DONE | DECLINED | WITHDRAWN; WITHDRAWN -> PROPOSED."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    DONE = "done"


_MOVES = {
    EngagementState.PROPOSED: {EngagementState.ACCEPTED, EngagementState.DECLINED, EngagementState.WITHDRAWN},
    EngagementState.ACCEPTED: {EngagementState.DONE, EngagementState.DECLINED, EngagementState.WITHDRAWN},
    EngagementState.WITHDRAWN: {EngagementState.PROPOSED},
}


def stored(kind: type[StrEnum]) -> Enum:
    """A column type that keeps an enum's values as text, so that a new state needs no change of the table."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda members: [item.value for item in members])


class Engagement(Base):
    """One person's answer, with a private note to the author, and what became of it."""

    __tablename__ = "help_engagement"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id"),
        UniqueConstraint("offer_id", "person_id"),
        CheckConstraint("(request_id IS NULL) <> (offer_id IS NULL)", name="one_posting"),
        Index("ix_help_engagement_person", "person_id", "proposed_at"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("help_request.id"))
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("help_offer.id"))
    person_id: Mapped[str] = mapped_column(IdColumn)
    state: Mapped[EngagementState] = mapped_column(stored(EngagementState))
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    """From the person who answered to the author; nobody else reads it."""
    reply: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    """From the author to the person accepted; nobody else reads it."""
    proposed_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    def move(self, to: EngagementState, at: datetime) -> None:
        """Go on to a state. Raises `Conflict` where there is no such way."""
        if to not in _MOVES.get(self.state, ()):
            raise Conflict
        self.state = to
        self.changed_at = at

    def settle(self, at: datetime, *, did: bool) -> None:
        """The posting has ended: an accepted one is done if there was help; what was still open is declined."""
        if self.state is EngagementState.ACCEPTED and did:
            self.move(EngagementState.DONE, at)
        elif self.state in {EngagementState.PROPOSED, EngagementState.ACCEPTED}:
            self.move(EngagementState.DECLINED, at)
