"""Sockets follow the account: a sign-out, a ban or a changed role closes them, and browsers come back anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from portal.accounts.service.administration import PERSON_BANNED, ROLES_CHANGED
from portal.accounts.service.logins import LOGIN_ENDED
from portal.accounts.service.own_account import PERSON_CHANGED
from portal.accounts.service.own_data import PERSON_ERASED
from portal.context import Portal
from portal.events import Event, EventLog
from portal.permissions import Actor
from realtime.messages import Json
from realtime.sources import Connection, Ending

PERSON = "person"
_CLOSING = frozenset({PERSON_BANNED, PERSON_ERASED, ROLES_CHANGED})
_AT_ONCE = 200


def register(app: Quart, portal: Portal) -> None:
    """Own the streams of persons, and let them end connections."""
    del app
    portal.streams.add(PERSON, OwnStream())
    portal.streams.ends_connections(PERSON, SocketEndings(portal.log))


@dataclass(frozen=True)
class SocketEndings:
    """What in a person's stream ends their sockets. Every worker reads it, whoever committed it."""

    log: EventLog

    async def __call__(self, stream: str, after: int) -> Sequence[Ending]:
        """Sign-ins that ended, and what ends all of them, after a number."""
        found: list[Ending] = []
        while events := await self.log.after(stream, after, _AT_ONCE):
            after = events[-1].number
            found += [ending for event in events if (ending := _ending_of(event)) is not None]
        return found


def _ending_of(event: Event) -> Ending | None:
    if event.kind == LOGIN_ENDED:
        return Ending(event.number, event.subject_id, "signed-out")
    if event.kind in _CLOSING:
        return Ending(event.number, None, "access-changed")
    return None


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
