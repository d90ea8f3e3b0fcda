"""Seats of people who went without a word, or whose account says that they may not sit there any more."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import Room, Seat, SeatState
from meetings.rooms.service.rooms import tell_seat

UNSEATED = "seat.unseated"
"""Somebody who was in the room is not any more, for a reason that lies with their account."""


class TakenSeat(NamedTuple):
    """A seat in which somebody sits or waits."""

    room_id: str
    seat_id: str


OCCUPIED = (SeatState.ADMITTED, SeatState.WAITING)


async def let_go(db: AsyncSession, seat_id: str) -> Seat | None:
    """A person whose pages are all gone has left, as if they had said so. None when they did not sit there."""
    seat = await db.get(Seat, seat_id)
    if seat is None or seat.state not in OCCUPIED:
        return None
    seat.leave()
    tell_seat(db, seat, f"seat.{seat.state.value}", ("state",), None)
    return seat


async def seats_taken(db: AsyncSession, *, but_of: Collection[str] = ()) -> list[TakenSeat]:
    """Room and seat of everybody who sits or waits in an open room, but of these accounts."""
    query = select(Seat.room_id, Seat.id).join(Room, Room.id == Seat.room_id)
    others = or_(Seat.account_id.is_(None), Seat.account_id.not_in(but_of))
    rows = await db.execute(query.where(Seat.state.in_(OCCUPIED), Room.closed_at.is_(None), others))
    return [TakenSeat(room_id, seat_id) for room_id, seat_id in rows]


async def seats_held_by(db: AsyncSession, account_id: str) -> list[Seat]:
    """The seats in which this person sits now."""
    return list(await db.scalars(select(Seat).filter_by(account_id=account_id, state=SeatState.ADMITTED)))


async def judge_person_anew(db: AsyncSession, account_id: str) -> list[Seat]:
    """The person's roles have changed or their access was taken: nothing that they were let into counts any more.

    Rooms that they host stay theirs; who removed or refused them is not overruled.
    """
    mine = await db.scalars(
        select(Seat).where(
            Seat.account_id == account_id,
            Seat.state.in_([*OCCUPIED, SeatState.LEFT]),
            Seat.room_id.in_(select(Room.id).where(Room.host_id != account_id)),
        )
    )
    judged = list(mine)
    for seat in judged:
        was_seen = seat.state is SeatState.ADMITTED
        seat.judge_anew()
        if was_seen:
            tell_seat(db, seat, UNSEATED, ("state",), None)
    return judged
