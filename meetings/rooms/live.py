"""Rooms on the live channel: coming in, sound and picture, hands, chat, the host's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from quart import Quart
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms import service
from meetings.rooms.media import ALL_ROOMS, MediaDesk, room_channel, seat_channel
from meetings.rooms.messages import (
    ChatWrite,
    HandRaise,
    RoomClose,
    RoomConnect,
    RoomEnter,
    RoomLeave,
    RoomLock,
    RoomRestartIce,
    RoomWatch,
    SeatAllow,
    SeatDecide,
)
from meetings.rooms.model import ChatMessage, Room, Seat, SeatState
from meetings.rooms.service import Visitor
from meetings.sfu import Wanted
from portal.commands import once
from portal.context import Portal
from portal.events import Event, stream_head
from portal.live import actor_of
from portal.permissions import Actor, Guest
from realtime.messages import Json
from realtime.sources import Connection

HIDDEN = frozenset({SeatState.WAITING, SeatState.REFUSED})
"""Who stands in the lobby is the host's affair; the others in the room are not told."""


class RoomDesk:
    """Answers the messages of rooms; one for the portal."""

    def __init__(self, portal: Portal, media: MediaDesk) -> None:
        """Use the portal's parts and its media worker."""
        self._portal = portal
        self._media = media

    async def enter(self, connection: Connection, message: RoomEnter) -> Mapping[str, Json]:
        """Seat or queue the person; the answer is all that the page needs to draw the room."""
        visitor = visitor_of(connection, message.guest_name)
        async with self._portal.database.write() as db:
            room, seat = await service.enter(db, message.room_id, visitor, now=self._portal.clock())
        async with self._portal.database.read() as db:
            view = await room_view(db, room, seat, is_host=room.is_hosted_by(visitor.actor))
        if seat.state is not SeatState.ADMITTED:
            return view
        self._attend(connection, seat)
        return {**view, "media": self._media.view(seat)}

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
        await self._media.watch(seat, Wanted(large=message.large, small=message.small, screen=message.screen))

    async def leave(self, connection: Connection, message: RoomLeave) -> None:
        """Free the seat's sound and picture, then say that the person left."""
        async with self._portal.database.write() as db:
            seat = await service.leave(db, message.room_id, visitor_of(connection))
        self._portal.hub.leave(connection.sid, room_channel(message.room_id))
        if seat is not None:
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

            return await once(db, actor_id=seat.id, command_id=message.command_id, kind=ChatWrite.name, at=now, do=do)

    async def decide(self, connection: Connection, message: SeatDecide) -> None:
        """Carry out the host's word; who is out loses sound, picture and sockets at once."""
        state = SeatState(message.decision)
        async with self._portal.database.write() as db:
            seat = await service.decide(
                db, actor_of(connection), message.room_id, message.seat_id, state, now=self._portal.clock()
            )
        if state is SeatState.REMOVED:
            await self._media.unseat(seat.room_id, seat.id)
            await self._portal.hub.close_principal(seat.account_id or seat.guest_digest or seat.id)

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


class RoomStream:
    """The stream ``room:<id>``: the host reads all of it, those inside what concerns them, the lobby its own fate."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """``host``, ``participants``, ``seat.<id>`` for somebody in the lobby; strangers are refused."""
        visitor = visitor_of(connection)
        room = await db.get(Room, key)
        seat = await service.access_seat(db, key, visitor) if room else None
        if room is None or seat is None or seat.state is SeatState.REMOVED:
            return None
        if seat.state is not SeatState.ADMITTED:
            return f"seat.{seat.id}"
        return "host" if room.is_hosted_by(visitor.actor) else "participants"

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """Seats, chat lines and the room as they stand now, by the event that told of them."""
        ids = {event.subject_id for event in events}
        seats = {seat.id: seat for seat in await db.scalars(select(Seat).where(Seat.id.in_(ids)))}
        room = await db.get_one(Room, key)
        if audience.startswith("seat."):
            own = audience.removeprefix("seat.")
            seen = {own: {"seat": {"id": own, "state": seats[own].state.value}}} if own in seats else {}
            return {event.number: seen[event.subject_id] for event in events if event.subject_id in seen}
        lines = await db.execute(
            select(ChatMessage, Seat.name).join(Seat, Seat.id == ChatMessage.seat_id).where(ChatMessage.id.in_(ids))
        )
        bodies: dict[str, Mapping[str, Json]] = {line.id: {"chat": chat_view(line, name)} for line, name in lines}
        bodies[room.id] = {"room": door_view(room)}
        for seat in seats.values():
            if audience == "host" or seat.state not in HIDDEN:
                bodies[seat.id] = {"seat": seat_view(seat, room)}
        return {event.number: bodies[event.subject_id] for event in events if event.subject_id in bodies}


async def room_view(db: AsyncSession, room: Room, own: Seat, *, is_host: bool) -> dict[str, Json]:
    """The room as this person may see it, with the number from which its stream goes on."""
    view: dict[str, Json] = {
        "room": door_view(room),
        "seat": {"id": own.id, "state": own.state.value},
        "is_host": is_host,
        "stream": service.stream_of(room.id),
        "head": await stream_head(db, service.stream_of(room.id)),
    }
    if own.state is not SeatState.ADMITTED:
        return view
    states = (SeatState.ADMITTED, SeatState.WAITING) if is_host else (SeatState.ADMITTED,)
    seats = await service.seats_of(db, room.id, *states)
    lines = await service.chat_of(db, room.id)
    return {
        **view,
        "seats": [seat_view(seat, room) for seat in seats],
        "chat": [chat_view(line, name) for line, name in lines],
    }


def door_view(room: Room) -> dict[str, Json]:
    """What anybody at the door may know of a room."""
    return {
        "id": room.id,
        "title": room.title,
        "is_locked": room.is_locked,
        "is_closed": room.closed_at is not None,
        "version": room.version,
    }


def seat_view(seat: Seat, room: Room) -> dict[str, Json]:
    """A person in the room, as the others see them."""
    return {
        "id": seat.id,
        "name": seat.name,
        "state": seat.state.value,
        "is_host": seat.account_id is not None and seat.account_id == room.host_id,
        "is_guest": seat.account_id is None,
        "hand_raised_at": seat.hand_raised_at.isoformat() if seat.hand_raised_at else None,
        "may": {"microphone": seat.may_microphone, "camera": seat.may_camera, "screen": seat.may_screen},
        "version": seat.version,
    }


def chat_view(line: ChatMessage, name: str) -> dict[str, Json]:
    """A chat line."""
    return {"id": line.id, "seat_id": line.seat_id, "name": name, "at": line.at.isoformat(), "text": line.text}


def visitor_of(connection: Connection, guest_name: str | None = None) -> Visitor:
    """Who is at the other end, as rooms know people."""
    match connection.principal:
        case Actor() as actor:
            return Visitor(actor)
        case Guest(key):
            return Visitor(None, key, guest_name)
        case _:
            return Visitor(None)


def register(app: Quart, portal: Portal) -> None:
    """Let rooms answer their messages and own their streams."""
    del app
    media = MediaDesk(portal.settings, portal.hub, portal.clock)
    desk = RoomDesk(portal, media)
    portal.streams.add("room", RoomStream())
    portal.hub.on(RoomEnter, desk.enter)
    portal.hub.on(RoomConnect, desk.connect)
    portal.hub.on(RoomRestartIce, desk.restart_ice)
    portal.hub.on(RoomWatch, desk.watch)
    portal.hub.on(RoomLeave, desk.leave)
    portal.hub.on(HandRaise, desk.raise_hand)
    portal.hub.on(ChatWrite, desk.write)
    portal.hub.on(SeatDecide, desk.decide)
    portal.hub.on(SeatAllow, desk.allow)
    portal.hub.on(RoomLock, desk.lock)
    portal.hub.on(RoomClose, desk.close)
    portal.start.append(media.start)
    portal.stop.append(media.stop)
