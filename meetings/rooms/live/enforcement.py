"""Carrying out on sound, picture and pages what was decided of a room elsewhere than on its own page."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from sqlalchemy import select

from meetings.rooms import service
from meetings.rooms.media import MediaDesk, seat_channel
from meetings.rooms.model import Room, Seat, SeatState
from portal.context import Portal
from portal.events import stream_head

REMOVED = "removed"
"""Why the page of somebody ends whom a host has removed."""

_AT_ONCE = 400
"""Events read in one go: a room's newest, far more than one act's, which are at most two for each seat."""


class RoomEnforcement:
    """Makes the media workers and the live channel agree with what commits say of a room.

    What is enforced is how each seat stands now, so that what a host has changed since by hand is left alone.
    """

    def __init__(self, portal: Portal, media: MediaDesk) -> None:
        """Use the portal's parts and its media workers."""
        self._portal = portal
        self._media = media
        self._carried_out: dict[str, int] = {}
        """The last event of each open room that was enforced: another commit may follow before one is."""
        self._turns: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        """One at a time in each open room, or what a seat was allowed a moment ago could be told last."""

    async def carry_out(self, room_id: str) -> None:
        """Enforce what has happened in the room since the last time; doing it again changes nothing.

        Raises `MediaUnavailable`; the same is then enforced the next time.
        """
        async with self._turns[room_id]:
            is_open = await self._catch_up(room_id)
        if not is_open:
            self._carried_out.pop(room_id, None)
            self._turns.pop(room_id, None)

    async def _catch_up(self, room_id: str) -> bool:
        stream = service.stream_of(room_id)
        async with self._portal.database.read() as db:
            head = await stream_head(db, stream)
        since = self._carried_out.get(room_id, 0)
        if head <= since:
            return True
        events = await self._portal.log.after(stream, max(since, head - _AT_ONCE), _AT_ONCE)
        async with self._portal.database.read() as db:
            room = await db.get(Room, room_id)
            ids = {event.subject_id for event in events}
            seats = {seat.id: seat for seat in await db.scalars(select(Seat).where(Seat.id.in_(ids)))}
        if room is not None and room.closed_at is not None:
            await self._media.close_room(room_id)
            return False
        for kind, seat_id in dict.fromkeys((event.kind, event.subject_id) for event in events):
            await self._carry_out(kind, seats.get(seat_id))
        if events:
            self._carried_out[room_id] = events[-1].number
        return True

    async def _carry_out(self, kind: str, seat: Seat | None) -> None:
        if seat is None:
            return
        if kind in service.PERMISSIONS_CHANGED and seat.state is SeatState.ADMITTED:
            await self._media.allow(seat)
        elif seat.state is SeatState.REMOVED:
            await self.put_out(seat)

    async def put_out(self, seat: Seat) -> None:
        """End a removed person's sound, picture, chat and page of the room at once; their other pages stay."""
        await self._media.unseat(seat.room_id, seat.id)
        who = seat.account_id or seat.guest_digest
        if who is not None:
            await self._portal.hub.unfollow(who, service.stream_of(seat.room_id))
        await self._portal.hub.close_channel(seat_channel(seat.id), REMOVED)

    async def refresh(self, room_id: str, seat_id: str) -> None:
        """Tell the worker once more what a seat may publish: its connection may bear a grant of a moment ago."""
        async with self._portal.database.read() as db:
            seat = await db.get(Seat, seat_id)
        if seat is not None and seat.room_id == room_id:
            await self._media.allow(seat)
