"""Use cases of rooms on both databases: one seat a person, the host's word, what is told of it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.rooms import service
from meetings.rooms.model import (
    LOBBY,
    NotAdmitted,
    NotTheHost,
    Room,
    RoomClosed,
    RoomFull,
    RoomKind,
    Seat,
    SeatState,
)
from meetings.rooms.service import Visitor
from portal.audit import AuditEntry
from portal.db import Base, Database, digest
from portal.errors import Forbidden, InvalidInput, NotFound
from portal.events import EventLog
from portal.permissions import Actor, Role
from tests.clock import FixedClock

NOW = datetime(2026, 11, 22, 18, 30, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 18, 31, tzinfo=UTC)


def a_person(name: str, *roles: Role) -> Actor:
    return Actor(account_id=f"id-of-{name}", name=name, roles=frozenset(roles), login_id=f"login-of-{name}")


AGATHE = a_person("Agathe", Role.CLERK)
BILAL = a_person("Bilal", Role.COUNCILLOR)
CHLOE = a_person("Chloé", Role.RESIDENT)
A_GUEST = Visitor(None, digest("visit of Denis"), "Denis", guest_agrees=True)


@pytest.fixture
async def database(database_url: str, clock: FixedClock) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    EventLog(database, clock)
    yield database
    await database.close()


async def a_room(database: Database, kind: RoomKind = RoomKind.COMMITTEE) -> str:
    async with database.write() as db:
        room = await service.open_room(db, AGATHE, title="Commission des finances", kind=kind, now=NOW)
    async with database.write() as db:
        await service.enter(db, room.id, Visitor(AGATHE), now=NOW)
    return room.id


async def enter(database: Database, room_id: str, visitor: Visitor) -> Seat:
    async with database.write() as db:
        _room, seat = await service.enter(db, room_id, visitor, now=NOW)
        return seat


async def kinds_told(database: Database, room_id: str) -> list[str]:
    events = await EventLog(database, lambda: NOW).after(service.stream_of(room_id), 0, 100)
    return [event.kind for event in events]


async def count(db: AsyncSession, entity: type[Base]) -> int:
    return await db.scalar(select(func.count()).select_from(entity)) or 0


async def test_room_is_refused_to_somebody_who_may_not_open_one(database: Database) -> None:
    with pytest.raises(Forbidden):
        async with database.write() as db:
            await service.open_room(db, CHLOE, title="Chez Chloé", kind=RoomKind.OPEN, now=NOW)

    async with database.read() as db:
        assert await count(db, Room) == 0


async def test_enter_gives_a_person_the_same_seat_each_time(database: Database) -> None:
    room_id = await a_room(database)

    first = await enter(database, room_id, Visitor(BILAL))
    second = await enter(database, room_id, Visitor(BILAL))

    assert first.id == second.id
    assert await kinds_told(database, room_id) == ["room.opened", "seat.entered", "seat.entered"]


async def test_guest_waits_in_the_lobby_and_comes_back_to_the_same_seat(database: Database) -> None:
    room_id = await a_room(database)

    seat = await enter(database, room_id, A_GUEST)
    again = await enter(database, room_id, Visitor(None, A_GUEST.guest_key))

    assert (seat.state, seat.name) == (SeatState.WAITING, "Denis")
    assert again.id == seat.id


async def test_guest_of_another_browser_is_somebody_else(database: Database) -> None:
    room_id = await a_room(database)
    seat = await enter(database, room_id, A_GUEST)

    other = await enter(database, room_id, Visitor(None, digest("another visit"), "Denis", guest_agrees=True))

    assert other.id != seat.id


async def test_guest_without_a_name_or_a_visit_is_asked_for_one(database: Database) -> None:
    room_id = await a_room(database)

    for nameless in (Visitor(None), Visitor(None, digest("visit"), " ", guest_agrees=True)):
        with pytest.raises(InvalidInput):
            await enter(database, room_id, nameless)


async def test_guest_is_in_only_after_the_host_admits_and_out_after_the_host_removes(database: Database) -> None:
    room_id = await a_room(database)
    seat = await enter(database, room_id, A_GUEST)

    async def is_in() -> bool:
        async with database.read() as db:
            try:
                await service.access_admitted(db, room_id, A_GUEST)
            except NotAdmitted:
                return False
            return True

    assert not await is_in()
    async with database.write() as db:
        await service.decide(db, AGATHE, room_id, seat.id, SeatState.ADMITTED, now=NOW)
    assert await is_in()
    async with database.write() as db:
        await service.decide(db, AGATHE, room_id, seat.id, SeatState.REMOVED, now=NOW)
    assert not await is_in()
    assert (await enter(database, room_id, A_GUEST)).state is SeatState.REMOVED
    async with database.read() as db:
        assert await db.scalar(select(AuditEntry.act)) == "seat.removed"


async def test_only_the_host_admits_allows_locks_and_closes(database: Database) -> None:
    room_id = await a_room(database)
    seat = await enter(database, room_id, A_GUEST)
    await enter(database, room_id, Visitor(BILAL))

    with pytest.raises(NotTheHost):
        async with database.write() as db:
            await service.decide(db, BILAL, room_id, seat.id, SeatState.ADMITTED, now=NOW)
    with pytest.raises(NotTheHost):
        async with database.write() as db:
            await service.allow(db, BILAL, room_id, seat.id, microphone=False)
    with pytest.raises(NotTheHost):
        async with database.write() as db:
            await service.lock(db, BILAL, room_id, locked=True)
    with pytest.raises(NotTheHost):
        async with database.write() as db:
            await service.close(db, BILAL, room_id, now=NOW)

    async with database.read() as db:
        assert (await db.get_one(Seat, seat.id)).state is SeatState.WAITING


async def test_host_of_one_room_has_no_word_on_a_seat_of_another(database: Database) -> None:
    mine, other = await a_room(database), await a_room(database)
    seat = await enter(database, other, A_GUEST)

    with pytest.raises(NotFound):
        async with database.write() as db:
            await service.decide(db, AGATHE, mine, seat.id, SeatState.ADMITTED, now=NOW)


async def test_allow_changes_only_what_is_named(database: Database) -> None:
    room_id = await a_room(database)
    seat = await enter(database, room_id, Visitor(BILAL))

    async with database.write() as db:
        told = await service.allow(db, AGATHE, room_id, seat.id, microphone=False)

    assert (told.may_microphone, told.may_camera, told.may_screen) == (False, True, True)


async def test_chat_is_for_those_inside_and_in_the_order_of_writing(database: Database) -> None:
    room_id = await a_room(database)
    await enter(database, room_id, A_GUEST)

    for text, at in (("Bonsoir", NOW), ("Nous commençons", LATER)):
        async with database.write() as db:
            await service.write(db, room_id, Visitor(AGATHE), text=text, now=at)
    with pytest.raises(NotAdmitted):
        async with database.write() as db:
            await service.write(db, room_id, A_GUEST, text="Je peux entrer ?", now=NOW)

    async with database.read() as db:
        lines = [(line.text, name) for line, name in await service.chat_of(db, room_id)]
    assert lines == [("Bonsoir", "Agathe"), ("Nous commençons", "Agathe")]


async def test_closed_room_lets_nobody_in_and_is_not_among_mine(database: Database) -> None:
    room_id = await a_room(database)
    async with database.read() as db:
        assert [room.id for room in await service.rooms_of(db, AGATHE)] == [room_id]

    async with database.write() as db:
        await service.close(db, AGATHE, room_id, now=NOW)

    with pytest.raises(RoomClosed):
        await enter(database, room_id, Visitor(AGATHE))
    async with database.read() as db:
        assert await service.rooms_of(db, AGATHE) == []


async def test_leaving_twice_is_told_once(database: Database) -> None:
    room_id = await a_room(database)
    await enter(database, room_id, Visitor(BILAL))

    for _time in range(2):
        async with database.write() as db:
            await service.leave(db, room_id, Visitor(BILAL))

    assert (await kinds_told(database, room_id)).count("seat.left") == 1


async def test_guest_who_does_not_agree_to_be_seen_gets_no_seat(database: Database) -> None:
    room_id = await a_room(database)

    with pytest.raises(InvalidInput) as refusal:
        await enter(database, room_id, Visitor(None, digest("visit"), "Denis"))

    assert set(refusal.value.fields) == {"agree"}
    async with database.read() as db:
        assert await db.scalar(select(func.count()).where(Seat.guest_digest.is_not(None))) == 0


async def test_who_gives_up_waiting_waits_again_when_they_come_back(database: Database) -> None:
    room_id = await a_room(database)
    await enter(database, room_id, A_GUEST)

    async with database.write() as db:
        gone = await service.leave(db, room_id, A_GUEST)

    assert gone is not None
    assert gone.state is SeatState.WITHDRAWN
    assert (await enter(database, room_id, A_GUEST)).state is SeatState.WAITING


async def test_full_lobby_keeps_out_further_guests_but_nobody_who_belongs(database: Database) -> None:
    room_id = await a_room(database)
    for number in range(LOBBY):
        await enter(database, room_id, Visitor(None, digest(str(number)), f"Guest {number}", guest_agrees=True))

    with pytest.raises(RoomFull):
        await enter(database, room_id, A_GUEST)
    assert (await enter(database, room_id, Visitor(BILAL))).state is SeatState.ADMITTED


async def test_person_whose_pages_are_gone_has_left(database: Database) -> None:
    room_id = await a_room(database)
    seat = await enter(database, room_id, Visitor(BILAL))
    async with database.read() as db:
        assert (room_id, seat.id) in await service.seats_taken(db)

    async with database.write() as db:
        await service.let_go(db, seat.id)
        await service.let_go(db, seat.id)

    async with database.read() as db:
        assert (room_id, seat.id) not in await service.seats_taken(db)
    assert (await kinds_told(database, room_id)).count("seat.left") == 1


async def test_changed_roles_end_what_a_person_was_let_into_but_not_what_they_host(database: Database) -> None:
    room_id = await a_room(database)
    await enter(database, room_id, Visitor(BILAL))
    former = a_person("Bilal", Role.RESIDENT)

    async with database.write() as db:
        await service.judge_person_anew(db, BILAL.account_id)
        await service.judge_person_anew(db, AGATHE.account_id)

    assert (await enter(database, room_id, Visitor(former))).state is SeatState.WAITING
    assert (await enter(database, room_id, Visitor(AGATHE))).state is SeatState.ADMITTED
    assert "seat.unseated" in await kinds_told(database, room_id)


async def test_erased_person_leaves_no_name_and_no_word_in_rooms(database: Database) -> None:
    room_id = await a_room(database)
    seat = await enter(database, room_id, Visitor(BILAL))
    async with database.write() as db:
        await service.write(db, room_id, Visitor(BILAL), text="Bonjour", now=NOW)
        assert "Bonjour" in str(await service.my_rooms(db, BILAL.account_id))

    async with database.write() as db:
        await service.forget_seats(db, BILAL.account_id, NOW)

    async with database.read() as db:
        assert await service.chat_of(db, room_id) == []
        assert (await db.get_one(Seat, seat.id)).name == "—"
