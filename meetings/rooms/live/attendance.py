"""Who sits in a room follows from whose pages are there and whose accounts still let them.

A page that is gone for the whole grace period has left. After a restart nobody's page is there yet: they are given the
same time to come back. A sign-out ends the person's sound and picture at once; pages that are still signed in connect
again by themselves.
"""

from __future__ import annotations

import asyncio

import structlog

from meetings.rooms import service
from meetings.rooms.demo.company import Company
from meetings.rooms.media import MediaDesk
from meetings.rooms.model import Seat
from meetings.rooms.service.demo import COLLEAGUE_IDS
from meetings.rooms.service.departures import TakenSeat
from portal.accounts.service.administration import PERSON_BANNED, ROLES_CHANGED
from portal.accounts.service.logins import LOGIN_ENDED
from portal.accounts.service.own_data import PERSON_ERASED
from portal.context import Portal
from portal.errors import Conflict
from realtime.presence import Change, State

RETURN_WITHIN_S = 45.0
"""After a restart of the portal: longer than browsers take between two attempts to connect."""

_JUDGED = frozenset({PERSON_BANNED, PERSON_ERASED, ROLES_CHANGED})
_PREFIX = "attendance:"
_AT_ONCE = 100
"""Events read in one go."""

log = structlog.get_logger(__name__)


def attendance_channel(room_id: str) -> str:
    """Where the presence of a room's people is kept, by seat."""
    return f"{_PREFIX}{room_id}"


class Attendance:
    """Lets go of the seats of those who are not there any more."""

    def __init__(self, portal: Portal, media: MediaDesk) -> None:
        """Use the portal's parts and its media worker."""
        self._portal = portal
        self._media = media
        self._company = Company(portal, media, _PREFIX)
        self._sweep: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to wait for those who sat in a room before a restart."""
        await self._company.start()
        async with self._portal.database.read() as db:
            before = await service.seats_taken(db, but_of=COLLEAGUE_IDS)
        if before:
            self._sweep = asyncio.create_task(self._sweep_after_restart(before), name="attendance")

    async def stop(self) -> None:
        """Give up waiting."""
        await self._company.stop()
        if self._sweep is not None:
            self._sweep.cancel()
            await asyncio.gather(self._sweep, return_exceptions=True)

    async def changed(self, change: Change) -> None:
        """A person's last page is gone, or their first one is there.

        Every web worker notices, so that it counts whichever of them lives; one acts.
        """
        await self._company.presence_changed(change)
        if change.standing.state is not State.GONE or not change.channel.startswith(_PREFIX):
            return
        try:
            async with self._portal.database.write() as db:
                seat = await service.let_go(db, change.who)
        except Conflict:
            return  # another worker was faster
        if seat is not None:
            await self._media.unseat(seat.room_id, seat.id)

    async def account_changed(self, stream: str, head: int) -> None:
        """A sign-in ended, or what the person may do has changed."""
        kind, _, person_id = stream.partition(":")
        if kind != "person":
            return
        told = await self._told_by_newest_commit(stream, head)
        if told & _JUDGED:
            await self._unseat(await self._judge(person_id))
        elif LOGIN_ENDED in told:
            async with self._portal.database.read() as db:
                seats = await service.seats_held_by(db, person_id)
            await self._unseat(seats)

    async def _told_by_newest_commit(self, stream: str, head: int) -> set[str]:
        """Kinds of the events that bear the newest time, as those of one commit do, however many they are."""
        told: set[str] = set()
        while head > 0:
            events = await self._portal.log.after(stream, max(0, head - _AT_ONCE), _AT_ONCE)
            newest = [event for event in events if event.number <= head and event.at == events[-1].at]
            told |= {event.kind for event in newest}
            if len(newest) < len(events) or not events:
                break
            head = events[0].number - 1
        return told

    async def _judge(self, person_id: str) -> list[Seat]:
        async with self._portal.database.write() as db:
            hosted = await service.seats_held_by(db, person_id)
            return [*hosted, *await service.judge_person_anew(db, person_id)]

    async def _unseat(self, seats: list[Seat]) -> None:
        for room_id, seat_id in {(seat.room_id, seat.id) for seat in seats}:
            await self._media.unseat(room_id, seat_id)

    async def _sweep_after_restart(self, before: list[TakenSeat]) -> None:
        await asyncio.sleep(RETURN_WITHIN_S)
        # Somebody who came back to another worker is there as well.
        await self._portal.hub.presence.whole()
        present = self._portal.hub.presence.present
        absent = [taken.seat_id for taken in before if taken.seat_id not in present(attendance_channel(taken.room_id))]
        try:
            async with self._portal.database.write() as db:
                gone = [await service.let_go(db, seat_id) for seat_id in absent]
            await self._unseat([seat for seat in gone if seat is not None])
        except Conflict:
            return  # another worker that was started at the same time saw to it
        except Exception:
            log.exception("seats of those who did not come back are still taken")
