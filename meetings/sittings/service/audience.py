"""Who may know of a sitting: everybody of a council's, nobody but its own people of a committee's or a bureau's.

The law makes the sittings of councils public (CGCT L2121-18, L5211-1) and those of no other body; a committee prepares
behind closed doors (L2121-22). Whoever is not of such a body is told nothing of its sittings: each page, file and
stream answers as for one that does not exist.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model import Body, Mandate, SessionKind, Sitting, SittingState
from meetings.sittings.service.permissions import PREPARE
from portal.clock import PARIS, civil_date
from portal.errors import NotFound
from portal.permissions import Actor, may

WAS_CALLED = and_(
    Sitting.state != SittingState.DRAFT,
    or_(Sitting.state != SittingState.CANCELLED, Sitting.convened_at.is_not(None)),
)
"""`Sitting.was_called`, as the database reads it."""


async def known_to(db: AsyncSession, actor: Actor | None, now: datetime) -> ColumnElement[bool]:
    """The sittings of which somebody may know, as a condition on `Sitting` joined with `Body`.

    All of them for those who prepare sittings; otherwise those that were called: a council's for everybody, another
    body's for whoever held a seat in it on the day of the sitting or holds one `now`.
    """
    if may(actor, PREPARE):
        return true()
    is_open = [Body.session == SessionKind.PLENARY]
    if actor is not None:
        seats = await db.scalars(select(Mandate).filter_by(person_id=actor.account_id))
        is_open += [_of(seat, now) for seat in seats]
    return and_(WAS_CALLED, or_(*is_open))


async def require_known(db: AsyncSession, actor: Actor | None, sitting: Sitting, now: datetime) -> None:
    """Raise `NotFound` for a sitting of which this viewer may not know."""
    known = select(Sitting.id).join(Body, Body.id == Sitting.body_id).where(Sitting.id == sitting.id)
    if await db.scalar(known.where(await known_to(db, actor, now))) is None:
        raise NotFound


def _of(seat: Mandate, now: datetime) -> ColumnElement[bool]:
    """The sittings of a seat's body that concern its holder."""
    if seat.is_valid(civil_date(now)):
        return Sitting.body_id == seat.body_id
    held = [Sitting.body_id == seat.body_id, Sitting.meets_at >= datetime.combine(seat.since, time(), PARIS)]
    if seat.until is not None:
        held.append(Sitting.meets_at < datetime.combine(seat.until + timedelta(days=1), time(), PARIS))
    return and_(*held)
