"""Sockets follow the account: a sign-out, a ban or a changed role closes them, and browsers come back anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.service.administration import PERSON_BANNED, ROLES_CHANGED
from portal.accounts.service.logins import LOGIN_ENDED
from portal.accounts.service.own_account import PERSON_CHANGED
from portal.accounts.service.own_data import PERSON_ERASED
from portal.context import Portal
from portal.events import Event, EventLog
from portal.permissions import Actor
from realtime.hub import Hub
from realtime.messages import Json
from realtime.sources import Connection

PERSON = "person"
_CLOSING = frozenset({PERSON_BANNED, PERSON_ERASED, ROLES_CHANGED})
_AT_ONCE = 100
"""More sign-ins than one person has: what one commit can end."""


def register(app: Quart, portal: Portal) -> None:
    """Own the streams of persons, and close sockets after commits."""
    del app
    portal.streams.add(PERSON, OwnStream())
    portal.log.on_advanced(SocketCloser(portal.log, portal.hub).advanced)


class SocketCloser:
    """Reads what was committed to a person's stream and closes the sockets it concerns.

    It listens to "stream at n" like everything else that crosses between workers, so it works wherever that is heard.
    """

    def __init__(self, log: EventLog, hub: Hub) -> None:
        """`hub` holds the sockets."""
        self._log = log
        self._hub = hub

    async def advanced(self, stream: str, head: int) -> None:
        """Close what the newest commit on a person's stream ended."""
        kind, _, person_id = stream.partition(":")
        if kind != PERSON:
            return
        events = await self._log.after(stream, max(0, head - _AT_ONCE), _AT_ONCE)
        # The events of one commit bear one time; earlier ones were seen to when they were the newest.
        newest = [event for event in events if event.at == events[-1].at]
        for event in newest:
            if event.kind == LOGIN_ENDED:
                await self._hub.close_login(event.subject_id)
        if any(event.kind in _CLOSING for event in newest):
            await self._hub.close_principal(person_id)


class OwnStream:
    """A person's stream: followed by that person alone."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """The person themself, or nobody."""
        del db
        who = connection.principal
        return "self" if isinstance(who, Actor) and who.account_id == key else None

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """That the account changed, and which fields; other events are the portal's own business."""
        del db, key, audience
        return {event.number: {"changed": list(event.changed)} for event in events if event.kind == PERSON_CHANGED}
