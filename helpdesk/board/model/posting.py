"""What requests and offers share: their states and the rules between these.

A rule either changes the thing and returns the `Change` to be recorded, or raises and leaves everything as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import Date, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from helpdesk.board.model.schedule import Schedule
from helpdesk.board.model.states import (
    ENDED,
    UNDER_WAY,
    WITHHELD,
    Change,
    HasEnded,
    NoMoreAnswers,
    OwnPosting,
    PostingState,
    TooLateToReopen,
    stored,
)
from portal.db import IdColumn
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy

TITLE_LENGTH = 100
DETAILS_LENGTH = 1000
MAX_CAPACITY = 20
REOPENING = timedelta(days=7)
"""How long after its end a posting can be opened again."""


IS_ENGAGED = "state IN ('engaged', 'to_confirm')"


def over_open(table: str, name: str, *columns: str) -> Index:
    """An index over what is open, and nothing else."""
    is_open = text("state = 'open'")
    return Index(f"ix_{table}_open_{name}", *columns, sqlite_where=is_open, postgresql_where=is_open)


def shared_indexes(table: str) -> tuple[Index, ...]:
    """Each list of open postings is one range of one index, read backwards; those that ended weigh on none of them."""
    newest = ("posted_at", "id")
    under_way, withheld = text(IS_ENGAGED), text("withheld_at IS NOT NULL")
    return (
        # Counts of the last days read this and no row; SQLite wants the state in it for that.
        over_open(table, "posted", *newest, "cell_id", "category_id", "district_id", "state"),
        over_open(table, "category", "category_id", *newest),
        over_open(table, "cell", "cell_id", *newest),
        over_open(table, "district", "district_id", *newest),
        over_open(table, "expires", "expires_on"),
        over_open(table, "edited", "edited_at"),
        Index(f"ix_{table}_under_way", "changed_at", sqlite_where=under_way, postgresql_where=under_way),
        Index(f"ix_{table}_ended", "ended_at"),
        Index(f"ix_{table}_withheld", "withheld_at", sqlite_where=withheld, postgresql_where=withheld),
        Index(f"ix_{table}_author", "author_id", "posted_at"),
    )


@dataclass(frozen=True)
class Writing:
    """What an author may write anew: all but the place, for which the neighbours around it were asked."""

    category_id: str
    title: str
    details: str
    capacity: int
    schedule: Schedule


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
    """How many answers stand."""
    accepted: Mapped[int]
    held: Mapped[int] = mapped_column(default=0, server_default="0")
    """Places that are kept for somebody until the author has said yes."""
    asked_at: Mapped[datetime | None]
    """When its author was last asked whether it is still needed, or whether it happened."""
    ended_at: Mapped[datetime | None]
    """None: it stands, or may stand again once moderation has put it back."""
    edited_at: Mapped[datetime | None]
    """When its author last wrote it anew while it stood on the board."""
    weekdays: Mapped[str] = mapped_column(String(7), default="", server_default="")
    """See `Schedule`."""
    starts_on: Mapped[date | None] = mapped_column(Date)

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy calls it on the class
        # The rules count the version up; SQLAlchemy refuses an update of a row that has another one by then.
        return {"version_id_col": cls.version, "version_id_generator": False}

    @property
    def is_under_way(self) -> bool:
        """Whether it stands on the board: neither ended nor withheld."""
        return self.state in UNDER_WAY

    @property
    def is_withheld(self) -> bool:
        """Whether moderation keeps it from everybody but its author and staff; it may have ended before, or not."""
        return self.state in WITHHELD

    @property
    def has_ended(self) -> bool:
        """Whether nothing comes of it any more, also if moderation has withheld it since."""
        return self.ended_at is not None

    @property
    def takes_answers(self) -> bool:
        """Whether a neighbour may still answer."""
        return self.state in {PostingState.OPEN, PostingState.RESERVED}

    @property
    def has_room(self) -> bool:
        """Whether a place is neither taken nor held."""
        return self.accepted + self.held < self.capacity

    @property
    def schedule(self) -> Schedule:
        """When it is of use."""
        raise NotImplementedError

    def take_schedule(self, schedule: Schedule, today: date) -> None:
        """From now on it is of use then."""
        schedule = schedule.from_today(today)
        self.weekdays, self.starts_on = schedule.weekdays, schedule.starts_on
        self._take_days(schedule, today)

    def _take_days(self, schedule: Schedule, today: date) -> None:
        raise NotImplementedError

    @property
    def on_behalf(self) -> bool:
        """Whether an agent filed it for somebody without a device."""
        return False

    def may_be_reopened(self, at: datetime) -> bool:
        """Whether its author may open it again: within a week of its end, unless the town ended it or withholds it."""
        is_recent = self.ended_at is not None and at - self.ended_at <= REOPENING
        return self.state in ENDED and is_recent and bool(self.sealed_place)

    def require_version(self, seen: int | None) -> None:
        """Raise `Conflict` when the person has seen another version than this. None: the act does not depend on it."""
        if seen is not None and seen != self.version:
            raise Conflict

    def require_under_way(self) -> None:
        """Raise `HasEnded` for one that has, and for one that is withheld."""
        if not self.is_under_way:
            raise HasEnded

    def answer(self, person_id: str, at: datetime, *, holds: bool) -> Change:
        """One more answer; `holds`: one place is kept for it."""
        if person_id == self.author_id:
            raise OwnPosting
        if not self.takes_answers or (holds and not self.has_room):
            raise NoMoreAnswers
        return self._recount("answered", at, answers=1, held=int(holds))

    def accept(self, at: datetime, *, was_held: bool) -> Change:
        """The author takes an answer; with the last one wanted no more are taken.

        Where every other place is held, the answer taken displaces one that is: see `displaces`.
        """
        self.require_under_way()
        if self.accepted >= self.capacity:
            raise NoMoreAnswers
        return self._recount("accepted", at, held=-int(was_held or self.displaces), accepted=1)

    @property
    def displaces(self) -> bool:
        """Whether accepting an answer without a place takes a held one away."""
        return not self.has_room and self.held > 0

    def lapse(self, at: datetime) -> Change:
        """A held place is free again: its time is over."""
        self.require_under_way()
        return self._recount("reservation_lapsed", at, held=-1)

    def release(self, verb: str, at: datetime, *, was_held: bool = False, was_accepted: bool = False) -> Change:
        """An answer ends early; `verb` says how: there is room again, and one that is withheld stays so."""
        if self.has_ended:
            raise HasEnded
        return self._recount(verb, at, answers=-1, held=-int(was_held), accepted=-int(was_accepted))

    def ask_whether_done(self, at: datetime) -> Change:
        """Did it happen? From now on its author is asked, once."""
        self.require_under_way()
        if self.accepted == 0:
            raise Conflict
        before, self.state = self.state, PostingState.TO_CONFIRM
        self.asked_at = at
        return self._change("reported_done", ("state",), at, opened=-int(before is PostingState.OPEN))

    def go_on(self, at: datetime) -> Change:
        """It has not happened yet."""
        if self.state is not PostingState.TO_CONFIRM:
            raise Conflict
        self.state, self.asked_at = PostingState.ENGAGED, None
        return replace(self._recount("goes_on", at), changed=("state",))

    def ask_whether_needed(self, until: date, at: datetime) -> Change:
        """Is it still needed? It stands until `until` without an answer."""
        if self.state is not PostingState.OPEN:
            raise Conflict
        self.asked_at, self.expires_on = at, until
        return self._change("asked_whether_needed", (), at)

    def keep(self, until: date, at: datetime) -> Change:
        """It is still needed."""
        self.require_under_way()
        self.asked_at, self.expires_on = None, until
        return self._change("kept", ("expires_on",), at)

    def cancel(self, at: datetime) -> Change:
        """The author takes it back."""
        return self._end(PostingState.CANCELLED, at)

    def expire(self, at: datetime) -> Change:
        """Its last day has passed while there was still room."""
        if self.state is not PostingState.OPEN:
            raise Conflict
        return self._end(PostingState.EXPIRED, at)

    def reopen(self, until: date, at: datetime) -> Change:
        """It is needed again: everything begins anew. Raises `TooLateToReopen`."""
        if not self.may_be_reopened(at):
            raise TooLateToReopen
        self.state, self.ended_at, self.asked_at, self.expires_on = PostingState.OPEN, None, None, until
        self.answers = self.accepted = self.held = 0
        return self._change("reopened", ("state", "answers", "accepted"), at, opened=1)

    @property
    def is_editable(self) -> bool:
        """Whether its author may write it anew: not once it has ended, nor while they are asked how it went."""
        return not self.has_ended and (self.takes_answers or self.state in {PostingState.ENGAGED, PostingState.HELD})

    def require_editable(self) -> None:
        """Raise `Conflict` while its author is asked how it went, and `HasEnded` once it has."""
        if not self.is_editable:
            raise Conflict if self.state is PostingState.TO_CONFIRM else HasEnded

    def edit(self, writing: Writing, until: date, today: date, at: datetime) -> Change | None:
        """The author writes it anew; it stands until `until`. None: nothing is different.

        Raises what `require_editable` raises, and `InvalidInput` when more have a place than there would be.
        """
        self.require_editable()
        if writing.capacity < self.accepted + self.held:
            raise InvalidInput(fields={"capacity": lazy("More people than that have a place already.")})
        before, schedule = self.state, self.schedule
        changed = [name for name in ("category_id", "title", "details", "capacity") if self._differs(writing, name)]
        for name in changed:
            setattr(self, name, getattr(writing, name))
        if writing.schedule.from_today(today) != schedule.from_today(today):
            changed.append("schedule")
            self.take_schedule(writing.schedule, today)
        if not changed:
            return None
        self.asked_at, self.expires_on = None, until
        if before is not PostingState.HELD:
            self.edited_at, self.state = at, self._standing()
        opened = int(self.state is PostingState.OPEN) - int(before is PostingState.OPEN)
        return self._change("edited", tuple(changed), at, opened=opened)

    def _differs(self, writing: Writing, name: str) -> bool:
        return bool(getattr(self, name) != getattr(writing, name))

    def illustrate(self, at: datetime) -> Change:
        """Its author adds a picture or takes one away. Raises what `require_editable` raises."""
        self.require_editable()
        if self.state is not PostingState.HELD:
            self.edited_at = at
        return self._change("edited", ("pictures",), at)

    def touch(self, verb: str, at: datetime) -> Change:
        """Something beside it has changed: whoever looks at it looks again."""
        return self._change(verb, (), at)

    def _end(self, state: PostingState, at: datetime) -> Change:
        self.require_under_way()
        opened = -1 if self.state is PostingState.OPEN else 0
        self.state, self.ended_at, self.held = state, at, 0
        return self._change(state.value, ("state",), at, opened=opened)

    def _recount(self, verb: str, at: datetime, *, answers: int = 0, held: int = 0, accepted: int = 0) -> Change:
        before = self.state
        self.answers, self.held, self.accepted = self.answers + answers, self.held + held, self.accepted + accepted
        self.state = self._standing()
        deltas = {"answers": answers, "held": held, "accepted": accepted, "state": self.state is not before}
        opened = int(self.state is PostingState.OPEN) - int(before is PostingState.OPEN)
        return self._change(verb, tuple(name for name, delta in deltas.items() if delta), at, opened=opened)

    def _standing(self) -> PostingState:
        if self.is_withheld:
            return self.state
        if self.state is PostingState.TO_CONFIRM and self.accepted > 0:
            return PostingState.TO_CONFIRM
        if self.accepted >= self.capacity:
            return PostingState.ENGAGED
        return PostingState.OPEN if self.has_room else PostingState.RESERVED

    def _change(self, verb: str, changed: tuple[str, ...], at: datetime, *, opened: int = 0) -> Change:
        self.version += 1
        self.changed_at = at
        return Change(verb, changed, opened)
