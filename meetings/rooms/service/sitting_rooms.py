"""The room of a sitting: its members' seats come from the roll, and what they may publish from the debate."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import NAME_LENGTH, TITLE_LENGTH, Room, RoomKind, Seat, SeatState
from meetings.rooms.service.departures import UNSEATED
from meetings.rooms.service.moderation import ALLOWED, FREED
from meetings.rooms.service.rooms import access_room, tell_room, tell_seat
from meetings.rooms.service.seats import seats_of
from portal.audit import audit
from portal.ids import new_id

_ALL = tuple(SeatState)


async def open_sitting_room(
    db: AsyncSession, *, title: str, host_id: str, members: Mapping[str, str], now: datetime
) -> Room:
    """A room with a seat for each of these people, by account with their name; nobody else comes in unasked.

    Members take their seats by the link alone, whether or not the room is locked.
    """
    room = Room(id=new_id(), title=title[:TITLE_LENGTH], kind=RoomKind.SITTING, host_id=host_id, created_at=now)
    db.add(room)
    await db.flush()
    for account_id, name in members.items():
        db.add(
            Seat(
                id=new_id(),
                room_id=room.id,
                account_id=account_id,
                name=name[:NAME_LENGTH],
                state=SeatState.LEFT,
                created_at=now,
                inside_since=now,
            )
        )
    tell_room(db, room, "room.opened", ("title", "kind"), host_id)
    return room


async def hand_over(db: AsyncSession, room_id: str, host_id: str) -> None:
    """Another person presides: the room is theirs to run, and its door never closed to them."""
    room = await access_room(db, room_id, lock=True)
    if room.host_id != host_id:
        room.host_id = host_id
        tell_room(db, room, "room.handed_over", ("host_id",), host_id)


async def end_sitting_room(db: AsyncSession, room_id: str, now: datetime) -> None:
    """The sitting is over, and so is its room; nothing if it has ended."""
    room = await access_room(db, room_id, lock=True)
    if room.closed_at is None:
        room.close(now)
        tell_room(db, room, "room.closed", ("closed_at",), room.host_id)


async def shut_out(db: AsyncSession, room_id: str, staying: Collection[str], *, by: str, now: datetime) -> None:
    """Close the doors: only these accounts stay, and nobody who was in before comes back by themselves.

    What is written from now on is read by those inside alone, also afterwards.
    """
    room = await access_room(db, room_id, lock=True)
    room.is_locked = room.doors_closed = True
    tell_room(db, room, "room.locked", ("is_locked",), by)
    for seat in await seats_of(db, room_id, *_ALL):
        if seat.account_id is not None and seat.account_id in staying:
            continue
        if seat.state is SeatState.ADMITTED:
            seat.decide(SeatState.REMOVED)
            tell_seat(db, seat, "seat.removed", ("state",), None)
            audit(db, at=now, act="seat.removed", actor_id=by, subject_id=seat.id, detail=room_id)
        elif seat.state is SeatState.LEFT:
            seat.judge_anew()
            tell_seat(db, seat, UNSEATED, ("state",), None)


async def unlock(db: AsyncSession, room_id: str, by: str) -> None:
    """Open the doors: who was shut out waits in the lobby like everybody else."""
    room = await access_room(db, room_id, lock=True)
    room.is_locked = room.doors_closed = False
    tell_room(db, room, "room.unlocked", ("is_locked",), by)
    for seat in await seats_of(db, room_id, SeatState.REMOVED):
        seat.state = SeatState.WITHDRAWN
        tell_seat(db, seat, UNSEATED, ("state",), None)


async def allow_microphones(
    db: AsyncSession, room_id: str, speaking: Collection[str], silent: Collection[str], *, to_all: bool = False
) -> None:
    """Open the microphones of some accounts and close those of others; everybody else's stays as it is.

    `to_all` says that they open because nobody has the floor: then nobody in particular is asked to speak.
    """
    for seat in await seats_of(db, room_id, *_ALL):
        if seat.account_id in speaking or seat.account_id in silent:
            may = seat.account_id in speaking
            if seat.may_microphone is not may:
                seat.may_microphone = may
                tell_seat(db, seat, FREED if to_all and may else ALLOWED, ("may_microphone",), None)
