"""People who come at the same moment, on both databases: nobody too many, nobody twice; and who is forgotten when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from meetings.rooms import service
from meetings.rooms.model import LOBBY, ChatMessage, RoomFull, RoomKind, Seat, SeatState
from meetings.rooms.service import Visitor
from meetings.rooms.service.own_data import NOBODY
from meetings.rooms.service.retention import CHAT_KEPT, GUESTS_KEPT, forget_chat, forget_guests
from portal.db import Base, Database, digest
from portal.events import EventLog
from portal.permissions import Actor, Role
from tests.clock import FixedClock

AGATHE = Actor("id-of-Agathe", "Agathe", frozenset({Role.CLERK}), "login")
BILAL = Actor("id-of-Bilal", "Bilal", frozenset({Role.COUNCILLOR}), "login")


@pytest.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    EventLog(database, clock)
    yield database
    await database.close()


@pytest.fixture
async def room_id(database: Database, clock: FixedClock) -> str:
    async with database.write() as db:
        room = await service.open_room(db, AGATHE, title="Budget 2027", kind=RoomKind.COMMITTEE, now=clock())
        await service.enter(db, room.id, Visitor(AGATHE), now=clock())
    return room.id


def a_guest(number: int) -> Visitor:
    return Visitor(None, digest(f"visit {number}"), f"Guest {number}", guest_agrees=True)


async def enter(database: Database, room_id: str, visitor: Visitor, clock: FixedClock) -> Seat | None:
    """Come in at the door; None where it is full."""
    try:
        async with database.write() as db:
            return (await service.enter(db, room_id, visitor, now=clock()))[1]
    except RoomFull:
        return None


async def test_guests_who_come_at_once_are_not_more_than_the_lobby_holds(
    database: Database, room_id: str, clock: FixedClock
) -> None:
    for number in range(LOBBY - 1):
        await enter(database, room_id, a_guest(number), clock)

    came = await asyncio.gather(
        *(enter(database, room_id, a_guest(number), clock) for number in range(LOBBY, LOBBY + 5))
    )

    assert sum(seat is not None for seat in came) == 1
    async with database.read() as db:
        assert await db.scalar(select(func.count()).where(Seat.state == SeatState.WAITING)) == LOBBY


@pytest.mark.parametrize("visitor", [Visitor(BILAL), a_guest(1)], ids=["account", "guest"])
async def test_person_who_comes_in_with_many_pages_at_once_has_one_seat(
    database: Database, room_id: str, clock: FixedClock, visitor: Visitor
) -> None:
    seats = await asyncio.gather(*(enter(database, room_id, visitor, clock) for _page in range(6)))

    assert len({seat.id for seat in seats if seat is not None}) == 1
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(Seat)) == 2


async def leave(database: Database, room_id: str, visitor: Visitor) -> None:
    async with database.write() as db:
        await service.leave(db, room_id, visitor)


async def forget(database: Database, clock: FixedClock) -> int:
    async with database.write() as db:
        return await forget_guests(db, clock())


async def test_guest_who_has_been_gone_for_long_is_forgotten_and_one_who_came_back_is_not(
    database: Database, room_id: str, clock: FixedClock
) -> None:
    for number in (1, 2, 3):
        await enter(database, room_id, a_guest(number), clock)
    for number in (1, 2):
        await leave(database, room_id, a_guest(number))
    clock.advance(days=GUESTS_KEPT.days - 1)
    await enter(database, room_id, a_guest(2), clock)
    await leave(database, room_id, a_guest(2))
    assert await forget(database, clock) == 0

    clock.advance(days=2)

    assert await forget(database, clock) == 1
    async with database.read() as db:
        guests = await db.scalars(select(Seat.name).where(Seat.account_id.is_(None)))
        assert sorted(guests) == ["Guest 2", "Guest 3"]


async def test_guest_who_wrote_loses_name_and_browser_and_the_line_stays_for_a_year(
    database: Database, room_id: str, clock: FixedClock
) -> None:
    seat = await enter(database, room_id, a_guest(1), clock)
    assert seat is not None
    async with database.write() as db:
        await service.decide(db, AGATHE, room_id, seat.id, SeatState.ADMITTED, now=clock())
    async with database.write() as db:
        await service.write(db, room_id, a_guest(1), text="Bonsoir", now=clock())
    await leave(database, room_id, a_guest(1))

    clock.advance(days=GUESTS_KEPT.days + 1)
    assert await forget(database, clock) == 1
    assert await forget(database, clock) == 0

    async with database.read() as db:
        kept = await db.get_one(Seat, seat.id)
        assert (kept.name, kept.guest_digest) == (NOBODY, None)
        assert [(line.text, name) for line, name in await service.chat_of(db, room_id)] == [("Bonsoir", NOBODY)]
    clock.advance(days=(CHAT_KEPT + timedelta(days=1)).days)
    async with database.write() as db:
        assert await forget_chat(db, clock()) == 1
    async with database.read() as db:
        assert await db.scalar(select(func.count()).select_from(ChatMessage)) == 0


async def test_guests_of_a_room_that_ended_are_forgotten_though_they_never_said_goodbye(
    database: Database, room_id: str, clock: FixedClock
) -> None:
    await enter(database, room_id, a_guest(1), clock)
    async with database.write() as db:
        await service.close(db, AGATHE, room_id, now=clock())

    clock.advance(days=GUESTS_KEPT.days + 1)

    assert await forget(database, clock) == 1
