"""The stream of a person's notices: their open pages show the number of unread ones as it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from portal.context import Portal
from portal.events import Event
from portal.notices.service.reading import unread_count
from portal.permissions import Actor
from realtime.messages import Json
from realtime.sources import Connection


def register(app: Quart, portal: Portal) -> None:
    """Own the streams of notices."""
    del app
    portal.streams.add("notices", NoticeStream())


class NoticeStream:
    """Followed by the person alone. It carries a number; what is told stands on the page of notices."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """The person themself, or nobody."""
        del db
        who = connection.principal
        return "self" if isinstance(who, Actor) and who.account_id == key else None

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """How many are unread now, with the newest event."""
        del audience
        return {events[-1].number: {"unread": await unread_count(db, key)}}
