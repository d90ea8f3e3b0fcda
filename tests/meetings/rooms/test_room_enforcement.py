"""What a sitting decides of its room reaches the media worker, whatever else happens in the room meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from meetings.rooms.live import RoomParts
from meetings.rooms.model import Seat
from meetings.rooms.service import Visitor, enter, raise_hand
from meetings.rooms.service.sitting_rooms import allow_microphones, open_sitting_room
from meetings.sfu.bot import Bot
from portal.app import build
from portal.context import Portal
from portal.permissions import Actor
from portal.schema import migrate
from portal.settings import load
from tests.meetings.sfu.world import SECRET, Town, running_town, until

MEMBERS = {"anne": "Anne", "bilal": "Bilal"}


def visitor(name: str) -> Visitor:
    return Visitor(Actor(name, MEMBERS[name], frozenset(), login_id="test"))


@dataclass
class LiveRoom:
    """The room of a sitting that Anne presides over, with Bilal connected to a real worker."""

    portal: Portal
    parts: RoomParts
    town: Town
    room_id: str
    seat_id: str

    def may_speak(self) -> bool:
        """Whether the worker lets Bilal's voice through."""
        return self.town.worker.rooms[self.room_id].peers[self.seat_id].permissions.microphone

    async def let_speak(self, *, may: bool) -> None:
        """As the floor does when it is given and ended."""
        async with self.portal.database.write() as db:
            await allow_microphones(db, self.room_id, {"bilal"} if may else (), () if may else {"bilal"})

    async def raise_hand(self) -> None:
        """Something else that happens in the room."""
        async with self.portal.database.write() as db:
            await raise_hand(db, self.room_id, visitor("bilal"), up=True, now=self.portal.clock())


@asynccontextmanager
async def web_process(folder: Path, town: Town) -> AsyncIterator[tuple[Portal, RoomParts]]:
    """A web process that is attached to the worker; several may share a folder."""
    environment = {
        "PARVIS_DATA": str(folder),
        "PARVIS_MEDIA_CONTROL": f"127.0.0.1:{town.control_port}",
        "PARVIS_MEDIA_SECRET": SECRET.decode(),
    }
    app, portal = build(load(environment))
    await migrate(portal.database)
    parts = RoomParts.of(app)
    await parts.media.start()
    try:
        await until(lambda: parts.media.is_attached, "the portal knows the worker")
        yield portal, parts
    finally:
        await parts.media.stop()
        await portal.database.close()


@asynccontextmanager
async def live_room(folder: Path) -> AsyncIterator[LiveRoom]:
    async with running_town() as town, web_process(folder, town) as (portal, parts):
        now = portal.clock()
        async with portal.database.write() as db:
            room = await open_sitting_room(db, title="Commission", host_id="anne", members=MEMBERS, now=now)
        async with portal.database.write() as db:
            _room, seat = await enter(db, room.id, visitor("bilal"), now=now)
        bot = Bot()
        await bot.connect(lambda sdp_offer: parts.media.connect(seat, sdp_offer))
        try:
            yield LiveRoom(portal, parts, town, room.id, seat.id)
        finally:
            await bot.close()


async def test_the_floor_reaches_the_worker_though_something_else_was_committed_in_between(tmp_path: Path) -> None:
    async with live_room(tmp_path) as live:
        await live.parts.enforcement.carry_out(live.room_id)
        assert live.may_speak()

        await live.let_speak(may=False)
        await live.raise_hand()
        await live.parts.enforcement.carry_out(live.room_id)
        assert not live.may_speak()

        await live.let_speak(may=True)
        await live.parts.enforcement.carry_out(live.room_id)
        assert live.may_speak()


async def test_the_process_that_tells_last_does_not_win_over_what_was_decided_last(tmp_path: Path) -> None:
    async with live_room(tmp_path) as live, web_process(tmp_path, live.town) as (_portal, other):
        async with live.portal.database.read() as db:
            before = await db.get_one(Seat, live.seat_id)
        await live.let_speak(may=False)
        await other.enforcement.carry_out(live.room_id)
        assert not live.may_speak()

        await live.parts.media.allow(before)
        assert not live.may_speak()
        bot = Bot()
        await bot.connect(lambda sdp_offer: live.parts.media.connect(before, sdp_offer))
        await bot.close()
        assert not live.may_speak()

        await live.let_speak(may=True)
        await live.parts.enforcement.carry_out(live.room_id)
        assert live.may_speak()
