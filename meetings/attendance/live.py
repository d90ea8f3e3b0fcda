"""Presence from the live connection: what the media workers tell of a sitting's room is noted in its journal.

Every web process is told the same by the media workers and comes to the same entries; the sitting's row is the lock
under which the first of them notes an entry, and the others then find nothing to do.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from quart import Quart
from sqlalchemy import select

from meetings.attendance.model.lines import LOSS_GRACE, due, next_look
from meetings.attendance.model.presence import Place, Presence
from meetings.attendance.service.room import rooms_in_use, sitting_of_room
from meetings.rooms.live import RoomParts
from meetings.rooms.media.picture import PeerPicture
from meetings.rooms.model import Seat
from meetings.sfu import Source
from meetings.sittings.model.progress import Phase, Progress
from meetings.sittings.panels import Sittings
from meetings.sittings.service.held import Chamber, hold, look
from portal.context import Portal
from portal.errors import Conflict

_LIVE = frozenset({Phase.ROLL, Phase.OPEN, Phase.SUSPENDED})
_AGAIN_AFTER = timedelta(seconds=2)
"""When the media workers cannot say who is there: asked again then."""

log = structlog.get_logger(__name__)


def register(app: Quart, portal: Portal) -> None:
    """Watch the rooms of sittings, and carry out in them what their journals say."""
    parts = RoomParts.of(app)
    watch = ConnectionWatch(portal, parts, Sittings.of(app).chamber)
    parts.media.on_people_changed(watch.changed)
    portal.log.on_advanced(watch.advanced)
    portal.start.append(watch.start)
    portal.stop.append(watch.stop)


def place_of(peer: PeerPicture) -> Place | None:
    """By what somebody is connected: seen and heard, or heard only. Whose line is lost is not connected."""
    if peer.line != "connected":
        return None
    return Place.VIDEO if Source.CAMERA in peer.on else Place.AUDIO


class ConnectionWatch:
    """Notes who is connected to the rooms of sittings; one for each web process."""

    def __init__(self, portal: Portal, parts: RoomParts, chamber: Chamber, grace: timedelta = LOSS_GRACE) -> None:
        """`grace` is how long a connection may be lost before the member has left."""
        self._portal = portal
        self._parts = parts
        self._chamber = chamber
        self._grace = grace
        self._due: dict[str, datetime] = {}
        """When to look at a room again."""
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Look at every sitting's room once, and then whenever something changes there."""
        async with self._portal.database.read() as db:
            rooms = await rooms_in_use(db)
        self._due = dict.fromkeys(rooms, self._portal.clock())
        self._task = asyncio.create_task(self._run(), name="connection watch")

    async def stop(self) -> None:
        """Watch no longer."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def changed(self, room_id: str) -> None:
        """Somebody's connection has changed."""
        self._due[room_id] = self._portal.clock()
        self._wake.set()

    async def advanced(self, stream: str, _head: int) -> None:
        """A journal has gone on: microphones and doors follow at once, and whoever is connected is looked at anew."""
        kind, _, sitting_id = stream.partition(":")
        if kind != "sitting":
            return
        # Who acted waits for this: the act has just read how far the sitting had come, and its room with it.
        known = self._chamber.known(sitting_id)
        room_id = known.of(Presence).room_id if known is not None else None
        if room_id is not None:
            self.changed(room_id)
            await self._parts.enforcement.carry_out(room_id)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            now = self._portal.clock()
            for room_id in [room for room, at in self._due.items() if at <= now]:
                del self._due[room_id]
                await self._look_safely(room_id)
            wait = min(self._due.values(), default=now + timedelta(hours=1)) - self._portal.clock()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(0.0, wait.total_seconds()))

    async def _look_safely(self, room_id: str) -> None:
        try:
            await self.look(room_id)
        except Conflict:
            self._again(room_id, self._portal.clock() + _AGAIN_AFTER)
        except Exception:
            log.exception("presence not noted", room_id=room_id)
            self._again(room_id, self._portal.clock() + _AGAIN_AFTER)

    async def look(self, room_id: str) -> None:
        """Note what has changed in a room, if it is a sitting's."""
        async with self._portal.database.read() as db:
            sitting_id = await sitting_of_room(db, room_id)
            if sitting_id is None:
                return
            found = await look(db, self._chamber, None, sitting_id)
            seats = {row.id: row.account_id for row in await db.scalars(select(Seat).filter_by(room_id=room_id))}
        if found.progress.phase not in _LIVE:
            return
        people = self._parts.media.people(room_id)
        now = self._portal.clock()
        if people is None:
            self._again(room_id, now + _AGAIN_AFTER)
            return
        seen = self._seen(found.progress, seats, people)
        presence = found.of(Presence)
        if due(presence, found.progress.seats, seen, now, self._grace):
            presence = await self._note(sitting_id, seen)
        at = next_look(presence, self._grace)
        if at is not None:
            self._again(room_id, at)

    @staticmethod
    def _seen(progress: Progress, seats: dict[str, str | None], people: Mapping[str, PeerPicture]) -> dict[str, Place]:
        found = {}
        for seat_id, peer in people.items():
            member, place = progress.seat_of(seats.get(seat_id) or ""), place_of(peer)
            if member is not None and place is not None:
                found[member.mandate_id] = place
        return found

    async def _note(self, sitting_id: str, seen: dict[str, Place]) -> Presence:
        async with self._portal.database.write() as db:
            held = await hold(db, self._chamber, None, sitting_id, self._portal.clock())
            if held.progress.phase in _LIVE:
                for noted in due(held.of(Presence), held.progress.seats, seen, held.now, self._grace):
                    await held.note(noted.kind, noted.content, by="")
        return held.of(Presence)

    def _again(self, room_id: str, at: datetime) -> None:
        self._due[room_id] = min(at, self._due.get(room_id, at))
