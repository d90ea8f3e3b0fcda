"""The host's word: who is in, what they may publish, whether the door is locked, when the room ends."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import Room, Seat, SeatState
from meetings.rooms.service.rooms import access_room, tell_room, tell_seat
from portal.audit import audit
from portal.errors import NotFound
from portal.permissions import Actor

ALLOWED = "seat.allowed"
"""What a person may publish has changed, for them in particular."""
FREED = "seat.freed"
"""A microphone opened as everybody's did: that asks nobody to speak."""
PERMISSIONS_CHANGED = frozenset({ALLOWED, FREED})


async def decide(
    db: AsyncSession, actor: Actor, room_id: str, seat_id: str, state: SeatState, *, now: datetime
) -> Seat:
    """The host admits, refuses or removes. Raises `NotFound`, `NotTheHost`, `Conflict`."""
    room, seat = await _hosted_seat(db, actor, room_id, seat_id)
    seat.decide(state)
    if room.doors_closed and state is SeatState.ADMITTED:
        seat.inside_since = now
    tell_seat(db, seat, f"seat.{state.value}", ("state",), actor)
    if state is SeatState.REMOVED:
        audit(db, at=now, act="seat.removed", actor_id=actor.account_id, subject_id=seat.id, detail=room_id)
    return seat


async def allow(
    db: AsyncSession,
    actor: Actor,
    room_id: str,
    seat_id: str,
    *,
    microphone: bool | None = None,
    camera: bool | None = None,
    screen: bool | None = None,
) -> Seat:
    """The host says what a person may publish; what is None stays. Raises `NotFound`, `NotTheHost`."""
    _room, seat = await _hosted_seat(db, actor, room_id, seat_id)
    seat.may_microphone = seat.may_microphone if microphone is None else microphone
    seat.may_camera = seat.may_camera if camera is None else camera
    seat.may_screen = seat.may_screen if screen is None else screen
    tell_seat(db, seat, ALLOWED, ("may_microphone", "may_camera", "may_screen"), actor)
    return seat


async def lock(db: AsyncSession, actor: Actor, room_id: str, *, locked: bool) -> Room:
    """Lock or unlock: into a locked room nobody new comes without the host. Raises `NotFound`, `NotTheHost`."""
    room = await access_room(db, room_id)
    room.check_host(actor)
    if room.is_locked != locked:
        room.is_locked = locked
        tell_room(db, room, "room.locked" if locked else "room.unlocked", ("is_locked",), actor.account_id)
    return room


async def close(db: AsyncSession, actor: Actor, room_id: str, *, now: datetime) -> Room:
    """End the room for everybody. Raises `NotFound`, `NotTheHost`, `RoomClosed`."""
    room = await access_room(db, room_id)
    room.check_host(actor)
    room.close(now)
    tell_room(db, room, "room.closed", ("closed_at",), actor.account_id)
    return room


async def _hosted_seat(db: AsyncSession, actor: Actor, room_id: str, seat_id: str) -> tuple[Room, Seat]:
    room = await access_room(db, room_id)
    room.check_host(actor)
    seat = await db.get(Seat, seat_id)
    if seat is None or seat.room_id != room.id:
        raise NotFound
    return room, seat
