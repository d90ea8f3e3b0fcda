"""Has the open boards of two people read anew when one blocks the other, and when that is taken back."""

from __future__ import annotations

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.tallying import STREAM
from helpdesk.trust.service.blocking import Apart, reunites, separates
from portal.events import DomainEvent, Event, record

RENEWED = "board.renewed"
"""Its subject is the person whose pages are meant; nobody else is given it, and it does not say why."""


@separates
async def renew(db: AsyncSession, apart: Apart) -> None:
    """Tell pages that show the board to either to take their content anew; also those that come back later."""
    _tell(db, apart.blocker_id, apart.blocked_id)


@reunites
async def renew_again(db: AsyncSession, one: str, other: str) -> None:
    """The same: each finds again what the other has on the board."""
    _tell(db, one, other)


async def is_renewed_since(db: AsyncSession, person_id: str, number: int) -> bool:
    """Whether this person's pages are told so in an event beyond `number`."""
    told = exists().where(Event.subject_id == person_id, Event.stream == STREAM, Event.number > number)
    return bool(await db.scalar(select(told.where(Event.kind == RENEWED))))


def _tell(db: AsyncSession, *people: str) -> None:
    for person_id in people:
        record(db, DomainEvent(STREAM, RENEWED, person_id, 0))
