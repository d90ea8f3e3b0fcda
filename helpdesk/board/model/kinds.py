"""Help requests and help offers: what each has of its own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import ClassVar

from sqlalchemy import Date, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from helpdesk.board.model.moderated import ModeratedPosting
from helpdesk.board.model.posting import over_open, shared_indexes
from helpdesk.board.model.schedule import Schedule
from helpdesk.board.model.states import Change, OfferOutcome, PostingState, RequestOutcome, stored
from portal.db import Base, IdColumn
from portal.errors import Conflict

WEEKLY = text("weekdays <> ''")


class HelpRequest(ModeratedPosting, Base):
    """Somebody asks for help."""

    __tablename__ = KIND = "help_request"
    __table_args__ = (
        *shared_indexes(__tablename__),
        # Counts by day and cell read this and no row; SQLite wants the state in it for that.
        over_open(__tablename__, "needed_by", "needed_by", "cell_id", "category_id", "district_id", "state"),
        Index(f"ix_{__tablename__}_weekly", "needed_by", sqlite_where=WEEKLY, postgresql_where=WEEKLY),
    )
    Outcome: ClassVar = RequestOutcome
    DAYS: ClassVar[int] = 14
    """How long one without a date stands."""

    outcome: Mapped[RequestOutcome | None] = mapped_column(stored(RequestOutcome))
    needed_by: Mapped[date | None] = mapped_column(Date)
    """The last day on which the help is of use; of a weekly one the next day; None: whenever somebody can."""
    ends_on: Mapped[date | None] = mapped_column(Date)
    """Of a weekly one: its last day; None: until further notice."""
    filed_by: Mapped[str | None] = mapped_column(IdColumn)
    """The agent who filed it for somebody without a device; `author_id` is then nobody's account."""

    @property
    def schedule(self) -> Schedule:
        """When it is of use."""
        return Schedule(self.ends_on if self.weekdays else self.needed_by, self.weekdays or "", self.starts_on)

    def _take_days(self, schedule: Schedule, today: date) -> None:
        self.ends_on = schedule.by if schedule.weekdays else None
        self.needed_by = (schedule.next_day(today) if schedule.weekdays else None) or schedule.by

    def come_round(self, today: date, at: datetime) -> Change:
        """A day of a weekly one has passed: it is of use on the next."""
        if not self.weekdays or not self.is_under_way or self.state is PostingState.TO_CONFIRM:
            raise Conflict
        self.take_schedule(self.schedule, today)
        return self._change("came_round", ("schedule",), at)

    @property
    def on_behalf(self) -> bool:
        """Whether an agent filed it for somebody without a device."""
        return self.filed_by is not None

    def may_be_reopened(self, at: datetime) -> bool:
        """As every posting, and not after the town took it off the board."""
        by_town = {RequestOutcome.OUT_OF_SCOPE, RequestOutcome.DUPLICATE}
        return self.outcome not in by_town and super().may_be_reopened(at)

    def close(self, outcome: RequestOutcome, at: datetime) -> Change:
        """It is over, and why."""
        change = self._end(PostingState.CLOSED, at)
        self.outcome = outcome
        return replace(change, changed=("state", "outcome"))

    def reopen(self, until: date, at: datetime) -> Change:
        """It is needed again; a day that has passed binds no longer."""
        change = super().reopen(until, at)
        self.outcome = None
        if self.schedule.by is not None and self.schedule.by < until:
            self.weekdays, self.starts_on, self.ends_on, self.needed_by = "", None, None, None
        return change


class HelpOffer(ModeratedPosting, Base):
    """Somebody offers help."""

    __tablename__ = KIND = "help_offer"
    __table_args__ = shared_indexes(__tablename__)
    Outcome: ClassVar = OfferOutcome
    DAYS: ClassVar[int] = 60
    """How long one without a date stands."""

    outcome: Mapped[OfferOutcome | None] = mapped_column(stored(OfferOutcome))
    available_until: Mapped[date | None] = mapped_column(Date)
    """The last day of the offer; None: until further notice."""

    @property
    def schedule(self) -> Schedule:
        """When it stands."""
        return Schedule(self.available_until, self.weekdays or "", self.starts_on)

    def _take_days(self, schedule: Schedule, today: date) -> None:
        del today
        self.available_until = schedule.by

    def may_be_reopened(self, at: datetime) -> bool:
        """As every posting, and not after the town took it off the board."""
        by_town = {OfferOutcome.OUT_OF_SCOPE, OfferOutcome.DUPLICATE}
        return self.outcome not in by_town and super().may_be_reopened(at)

    def close(self, outcome: OfferOutcome, at: datetime) -> Change:
        """It is over, and why."""
        change = self._end(PostingState.CLOSED, at)
        self.outcome = outcome
        return replace(change, changed=("state", "outcome"))

    def reopen(self, until: date, at: datetime) -> Change:
        """It stands again; a last day that has passed binds no longer."""
        change = super().reopen(until, at)
        self.outcome = None
        if self.available_until is not None and self.available_until < until:
            self.weekdays, self.starts_on, self.available_until = "", None, None
        return change


def last_day(wanted: date | None, *, today: date, days: int) -> date:
    """The day after which a posting expires: its own date, or `days` from today."""
    return wanted or today + timedelta(days=days)
