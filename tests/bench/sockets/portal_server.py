"""The portal's web process as `python -m portal web` makes it, with one more feature: notes that everybody follows.

A note is written by a message, recorded as an event in one transaction, and read back for the audience, as everything
on the board is. Prints its port once it serves.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from portal import logs
from portal.app import create_app
from portal.clock import utc_now
from portal.context import Portal
from portal.db import Database
from portal.events import DomainEvent, Event, EventLog, record
from portal.ids import new_id
from portal.schema import migrate
from portal.serving import run_web
from portal.settings import Settings, load
from realtime.messages import Command, Json
from realtime.sources import Connection

STREAM = "bench"


class NoteWrite(Command):
    """Write a note: `at` is the writer's clock in nanoseconds."""

    name = "note:write"
    at: int
    text: str


class Notes:
    """Written notes by id, and the stream that shows them."""

    def __init__(self, portal: Portal) -> None:
        """Register with the portal, as a slice's `live.register` does."""
        self._database = portal.database
        self._written: dict[str, Mapping[str, Json]] = {}
        portal.streams.add(STREAM, self)
        portal.hub.on(NoteWrite, self.write)

    async def write(self, connection: Connection, note: NoteWrite) -> None:
        """Record the note; the push follows from the event."""
        del connection
        note_id = new_id()
        self._written[note_id] = {"at": note.at, "text": note.text}
        async with self._database.write() as db:
            record(db, DomainEvent(STREAM, "note.written", note_id, version=1))

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """Everybody."""
        del db, key, connection
        return "public"

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """Each note as it stands."""
        del db, key, audience
        return {event.number: self._written[event.subject_id] for event in events}


async def prepare(settings: Settings) -> None:
    """Make the database."""
    settings.data.mkdir(parents=True, exist_ok=True)
    database = Database(settings.database_url)
    EventLog(database, utc_now)
    await migrate(database)
    await database.close()


def main() -> None:
    """Serve until SIGTERM."""
    logs.configure()
    settings = load()
    asyncio.run(prepare(settings))
    app, portal = create_app(settings)
    Notes(portal)

    async def announce() -> None:
        print(settings.listen.rpartition(":")[2], flush=True)

    run_web(settings, app, announce=announce, before_stop=portal.hub.stop)


if __name__ == "__main__":
    main()
