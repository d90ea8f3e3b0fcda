"""The stream of a sitting: everybody who may see it learns that something changed, and reads the page anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.service.agenda import access_sitting
from meetings.sittings.service.permissions import PREPARE
from meetings.sittings.service.reading import PUBLIC
from portal.context import Portal
from portal.errors import NotFound
from portal.events import Event
from portal.permissions import Actor, may
from realtime.messages import Json
from realtime.sources import Connection


def register(app: Quart, portal: Portal) -> None:
    """Own the streams of sittings."""
    del app
    portal.streams.add("sitting", SittingStream())


class SittingStream:
    """Entries say what kind of thing changed, and nothing else: each page shows what its viewer may read."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """The public for a sitting that was called; those who prepare one for all."""
        try:
            sitting = await access_sitting(db, key)
        except NotFound:
            return None
        who = connection.principal
        if isinstance(who, Actor) and may(who, PREPARE):
            return "staff"
        return "public" if sitting.state in PUBLIC else None

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """That something changed; answers of members are the clerk's to see."""
        del db, key
        hidden = {"sitting.answered"} if audience == "public" else set()
        return {event.number: {} for event in events if event.kind not in hidden}
