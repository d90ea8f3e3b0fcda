"""Keeps newcomers company: while somebody is in the demo room, so are the colleagues, in a process of their own.

Their seats are seats like any other; their process lives as long as we hold its input open, and not a moment longer.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import sys
from typing import TextIO

import structlog

from meetings.rooms.media import MediaDesk, MediaUnavailable
from meetings.rooms.model import RoomClosed, RoomFull
from meetings.rooms.service import demo
from portal.context import Portal
from realtime.presence import Change

log = structlog.get_logger(__name__)

GRACE_S = 10.0
"""They stay this long after the last one has gone: whoever loads the page again finds them there."""
PATIENCE_S = 10.0
"""How long their process may take to end before it is killed."""
RETURN_WITHIN_S = 45.0
"""After a restart, for people who were in the room: as `meetings.rooms.live.attendance` has it."""
PAUSE_S = 5.0
"""Before a process that ended by itself is started again."""


class Company:
    """Owns the one task and the one process. Does nothing in a town that is not invented."""

    def __init__(self, portal: Portal, media: MediaDesk, channel_prefix: str) -> None:
        """`channel_prefix` and a room's id name the channel in which its people are present."""
        self._portal = portal
        self._media = media
        self._prefix = channel_prefix
        self._room_id: str | None = None
        self._task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Find the demo room and begin to watch who is there."""
        if not self._portal.settings.demo:
            return
        async with self._portal.database.read() as db:
            self._room_id = await demo.room_of_colleagues(db)
        if self._room_id is not None:
            self._media.on_connected(self._allow)
            self._task = asyncio.create_task(self._attend(self._room_id), name="demo company")

    async def stop(self) -> None:
        """Send them home."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def presence_changed(self, change: Change) -> None:
        """Somebody came to a room or is gone."""
        if change.channel == f"{self._prefix}{self._room_id}":
            self._changed.set()

    async def _allow(self, room_id: str, seat_id: str) -> None:
        """Let a colleague who has just sat down, perhaps at another worker, publish what the host allows."""
        if room_id != self._room_id:
            return
        async with self._portal.database.read() as db:
            seat = await demo.seat_of_colleague(db, seat_id)
        if seat is not None:
            with contextlib.suppress(MediaUnavailable):  # they sit down again, and this is asked again
                await self._media.allow(seat)

    async def _attend(self, room_id: str) -> None:
        with (self._portal.settings.data / "demo-company.lock").open("a") as file:
            # One of several web workers sees to it; when it dies, another one.
            while not _is_ours(file):  # noqa: ASYNC110 - a lock of the system tells no event
                await asyncio.sleep(PAUSE_S)
            await self._welcome_back(room_id)
            await self._attend_alone(room_id)

    async def _welcome_back(self, room_id: str) -> None:
        """After a restart the colleagues' seats may still be taken: until people are back, or do not come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(RETURN_WITHIN_S):
                while not await self._is_anybody_in(room_id):
                    await self._next_change()
                return
        await self._send_home()

    async def _attend_alone(self, room_id: str) -> None:
        while True:
            while not await self._is_anybody_in(room_id):
                await self._next_change()
            try:
                await self._keep_company(room_id)
            except (RoomClosed, RoomFull):
                await self._next_change()
            except Exception:
                log.exception("the demo room stays empty")
                await asyncio.sleep(PAUSE_S)

    async def _next_change(self) -> None:
        await self._changed.wait()
        self._changed.clear()

    async def _is_anybody_in(self, room_id: str) -> bool:
        present = set(self._portal.hub.presence.present(f"{self._prefix}{room_id}"))
        if not present:
            return False
        async with self._portal.database.read() as db:
            return await demo.is_anybody_in(db, room_id, present)

    async def _keep_company(self, room_id: str) -> None:
        """From the first one's coming until all have been gone for a while."""
        async with self._portal.database.write() as db:
            seats = await demo.seat_colleagues(db, room_id, self._portal.clock())
        try:
            if seats:
                await self._run(room_id, seats)
            else:
                await self._until_deserted(room_id)
        finally:
            await asyncio.shield(self._send_home())

    async def _send_home(self) -> None:
        async with self._portal.database.write() as db:
            gone = await demo.release_colleagues(db)
        for seat in gone:
            await self._media.unseat(seat.room_id, seat.id)

    async def _run(self, room_id: str, seats: list[demo.ColleagueSeat]) -> None:
        settings = self._portal.settings
        invited = {
            "control": settings.media_control,
            "secret": settings.media_secret,
            "room_id": room_id,
            "seats": [(seat.seat_id, seat.number) for seat in seats],
        }
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "meetings.rooms.demo", stdin=asyncio.subprocess.PIPE
        )
        deserted = asyncio.create_task(self._until_deserted(room_id), name="demo company waits")
        ended = asyncio.create_task(process.wait(), name="demo company ends")
        try:
            await _tell(process, json.dumps(invited))
            await asyncio.wait([deserted, ended], return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                # All were removed, or something went wrong: no one comes in a hurry.
                log.info("demo company has ended by itself", exit_code=process.returncode)
                await asyncio.sleep(PAUSE_S)
        finally:
            deserted.cancel()
            await asyncio.shield(_end(process, ended))

    async def _until_deserted(self, room_id: str) -> None:
        while True:
            while await self._is_anybody_in(room_id):
                await self._next_change()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(GRACE_S):
                    await self._next_change()
                    continue
            return


def _is_ours(file: TextIO) -> bool:
    """Take the lock if nobody has it."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


async def _tell(process: asyncio.subprocess.Process, line: str) -> None:
    if process.stdin is not None:
        with contextlib.suppress(ConnectionError):
            process.stdin.write(line.encode() + b"\n")
            await process.stdin.drain()


async def _end(process: asyncio.subprocess.Process, ended: asyncio.Task[int]) -> None:
    """Close the input, which ends the process, and see to it that it has ended."""
    if process.stdin is not None:
        process.stdin.close()
    _done, late = await asyncio.wait([ended], timeout=PATIENCE_S)
    if late:
        process.kill()
        await ended
