"""Has the open boards of two people read anew when one blocks the other: what they may see has become another."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.service.tallying import STREAM
from helpdesk.trust.service.blocking import Apart, separates
from portal.events import DomainEvent, record

RENEWED = "board.renewed"
"""Its subject is the person whose pages are meant; nobody else is given it, and it does not say why."""


@separates
async def renew(db: AsyncSession, apart: Apart) -> None:
    """Tell pages that show the board to either to take their content anew; also those that come back later."""
    for person_id in (apart.blocker_id, apart.blocked_id):
        record(db, DomainEvent(STREAM, RENEWED, person_id, 0))
