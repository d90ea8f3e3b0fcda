"""Seats: coming in or waiting, one's own hand, leaving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import LOBBY, SEATS, NotAdmitted, Room, RoomClosed, RoomFull, Seat, SeatState, clean_name
from meetings.rooms.service.rooms import ENTER_ROOM, access_room, tell_seat
from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.ids import new_id
from portal.permissions import Actor, require


@dataclass(frozen=True)
class Visitor:
    """Who stands at a room's door: a signed-in person, or a guest known by their browser's visit."""

    actor: Actor | None
    guest_key: str | None = None
    """SHA-256 of the visit cookie: the same browser comes back to the same seat."""
    guest_name: str | None = None
    guest_agrees: bool = False
    """A guest's consent to be seen and heard; it is asked before their seat is made."""


async def access_seat(db: AsyncSession, room_id: str, visitor: Visitor) -> Seat | None:
    """The seat that this person holds in a room, if they ever came."""
    if visitor.actor is not None:
        mine = select(Seat).filter_by(room_id=room_id, account_id=visitor.actor.account_id)
    elif visitor.guest_key:
        mine = select(Seat).filter_by(room_id=room_id, guest_digest=visitor.guest_key)
    else:
        return None
    # As it is now: in `enter` it is asked for again once the room is locked.
    seat: Seat | None = await db.scalar(mine, execution_options={"populate_existing": True})
    return seat


async def access_admitted(db: AsyncSession, room_id: str, visitor: Visitor) -> tuple[Room, Seat]:
    """Room and seat of somebody who is in it. Raises `NotFound`, `RoomClosed`, `NotAdmitted`."""
    room = await access_room(db, room_id)
    if room.closed_at is not None:
        raise RoomClosed
    seat = await access_seat(db, room_id, visitor)
    if seat is None or seat.state is not SeatState.ADMITTED:
        raise NotAdmitted
    return room, seat


async def enter(db: AsyncSession, room_id: str, visitor: Visitor, *, now: datetime) -> tuple[Room, Seat]:
    """Come in, or wait: the seat's state says which. Raises `NotFound`, `RoomClosed`, `RoomFull`, `InvalidInput`."""
    require(visitor.actor, ENTER_ROOM)
    room = await access_room(db, room_id)
    seat = await access_seat(db, room_id, visitor)
    if seat is not None and seat.state is room.entry_of(visitor.actor, seat):
        return room, seat
    # One after the other: two who come at once are not both the last to fit in, nor one person twice.
    room = await access_room(db, room_id, lock=True)
    seat = await access_seat(db, room_id, visitor)
    state = room.entry_of(visitor.actor, seat)
    if seat is not None and seat.state is state:
        return room, seat
    await _check_space(db, room, visitor, state)
    if seat is None:
        seat = _new_seat(db, room, visitor, state, now)
    seat.state = state
    kind = "seat.entered" if state is SeatState.ADMITTED else "seat.waiting"
    tell_seat(db, seat, kind, ("state",), visitor.actor)
    return room, seat


async def _check_space(db: AsyncSession, room: Room, visitor: Visitor, state: SeatState) -> None:
    if room.is_hosted_by(visitor.actor):
        return
    alike = await db.scalar(select(func.count()).where(Seat.room_id == room.id, Seat.state == state)) or 0
    if alike >= (LOBBY if state is SeatState.WAITING else SEATS):
        raise RoomFull


def _new_seat(db: AsyncSession, room: Room, visitor: Visitor, state: SeatState, now: datetime) -> Seat:
    if visitor.actor is None and not visitor.guest_key:
        raise InvalidInput(fields={"guest_name": lazy("Please give the name by which the others know you.")})
    if visitor.actor is None and not visitor.guest_agrees:
        raise InvalidInput(fields={"agree": lazy("Please agree to be seen and heard before you ask to come in.")})
    seat = Seat(
        id=new_id(),
        room_id=room.id,
        account_id=visitor.actor.account_id if visitor.actor else None,
        guest_digest=None if visitor.actor else visitor.guest_key,
        name=visitor.actor.name if visitor.actor else clean_name(visitor.guest_name or ""),
        state=state,
        created_at=now,
    )
    db.add(seat)
    return seat


async def leave(db: AsyncSession, room_id: str, visitor: Visitor) -> Seat | None:
    """Go. Leaving a room one is not in is no error."""
    seat = await access_seat(db, room_id, visitor)
    if seat is None or seat.state not in {SeatState.ADMITTED, SeatState.WAITING}:
        return None
    seat.leave()
    tell_seat(db, seat, f"seat.{seat.state.value}", ("state",), visitor.actor)
    return seat


async def raise_hand(db: AsyncSession, room_id: str, visitor: Visitor, *, up: bool, now: datetime) -> Seat:
    """Raise or lower one's own hand. Raises `NotAdmitted`."""
    _room, seat = await access_admitted(db, room_id, visitor)
    seat.raise_hand(up=up, now=now)
    tell_seat(db, seat, "seat.hand_raised" if up else "seat.hand_lowered", ("hand_raised_at",), visitor.actor)
    return seat


async def seats_of(db: AsyncSession, room_id: str, *states: SeatState) -> list[Seat]:
    """Seats of a room in these states, in order of their making: the order in which tiles stand."""
    wanted = states or (SeatState.ADMITTED, SeatState.WAITING)
    found = await db.scalars(
        select(Seat).where(Seat.room_id == room_id, Seat.state.in_(wanted)).order_by(Seat.created_at, Seat.id)
    )
    return list(found)
