"""The room of a sitting: seats from the roll, a door the chair always passes, only members in a closed session."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from meetings.attendance.service import arrive, decide_quorum, open_room, open_sitting
from meetings.rooms import service as rooms
from meetings.rooms.model import Room, RoomKind, Seat, SeatState
from meetings.rooms.service import Visitor
from meetings.sittings.model import SittingMode
from meetings.sittings.service import conduct
from portal.errors import Conflict, Forbidden, InvalidInput
from portal.permissions import Actor, Role
from tests.meetings.attendance.hall import CLERK, NAMES, Hall
from tests.meetings.sittings.world import World, actor

GUEST = Visitor(None, "d" * 64, "Une experte", guest_agrees=True)


async def a_committee_by_video(world: World) -> Hall:
    return await Hall.of(world, *NAMES, rule_set="fr-commission", mode=SittingMode.REMOTE)


async def enters(hall: Hall, who: Actor | Visitor) -> SeatState:
    visitor = who if isinstance(who, Visitor) else Visitor(who)
    async with hall.world.database.write() as db:
        _room, seat = await rooms.enter(db, await room_of(hall), visitor, now=hall.world.clock())
    return seat.state


async def room_of(hall: Hall) -> str:
    sitting = await hall.world.sitting(hall.sitting_id)
    assert sitting.room_id is not None
    return sitting.room_id


async def seat_of(hall: Hall, guest_digest: str) -> Seat:
    async with hall.world.database.read() as db:
        return (await db.scalars(select(Seat).filter_by(guest_digest=guest_digest))).one()


async def test_the_roll_of_a_sitting_by_video_opens_its_room_for_its_members_by_name(world: World) -> None:
    hall = await a_committee_by_video(world)
    await hall.roll()

    assert await enters(hall, hall.member("bilal")) is SeatState.ADMITTED
    assert await enters(hall, actor("stranger")) is SeatState.WAITING
    assert await enters(hall, actor("agent", Role.AGENT)) is SeatState.WAITING
    assert await enters(hall, GUEST) is SeatState.WAITING
    async with world.database.read() as db:
        seats = await rooms.seats_of(db, await room_of(hall), *SeatState)
    assert {seat.name for seat in seats if seat.account_id in hall.persons.values()} == {
        name.capitalize() for name in NAMES
    }


async def test_chair_and_clerk_pass_a_locked_door_and_the_new_chair_runs_the_room(world: World) -> None:
    hall = await a_committee_by_video(world)
    await hall.roll(*NAMES[:3])
    await hall.act(lambda held: decide_quorum(held, "no_quorum"))
    await hall.act(open_sitting)
    async with world.database.write() as db:
        await rooms.lock(db, CLERK, await room_of(hall), locked=True)

    assert await enters(hall, hall.member("anne")) is SeatState.ADMITTED
    assert await enters(hall, CLERK) is SeatState.ADMITTED
    await hall.act(lambda held: conduct.take_chair(held, hall.ids["carole"]))
    async with world.database.read() as db:
        room = await db.get_one(Room, await room_of(hall))
    assert room.host_id == hall.persons["carole"]
    assert not room.is_hosted_by(hall.member("bilal"))


async def test_a_closed_session_puts_everybody_out_who_is_neither_member_nor_clerk(world: World) -> None:
    hall = await a_committee_by_video(world)
    await hall.roll(*NAMES[:3])
    await hall.act(lambda held: decide_quorum(held, "no_quorum"))
    await hall.act(open_sitting)
    for who in (hall.member("anne"), hall.member("bilal"), GUEST):
        await enters(hall, who)
    gone_for_now = Visitor(None, "e" * 64, "Un journaliste", guest_agrees=True)
    await enters(hall, gone_for_now)
    room_id = await room_of(hall)
    async with world.database.write() as db:
        for digest in ("d" * 64, "e" * 64):
            seat = (await db.scalars(select(Seat).filter_by(guest_digest=digest))).one()
            await rooms.decide(db, hall.member("anne"), room_id, seat.id, SeatState.ADMITTED, now=world.clock())
        await rooms.leave(db, room_id, gone_for_now)

    await hall.act(conduct.close_doors)
    assert (await seat_of(hall, "d" * 64)).state is SeatState.REMOVED
    assert await enters(hall, gone_for_now) is SeatState.WAITING
    assert await enters(hall, GUEST) is SeatState.REMOVED
    assert await enters(hall, hall.member("bilal")) is SeatState.ADMITTED
    assert await enters(hall, hall.member("denis")) is SeatState.ADMITTED

    await hall.act(conduct.open_doors)
    assert await enters(hall, GUEST) is SeatState.WAITING


async def test_the_room_ends_with_the_sitting(world: World) -> None:
    hall = await a_committee_by_video(world)
    await hall.roll(*NAMES[:3])
    await hall.act(lambda held: decide_quorum(held, "no_quorum"))
    await hall.act(open_sitting)
    await hall.act(conduct.close_sitting)

    async with world.database.read() as db:
        assert (await db.get_one(Room, await room_of(hall))).closed_at == world.clock.now


async def test_a_sitting_in_the_hall_has_a_room_when_the_clerk_wishes_once(world: World) -> None:
    hall = await Hall.of(world)
    await hall.roll("anne")
    assert (await world.sitting(hall.sitting_id)).room_id is None

    with pytest.raises(Forbidden):
        await hall.act(open_room, hall.member("bilal"))
    await hall.act(open_room)
    with pytest.raises(Conflict):
        await hall.act(open_room)
    await hall.act(lambda held: arrive(held, hall.ids["bilal"]))
    assert await enters(hall, hall.member("bilal")) is SeatState.ADMITTED


async def test_nobody_opens_the_room_of_a_sitting_by_hand(world: World) -> None:
    async with world.database.write() as db:
        with pytest.raises(InvalidInput):
            await rooms.open_room(db, CLERK, title="Séance", kind=RoomKind.SITTING, now=world.clock())
