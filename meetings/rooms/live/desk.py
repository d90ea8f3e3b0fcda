"""What rooms answer on the live channel: coming in, sound and picture, hands, chat, the host's word."""

from __future__ import annotations

from collections.abc import Mapping

from meetings.rooms import service
from meetings.rooms.live.attendance import attendance_channel
from meetings.rooms.live.enforcement import RoomEnforcement
from meetings.rooms.live.views import room_view
from meetings.rooms.live.visitors import visitor_of
from meetings.rooms.media import ALL_ROOMS, MediaDesk, room_channel, seat_channel
from meetings.rooms.messages import (
    ChatWrite,
    HandRaise,
    RoomClose,
    RoomConnect,
    RoomEndSource,
    RoomEnter,
    RoomLeave,
    RoomLock,
    RoomRestartIce,
    RoomWatch,
    SeatAllow,
    SeatDecide,
    SeatTaken,
)
from meetings.rooms.model import Seat, SeatState
from meetings.rooms.service.departures import OCCUPIED
from meetings.sfu import Wanted
from portal.commands import once
from portal.context import Portal
from portal.live import actor_of
from realtime.messages import Json
from realtime.sources import Connection


class RoomDesk:
    """Answers the messages of rooms; one for the portal."""

    def __init__(self, portal: Portal, media: MediaDesk, enforcement: RoomEnforcement) -> None:
        """Use the portal's parts and its media worker."""
        self._portal = portal
        self._media = media
        self._enforcement = enforcement

    async def enter(self, connection: Connection, message: RoomEnter) -> Mapping[str, Json]:
        """Seat or queue the person; the answer is all that the page needs to draw the room."""
        visitor = visitor_of(connection, message.guest_name, agrees=message.agrees)
        async with self._portal.database.write() as db:
            room, seat = await service.enter(db, message.room_id, visitor, now=self._portal.clock())
        if seat.state in OCCUPIED:
            await self._portal.hub.presence.arrive(connection, attendance_channel(room.id), seat.id)
        if seat.state is SeatState.ADMITTED:
            await self._portal.hub.send(SeatTaken(room.id, message.page_id), channel=seat_channel(seat.id))
            self._attend(connection, seat)
        async with self._portal.database.read() as db:
            view = await room_view(db, room, seat, visitor.actor)
        return {**view, "media": await self._media.view(seat)} if seat.state is SeatState.ADMITTED else view

    async def connect(self, connection: Connection, message: RoomConnect) -> Mapping[str, Json]:
        """Give this connection the seat's sound and picture; an older page of the same seat loses them."""
        seat = await self._admitted(connection, message.room_id)
        self._attend(connection, seat)
        return {"sdp_answer": await self._media.connect(seat, message.sdp_offer), "seat_id": seat.id}

    async def restart_ice(self, connection: Connection, message: RoomRestartIce) -> Mapping[str, Json]:
        """Renew the path."""
        seat = await self._admitted(connection, message.room_id)
        return {"sdp_answer": await self._media.restart_ice(seat, message.sdp_offer)}

    async def watch(self, connection: Connection, message: RoomWatch) -> None:
        """Hand the layout to the worker."""
        seat = await self._admitted(connection, message.room_id)
        wanted = Wanted(message.large, message.small, message.screen, message.large_height, message.small_height)
        await self._media.watch(seat, wanted)

    async def end_source(self, connection: Connection, message: RoomEndSource) -> None:
        """Tell the worker, so that the others see at once that a picture or a voice has ended."""
        seat = await self._admitted(connection, message.room_id)
        await self._media.end_source(seat, message.source)

    async def leave(self, connection: Connection, message: RoomLeave) -> None:
        """Free the seat's sound and picture, then say that the person left."""
        async with self._portal.database.write() as db:
            seat = await service.leave(db, message.room_id, visitor_of(connection))
        self._portal.hub.leave(connection.sid, room_channel(message.room_id))
        if connection.principal is not None:
            # Whoever has left hears nothing more of the room, on none of their pages.
            await self._portal.hub.unfollow(connection.principal.id, service.stream_of(message.room_id))
        if seat is not None:
            self._portal.hub.leave(connection.sid, seat_channel(seat.id))
            await self._portal.hub.presence.depart(connection, attendance_channel(seat.room_id), seat.id)
            await self._media.unseat(message.room_id, seat.id)

    async def raise_hand(self, connection: Connection, message: HandRaise) -> None:
        """Raise or lower."""
        async with self._portal.database.write() as db:
            visitor = visitor_of(connection)
            await service.raise_hand(db, message.room_id, visitor, up=message.up, now=self._portal.clock())

    async def write(self, connection: Connection, message: ChatWrite) -> Mapping[str, Json]:
        """Write the line once, however often it is sent."""
        visitor = visitor_of(connection)
        now = self._portal.clock()
        async with self._portal.database.write() as db:
            _room, seat = await service.access_admitted(db, message.room_id, visitor)

            async def do() -> dict[str, str | int | bool | None]:
                line = await service.write(db, message.room_id, visitor, text=message.text, now=now)
                return {"message_id": line.id}

            asked = f"{ChatWrite.name} {message.text}"
            return await once(db, actor_id=seat.id, command_id=message.command_id, asked=asked, at=now, do=do)

    async def decide(self, connection: Connection, message: SeatDecide) -> None:
        """Carry out the host's word; who is out loses sound, picture and chat at once, and keeps their other pages."""
        state = SeatState(message.decision)
        async with self._portal.database.write() as db:
            seat = await service.decide(
                db, actor_of(connection), message.room_id, message.seat_id, state, now=self._portal.clock()
            )
        if state is SeatState.REMOVED:
            await self._enforcement.put_out(seat)

    async def allow(self, connection: Connection, message: SeatAllow) -> None:
        """Write it down, then have the worker enforce it."""
        async with self._portal.database.write() as db:
            seat = await service.allow(
                db,
                actor_of(connection),
                message.room_id,
                message.seat_id,
                microphone=message.microphone,
                camera=message.camera,
                screen=message.screen,
            )
        await self._media.allow(seat)

    async def lock(self, connection: Connection, message: RoomLock) -> None:
        """Lock or unlock."""
        async with self._portal.database.write() as db:
            await service.lock(db, actor_of(connection), message.room_id, locked=message.locked)

    async def close(self, connection: Connection, message: RoomClose) -> None:
        """End the room and everybody's sound and picture."""
        async with self._portal.database.write() as db:
            await service.close(db, actor_of(connection), message.room_id, now=self._portal.clock())
        await self._media.close_room(message.room_id)

    def _attend(self, connection: Connection, seat: Seat) -> None:
        """Let the connection hear of the seat's media; a socket that came back attends anew."""
        for channel in (ALL_ROOMS, room_channel(seat.room_id), seat_channel(seat.id)):
            self._portal.hub.enter(connection.sid, channel)

    async def _admitted(self, connection: Connection, room_id: str) -> Seat:
        async with self._portal.database.read() as db:
            _room, seat = await service.access_admitted(db, room_id, visitor_of(connection))
            return seat
