"""The stream of the queue: pages of staff show how much waits, as it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.moderation.service.permissions import DECIDE
from helpdesk.moderation.service.queue import STREAM, count_waiting
from portal.context import Portal
from portal.events import Event
from portal.permissions import Actor, may
from realtime.messages import Json
from realtime.sources import Connection

STAFF = "staff"


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
        return STAFF if not key and isinstance(who, Actor) and may(who, DECIDE) else None

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """How much waits now, with the newest event."""
        del key, audience
        return {events[-1].number: {"waiting": await count_waiting(db)}}
