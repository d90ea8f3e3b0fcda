"""The stream of the queue: pages of staff show how much waits, as it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.matching.service.messages import count_reported
from helpdesk.matching.service.permissions import MODERATE
from helpdesk.moderation.service.permissions import DECIDE
from helpdesk.moderation.service.queue import STREAM, count_waiting
from portal.context import Portal
from portal.events import Event
from portal.permissions import Actor, may
from realtime.messages import Json
from realtime.sources import Connection

STAFF = "staff"
MODERATORS = "moderators"
"""See reported messages too."""


def register(app: Quart, portal: Portal) -> None:
    """Own the stream."""
    del app
    portal.streams.add(STREAM, QueueStream())


class QueueStream:
    """Followed by those who decide. It carries a number; what waits stands on the page."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """Agents and moderators, or nobody."""
        del db
        who = connection.principal
        if key or not isinstance(who, Actor) or not may(who, DECIDE):
            return None
        return MODERATORS if may(who, MODERATE) else STAFF

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """How much waits now, with the newest event."""
        del key
        messages = await count_reported(db) if audience == MODERATORS else 0
        return {events[-1].number: {"waiting": await count_waiting(db) + messages}}
