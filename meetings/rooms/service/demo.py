"""Rooms for the demo town, and the invented colleagues whom a newcomer meets in the first of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms.model import RoomKind, Seat, SeatState
from meetings.rooms.service.departures import OCCUPIED, let_go
from meetings.rooms.service.rooms import open_room
from meetings.rooms.service.seats import Visitor, enter, leave
from portal.db import Database
from portal.permissions import Actor, Role

_HOST = ("greffe", "Sophie Lemoine", Role.CLERK)
_STAFF = (
    ("maire", "Claire Vasseur", Role.MAYOR),
    ("administration", "Idriss Benali", Role.ADMINISTRATOR),
    ("agente", "Nadia Roussel", Role.AGENT),
    ("moderation", "Paul Nguyen", Role.MODERATOR),
)
"""They have been to the weekly meeting before: it stands on their home page."""

COLLEAGUES = tuple(
    Actor(f"demo-colleague-{number}", name, frozenset({Role.AGENT}), login_id="demo")
    for number, name in enumerate(("Camille Arnaud", "Mehdi Charef", "Solène Le Goff"))
)
"""They have seats and no accounts: nobody can sign in as one of them."""

COLLEAGUE_IDS = frozenset(each.account_id for each in COLLEAGUES)


async def add_demo_room(database: Database, people: Mapping[str, str], now: datetime) -> None:
    """Open the staff room and a committee in the name of the clerk; `people` are ids by mailbox."""
    mailbox, name, role = _HOST
    host = Actor(people[mailbox], name, frozenset({role}), login_id="demo")
    async with database.write() as db:
        room = await open_room(db, host, title="Point hebdomadaire des services", kind=RoomKind.STAFF, now=now)
        await open_room(db, host, title="Commission solidarités", kind=RoomKind.COMMITTEE, now=now)
        staff = [Actor(people[each], name, frozenset({role}), login_id="demo") for each, name, role in _STAFF]
        for visitor in map(Visitor, (*COLLEAGUES, *staff)):
            await enter(db, room.id, visitor, now=now)
            await leave(db, room.id, visitor)


async def room_of_colleagues(db: AsyncSession) -> str | None:
    """The room in which the colleagues have their seats."""
    found: str | None = await db.scalar(select(Seat.room_id).where(Seat.account_id.in_(COLLEAGUE_IDS)).limit(1))
    return found


@dataclass(frozen=True)
class ColleagueSeat:
    """A colleague's seat, and which one of them it is."""

    seat_id: str
    number: int


async def is_anybody_in(db: AsyncSession, room_id: str, seat_ids: set[str]) -> bool:
    """Whether one of these seats is taken by somebody who was let in."""
    taken = select(Seat.id).where(Seat.room_id == room_id, Seat.id.in_(seat_ids), Seat.state == SeatState.ADMITTED)
    return await db.scalar(taken.limit(1)) is not None


async def seat_colleagues(db: AsyncSession, room_id: str, now: datetime) -> list[ColleagueSeat]:
    """Seat those whom the host has not removed. Raises as `enter` does."""
    seats = [(await enter(db, room_id, Visitor(each), now=now))[1] for each in COLLEAGUES]
    return [ColleagueSeat(seat.id, number) for number, seat in enumerate(seats) if seat.state is SeatState.ADMITTED]


async def seat_of_colleague(db: AsyncSession, seat_id: str) -> Seat | None:
    """A seat, if it is a colleague's."""
    seat = await db.get(Seat, seat_id)
    return seat if seat is not None and seat.account_id in COLLEAGUE_IDS else None


async def release_colleagues(db: AsyncSession) -> list[Seat]:
    """They have left; returns the seats in which they sat."""
    ids = await db.scalars(select(Seat.id).where(Seat.account_id.in_(COLLEAGUE_IDS), Seat.state.in_(OCCUPIED)))
    gone = [await let_go(db, seat_id) for seat_id in ids.all()]
    return [seat for seat in gone if seat is not None]
