"""Carrying out on sound, picture and pages what was decided of a room elsewhere than on its own page."""

from __future__ import annotations

from sqlalchemy import select

from meetings.rooms import service
from meetings.rooms.media import MediaDesk, seat_channel
from meetings.rooms.model import Room, Seat, SeatState
from portal.context import Portal
from portal.events import Event, stream_head

REMOVED = "removed"
"""Why the page of somebody ends whom a host has removed."""

_AT_ONCE = 400
"""Events read in one go: those of one act, which are at most two for each seat."""


class RoomEnforcement:
    """Makes the media workers and the live channel agree with what the newest commit says of a room.

    Only the events of that commit are carried out, so that what a host has changed since by hand is left alone.
    """

    def __init__(self, portal: Portal, media: MediaDesk) -> None:
        """Use the portal's parts and its media workers."""
        self._portal = portal
        self._media = media

    async def carry_out(self, room_id: str) -> None:
        """Enforce the newest commit that concerned the room; doing it again changes nothing."""
        stream = service.stream_of(room_id)
        async with self._portal.database.read() as db:
            head = await stream_head(db, stream)
        events = await self._portal.log.after(stream, max(0, head - _AT_ONCE), _AT_ONCE)
        newest = [event for event in events if event.at == events[-1].at]
        async with self._portal.database.read() as db:
            room = await db.get(Room, room_id)
            ids = {event.subject_id for event in newest}
            seats = {seat.id: seat for seat in await db.scalars(select(Seat).where(Seat.id.in_(ids)))}
        if room is not None and room.closed_at is not None:
            await self._media.close_room(room_id)
            return
        for event in newest:
            await self._carry_out(event, seats.get(event.subject_id))

    async def _carry_out(self, event: Event, seat: Seat | None) -> None:
        if seat is None:
            return
        if event.kind == "seat.allowed" and seat.state is SeatState.ADMITTED:
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
