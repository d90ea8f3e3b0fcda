"""Has the open boards of a few people read anew: what these may see of it has become another."""

from __future__ import annotations

from collections.abc import Iterable

from helpdesk.board.service.tallying import STREAM
from portal.db import Database
from portal.events import DomainEvent, record

RENEWED = "board.renewed"
"""Its subject is the person whose pages are meant; nobody else is given it, and it does not say why."""


async def renew(database: Database, people: Iterable[str]) -> None:
    """Tell pages that show the board to these people to take their content anew; also those that come back later."""
    async with database.write() as db:
        for person_id in people:
            record(db, DomainEvent(STREAM, RENEWED, person_id, 0))
