"""When a person is told: after a moment in which they may see it for themselves, and not at night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta

from portal.clock import civil_time
from portal.notices.model.kind import How

GRACE = timedelta(seconds=20)
"""Who reads it on an open page within this time is told nothing more."""

DIGEST_AT = time(18, 0)
"""When the daily mail is written, in Paris."""


@dataclass(frozen=True)
class Hours:
    """A person's quiet hours, on the wall's clock in Paris; equal ends mean none. They may cross midnight."""

    begin: time = time(21, 0)
    end: time = time(8, 0)

    def after(self, at: datetime) -> datetime:
        """`at` itself, or the end of the quiet hours it falls into."""
        here = civil_time(at)
        moment = here.time()
        crosses = self.begin > self.end
        is_quiet = moment >= self.begin or moment < self.end if crosses else self.begin <= moment < self.end
        if not is_quiet:
            return at
        day = here.date() + timedelta(days=1 if crosses and moment >= self.begin else 0)
        return datetime.combine(day, self.end, tzinfo=here.tzinfo).astimezone(at.tzinfo)


def is_instant(how: How, *, is_urgent: bool, is_near: bool) -> bool:
    """Whether it is told by itself, not in the daily mail: what is urgent does not wait for the evening."""
    if how in {How.DIGEST, How.NEAR} and is_urgent:
        return True
    return how is How.INSTANT or (how is How.NEAR and is_near)


def due_at(how: How, *, at: datetime, is_urgent: bool, is_near: bool, hours: Hours) -> datetime | None:
    """When the person is to be told beyond the page of notices; None for never.

    Quiet hours hold for everything but what is urgent.
    """
    if is_instant(how, is_urgent=is_urgent, is_near=is_near):
        return at + GRACE if is_urgent else hours.after(at + GRACE)
    return _next_digest(at) if how in {How.DIGEST, How.NEAR} else None


def _next_digest(at: datetime) -> datetime:
    here = civil_time(at)
    day = here.date() + timedelta(days=0 if here.time() < DIGEST_AT else 1)
    return datetime.combine(day, DIGEST_AT, tzinfo=here.tzinfo).astimezone(at.tzinfo)
