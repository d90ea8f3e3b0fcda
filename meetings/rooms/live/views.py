"""Rooms, seats and chat lines as pages read them."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms import service
from meetings.rooms.model import ChatMessage, Room, Seat, SeatState
from portal.events import stream_head
from portal.permissions import Actor
from realtime.messages import Json


async def room_view(db: AsyncSession, room: Room, own: Seat, actor: Actor | None) -> dict[str, Json]:
    """The room as this person may see it, with the number from which its stream goes on."""
    is_host = room.is_hosted_by(actor)
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
    lines = await service.chat_of(db, room.id, room.inside_since(actor, own))
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


def departed_view(seat: Seat) -> dict[str, Json]:
    """All that the others learn of somebody whose seat they do not see any more: that nobody sits there."""
    return {"id": seat.id, "state": SeatState.LEFT.value, "version": seat.version}


def chat_view(line: ChatMessage, name: str) -> dict[str, Json]:
    """A chat line."""
    return {"id": line.id, "seat_id": line.seat_id, "name": name, "at": line.at.isoformat(), "text": line.text}
