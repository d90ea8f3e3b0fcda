"""Help requests and help offers: their states and the rules between these.

A rule either changes the thing and returns the `Change` to be recorded, or raises and leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import Date, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from helpdesk.board.model.engagement import Engagement, EngagementState, stored
from portal.db import Base, IdColumn
from portal.errors import Conflict, Forbidden
from portal.i18n import lazy

TITLE_LENGTH = 100
DETAILS_LENGTH = 1000
MAX_CAPACITY = 20


class PostingState(StrEnum):
    """OPEN <-> ENGAGED (as many answers accepted as wanted); both -> CLOSED | CANCELLED; OPEN -> EXPIRED.

    OPEN -> HELD -> OPEN; all -> HIDDEN; HIDDEN -> what it was.
    """

    OPEN = "open"
    ENGAGED = "engaged"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"
    """Not on the board yet: somebody looks at it first."""
    HIDDEN = "hidden"
    """Taken off every channel by moderation."""


class RequestOutcome(StrEnum):
    """Why a request was closed."""

    HELPED = "helped"
    PARTLY_HELPED = "partly_helped"
    HELPED_OTHERWISE = "helped_otherwise"
    NO_LONGER_NEEDED = "no_longer_needed"
    NOBODY_AVAILABLE = "nobody_available"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"


class OfferOutcome(StrEnum):
    """Why an offer was closed."""

    HELPED = "helped"
    NOT_ASKED_FOR = "not_asked_for"
    NO_LONGER_POSSIBLE = "no_longer_possible"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"


class NotTheAuthor(Forbidden):
    """Only the author may do this."""

    code = "not-the-author"
    text = lazy("Only the person who wrote this can do that.")


class OwnPosting(Forbidden):
    """The author cannot answer."""

    code = "own-posting"
    text = lazy("You wrote this yourself.")


class NoMoreAnswers(Conflict):
    """Enough answers are accepted, or it has ended."""

    code = "no-more-answers"
    text = lazy("No more answers are needed here. Thank you all the same.")


class HasEnded(Conflict):
    """Closed, cancelled or expired."""

    code = "has-ended"
    text = lazy("This has already ended.")


class AnsweredAlready(Conflict):
    """The person's answer stands, or was declined."""

    code = "answered-already"
    text = lazy("You have already answered here.")


@dataclass(frozen=True)
class Change:
    """What a rule did: the event's verb in the past tense and the names of the fields that changed."""

    verb: str
    changed: tuple[str, ...]
    opened: int = 0
    """1: it is among the open ones now; -1: it was; 0: neither has changed."""


def _over_open(table: str, name: str, *columns: str) -> Index:
    is_open = text("state = 'open'")
    return Index(f"ix_{table}_open_{name}", *columns, sqlite_where=is_open, postgresql_where=is_open)


def _indexes(table: str) -> tuple[Index, ...]:
    """Each list of open postings is one range of one index, read backwards; those that ended weigh on none of them."""
    newest = ("posted_at", "id")
    return (
        _over_open(table, "posted", *newest),
        _over_open(table, "category", "category_id", *newest),
        _over_open(table, "cell", "cell_id", *newest),
        _over_open(table, "district", "district_id", *newest),
        _over_open(table, "expires", "expires_on"),
        Index(f"ix_{table}_author", "author_id", "posted_at"),
    )


class Posting:
    """What a request and an offer truly share: who wrote what, where it stands, its state and its version.

    `author_id` has no foreign key: an author may be an account of another town.
    """

    KIND: ClassVar[str]
    """First part of the names of its events, messages and permissions."""

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    author_id: Mapped[str] = mapped_column(IdColumn)
    category_id: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    details: Mapped[str] = mapped_column(String(DETAILS_LENGTH))
    cell_id: Mapped[str] = mapped_column(String(40))
    district_id: Mapped[str] = mapped_column(String(40))
    sealed_place: Mapped[bytes] = mapped_column(LargeBinary)
    """The exact place, encrypted: see `helpdesk.board.place`."""
    posted_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    expires_on: Mapped[date] = mapped_column(Date)
    """The last day on which it stands."""
    version: Mapped[int]
    state: Mapped[PostingState] = mapped_column(stored(PostingState))
    capacity: Mapped[int]
    """How many answers can be accepted: helpers that a request wants, neighbours that an offer is for."""
    answers: Mapped[int]
    """How many engagements stand: proposed, accepted or done."""
    accepted: Mapped[int]

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        # The rules count the version up; SQLAlchemy refuses an update of a row that has another one by then.
        return {"version_id_col": cls.version, "version_id_generator": False}

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return self.state not in {PostingState.OPEN, PostingState.ENGAGED}

    @property
    def is_withheld(self) -> bool:
        """Whether moderation keeps it from everybody but its author and staff."""
        return self.state in {PostingState.HELD, PostingState.HIDDEN}

    @property
    def takes_answers(self) -> bool:
        """Whether a neighbour may still answer."""
        return self.state is PostingState.OPEN

    def require_version(self, seen: int | None) -> None:
        """Raise `Conflict` when the person has seen another version than this. None: the act does not depend on it."""
        if seen is not None and seen != self.version:
            raise Conflict

    def require_author(self, person_id: str) -> None:
        """Raise `NotTheAuthor` for anybody else."""
        if person_id != self.author_id:
            raise NotTheAuthor

    def answer(self, engagement: Engagement, at: datetime) -> Change:
        """A neighbour answers: with a fresh engagement, or with one withdrawn before."""
        if engagement.person_id == self.author_id:
            raise OwnPosting
        if not self.takes_answers:
            raise NoMoreAnswers
        if engagement.state is EngagementState.WITHDRAWN:
            engagement.move(EngagementState.PROPOSED, at)
        self.answers += 1
        return self._change("answered", ("answers",), at)

    def accept(self, engagement: Engagement, at: datetime) -> Change:
        """The author takes an answer; with the last one wanted no more are taken."""
        if not self.takes_answers:
            raise NoMoreAnswers
        engagement.move(EngagementState.ACCEPTED, at)
        self.accepted += 1
        if self.accepted < self.capacity:
            return self._change("accepted", ("accepted",), at)
        self.state = PostingState.ENGAGED
        return self._change("accepted", ("accepted", "state"), at, opened=-1)

    def release(self, engagement: Engagement, to: EngagementState, at: datetime) -> Change:
        """An answer ends early, declined by the author or withdrawn by its writer: there is room again."""
        self._require_current()
        was_accepted = engagement.state is EngagementState.ACCEPTED
        engagement.move(to, at)
        self.answers -= 1
        if not was_accepted:
            return self._change(f"answer_{to.value}", ("answers",), at)
        self.accepted -= 1
        opened = 0 if self.state is PostingState.OPEN else 1
        self.state = PostingState.OPEN
        return self._change(f"answer_{to.value}", ("answers", "accepted", "state"), at, opened=opened)

    def cancel(self, engagements: Iterable[Engagement], at: datetime) -> Change:
        """The author takes it back; nobody is engaged any more."""
        return self._end(PostingState.CANCELLED, engagements, at, did=False)

    def expire(self, engagements: Iterable[Engagement], at: datetime) -> Change:
        """Its last day has passed while there was still room."""
        if self.state is not PostingState.OPEN:
            raise Conflict
        return self._end(PostingState.EXPIRED, engagements, at, did=self.accepted > 0)

    def hold(self, at: datetime) -> Change:
        """Somebody looks at it before anybody else does."""
        if self.state is not PostingState.OPEN:
            raise Conflict
        self.state = PostingState.HELD
        return self._change("held", ("state",), at, opened=-1)

    def publish(self, at: datetime) -> Change:
        """Nothing was wrong with one that was held: it is as new on the board."""
        if self.state is not PostingState.HELD:
            raise Conflict
        self.state, self.posted_at = PostingState.OPEN, at
        return self._change("posted", ("state",), at, opened=1)

    def hide(self, at: datetime) -> Change:
        """Take it off every channel, whatever has become of it; its answers stay as they are."""
        if self.state is PostingState.HIDDEN:
            raise Conflict
        opened = -1 if self.state is PostingState.OPEN else 0
        self.state = PostingState.HIDDEN
        return self._change("hidden", ("state",), at, opened=opened)

    def touch(self, verb: str, at: datetime) -> Change:
        """Something beside it has changed: whoever looks at it looks again."""
        return self._change(verb, (), at)

    def restore(self, at: datetime, *, was_closed: bool) -> Change:
        """Hidden by mistake: it stands again as it did. One that had been closed stays so."""
        if self.state is not PostingState.HIDDEN:
            raise Conflict
        stands = PostingState.ENGAGED if self.accepted >= self.capacity else PostingState.OPEN
        self.state = PostingState.CLOSED if was_closed else stands
        return self._change("posted", ("state",), at, opened=1 if self.state is PostingState.OPEN else 0)

    def _end(self, state: PostingState, engagements: Iterable[Engagement], at: datetime, *, did: bool) -> Change:
        self._require_current()
        for engagement in engagements:
            engagement.settle(at, did=did)
        opened = -1 if self.state is PostingState.OPEN else 0
        self.state = state
        return self._change(state.value, ("state",), at, opened=opened)

    def _require_current(self) -> None:
        if self.is_over:
            raise HasEnded

    def _change(self, verb: str, changed: tuple[str, ...], at: datetime, *, opened: int = 0) -> Change:
        self.version += 1
        self.changed_at = at
        return Change(verb, changed, opened)


class HelpRequest(Posting, Base):
    """Somebody asks for help."""

    __tablename__ = KIND = "help_request"
    __table_args__ = (
        *_indexes(__tablename__),
        # Counts by day and cell read this and no row; SQLite wants the state in it for that.
        _over_open(__tablename__, "needed_by", "needed_by", "cell_id", "category_id", "district_id", "state"),
    )
    Outcome: ClassVar = RequestOutcome
    DAYS: ClassVar[int] = 14
    """How long one without a date stands."""

    outcome: Mapped[RequestOutcome | None] = mapped_column(stored(RequestOutcome))
    needed_by: Mapped[date | None] = mapped_column(Date)
    """The last day on which the help is of use; None: whenever somebody can."""

    def close(self, outcome: RequestOutcome, engagements: Iterable[Engagement], at: datetime) -> Change:
        """It is over, and why. Accepted helpers are done if there was help; other answers are declined."""
        did = outcome in {RequestOutcome.HELPED, RequestOutcome.PARTLY_HELPED}
        change = self._end(PostingState.CLOSED, engagements, at, did=did)
        self.outcome = outcome
        return replace(change, changed=("state", "outcome"))


class HelpOffer(Posting, Base):
    """Somebody offers help."""

    __tablename__ = KIND = "help_offer"
    __table_args__ = _indexes(__tablename__)
    Outcome: ClassVar = OfferOutcome
    DAYS: ClassVar[int] = 60
    """How long one without a date stands."""

    outcome: Mapped[OfferOutcome | None] = mapped_column(stored(OfferOutcome))
    available_until: Mapped[date | None] = mapped_column(Date)
    """The last day of the offer; None: until further notice."""

    def close(self, outcome: OfferOutcome, engagements: Iterable[Engagement], at: datetime) -> Change:
        """It is over, and why. Accepted neighbours are done if there was help; other answers are declined."""
        change = self._end(PostingState.CLOSED, engagements, at, did=outcome is OfferOutcome.HELPED)
        self.outcome = outcome
        return replace(change, changed=("state", "outcome"))


def last_day(wanted: date | None, *, today: date, days: int) -> date:
    """The day after which a posting expires: its own date, or `days` from today."""
    return wanted or today + timedelta(days=days)
