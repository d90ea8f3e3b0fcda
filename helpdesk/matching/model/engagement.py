"""Engagements: what becomes of one person's answer to one request or offer.

The posting counts places; the engagement says who has one. A rule changes both, or raises and leaves both as they were.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model import Change, stored
from helpdesk.board.model.posting import Posting
from portal.db import Base, IdColumn
from portal.errors import Conflict
from portal.i18n import lazy

NOTE_LENGTH = 500
THANKS_LENGTH = 300


class EngagementState(StrEnum):
    """How far one person's help has come.

    PROPOSED <-> HELD; both -> ACCEPTED | DECLINED | WITHDRAWN; ACCEPTED <-> REPORTED; both -> DONE | NO_SHOW | DECLINED
    | WITHDRAWN. WITHDRAWN, DONE, and DECLINED because the posting ended, may answer anew.
    """

    PROPOSED = "proposed"
    HELD = "held"
    """A place is kept for them until the author has said yes, for a while."""
    ACCEPTED = "accepted"
    REPORTED = "reported"
    """They say that it is done; the author has not confirmed it yet."""
    DONE = "done"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    NO_SHOW = "no_show"


STANDING = frozenset(
    {EngagementState.PROPOSED, EngagementState.HELD, EngagementState.ACCEPTED, EngagementState.REPORTED}
)
"""In which something may still come of it."""
TAKEN = frozenset({EngagementState.ACCEPTED, EngagementState.REPORTED})
"""In which the person may know the exact place of a request."""


class Reason(StrEnum):
    """Why an engagement ended early: each side has its own."""

    NONE = ""
    NO_TIME = "no_time"
    TOO_FAR = "too_far"
    NOT_ABLE = "not_able"
    UNWELL = "unwell"
    FOUND_ANOTHER = "found_another"
    NOT_SUITABLE = "not_suitable"
    NO_NEWS = "no_news"
    POSTING_ENDED = "posting_ended"
    """Nobody said no: what was asked or offered is over."""
    ACCOUNT_CLOSED = "account_closed"


OF_HELPER = (Reason.NO_TIME, Reason.TOO_FAR, Reason.NOT_ABLE, Reason.UNWELL)
OF_AUTHOR = (Reason.FOUND_ANOTHER, Reason.NOT_SUITABLE, Reason.NO_NEWS)

_BEGINNING = {EngagementState.PROPOSED, EngagementState.HELD}
_ENDS = {EngagementState.DECLINED, EngagementState.WITHDRAWN}
_MOVES = {
    EngagementState.PROPOSED: {EngagementState.ACCEPTED, *_ENDS},
    EngagementState.HELD: {EngagementState.PROPOSED, EngagementState.ACCEPTED, *_ENDS},
    EngagementState.ACCEPTED: {EngagementState.REPORTED, EngagementState.DONE, EngagementState.NO_SHOW, *_ENDS},
    EngagementState.REPORTED: {EngagementState.ACCEPTED, EngagementState.DONE, EngagementState.NO_SHOW, *_ENDS},
    EngagementState.WITHDRAWN: _BEGINNING,
    EngagementState.DECLINED: _BEGINNING,
    EngagementState.DONE: _BEGINNING,
}


class AnsweredAlready(Conflict):
    """The person's answer stands, or was declined."""

    code = "answered-already"
    text = lazy("You have already answered here.")


class Engagement(Base):
    """One person's answer, with a private note to the author, and what became of it."""

    __tablename__ = "help_engagement"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id"),
        UniqueConstraint("offer_id", "person_id"),
        CheckConstraint("(request_id IS NULL) <> (offer_id IS NULL)", name="one_posting"),
        Index("ix_help_engagement_person", "person_id", "proposed_at"),
        Index("ix_help_engagement_held_until", "held_until"),
    )

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("help_request.id"))
    offer_id: Mapped[str | None] = mapped_column(ForeignKey("help_offer.id"))
    person_id: Mapped[str] = mapped_column(IdColumn)
    state: Mapped[EngagementState] = mapped_column(stored(EngagementState))
    reason: Mapped[Reason] = mapped_column(stored(Reason), server_default="")
    note: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    """From the person who answered to the author; nobody else reads it."""
    reply: Mapped[str] = mapped_column(String(NOTE_LENGTH))
    """From the author to the person accepted; nobody else reads it."""
    shares_place: Mapped[bool] = mapped_column(server_default="0")
    """Whether the accepted person may open the exact place."""
    held_until: Mapped[datetime | None]
    thanks: Mapped[str] = mapped_column(String(THANKS_LENGTH), server_default="")
    """From the author, once it is done."""
    thanked_at: Mapped[datetime | None]
    proposed_at: Mapped[datetime]
    changed_at: Mapped[datetime]

    @property
    def posting_id(self) -> str:
        """What was answered."""
        return self.request_id or self.offer_id or ""

    @property
    def is_standing(self) -> bool:
        """Whether something may still come of it."""
        return self.state in STANDING

    @property
    def may_begin_anew(self) -> bool:
        """Whether the person may answer again: not after a no of the author."""
        if self.state is EngagementState.DECLINED:
            return self.reason is Reason.POSTING_ENDED
        return self.state in {EngagementState.WITHDRAWN, EngagementState.DONE}

    def move(self, to: EngagementState, at: datetime, reason: Reason = Reason.NONE) -> None:
        """Go on to a state. Raises `Conflict` where there is no such way."""
        if to not in _MOVES.get(self.state, ()):
            raise Conflict
        self.state, self.reason, self.changed_at = to, reason, at
        if to is not EngagementState.HELD:
            self.held_until = None

    def thank(self, words: str, at: datetime) -> None:
        """The author's thanks, once it is done; a second time replaces the first."""
        if self.state is not EngagementState.DONE:
            raise Conflict
        self.thanks, self.thanked_at = words, at


def answer(posting: Posting, engagement: Engagement, at: datetime, *, hold: timedelta | None) -> Change:
    """A person answers, with a fresh engagement or anew. `hold`: how long a place is kept for them; None: none is."""
    holds = hold is not None and posting.has_room
    change = posting.answer(engagement.person_id, at, holds=holds)
    to = EngagementState.HELD if holds else EngagementState.PROPOSED
    if engagement.state is not EngagementState.PROPOSED or holds:
        engagement.state, engagement.reason = to, Reason.NONE
    engagement.held_until = at + hold if holds and hold is not None else None
    engagement.proposed_at = engagement.changed_at = at
    return change


def accept(
    posting: Posting, engagement: Engagement, at: datetime, *, held: Engagement | None, shares_place: bool
) -> Change:
    """The author takes an answer. `held`: one whose place is held, which gives way where no other is left."""
    was_held = engagement.state is EngagementState.HELD
    gives_way = held if posting.displaces and not was_held else None
    if engagement.state not in _BEGINNING:
        raise Conflict
    change = posting.accept(at, was_held=was_held)
    if gives_way is not None:
        gives_way.move(EngagementState.PROPOSED, at)
    engagement.move(EngagementState.ACCEPTED, at)
    engagement.shares_place = shares_place
    return change


def lapse(posting: Posting, engagement: Engagement, at: datetime) -> Change:
    """The time for which a place was held is over: the answer stands, the place is free."""
    if engagement.state is not EngagementState.HELD:
        raise Conflict
    change = posting.lapse(at)
    engagement.move(EngagementState.PROPOSED, at)
    return change


def release(posting: Posting, engagement: Engagement, to: EngagementState, reason: Reason, at: datetime) -> Change:
    """An answer ends early: declined or not come, says the author; withdrawn by its writer. There is room again."""
    was_held, was_accepted = engagement.state is EngagementState.HELD, engagement.state in TAKEN
    if to not in _MOVES.get(engagement.state, ()):
        raise Conflict
    verb = "no_show" if to is EngagementState.NO_SHOW else f"answer_{to.value}"
    change = posting.release(verb, at, was_held=was_held, was_accepted=was_accepted)
    engagement.move(to, at, reason)
    return change


def report_done(posting: Posting, engagement: Engagement, at: datetime) -> Change:
    """The helper says that it is done; the author is asked."""
    if engagement.state is not EngagementState.ACCEPTED:
        raise Conflict
    change = posting.ask_whether_done(at)
    engagement.move(EngagementState.REPORTED, at)
    return change


def settle(engagement: Engagement, at: datetime, *, happened: bool) -> None:
    """The posting has ended: an accepted one is done if there was help; whatever else stands has no sequel."""
    if engagement.state in TAKEN and happened:
        engagement.move(EngagementState.DONE, at)
    elif engagement.is_standing:
        engagement.move(EngagementState.DECLINED, at, Reason.POSTING_ENDED)
