"""One queue, one floor, speaking times, and microphones that follow: on sittings of either database."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from meetings.attendance.service import declare_interest, leave, open_room, resume
from meetings.floor.model import Asking, Floor
from meetings.floor.service import ask, end, give, withdraw
from meetings.floor.web import take_part
from meetings.rooms.model import SeatState
from meetings.rooms.service import FREED, PERMISSIONS_CHANGED, seats_of, stream_of
from meetings.rooms.service.moderation import ALLOWED
from meetings.sittings.model.progress import Cause
from meetings.sittings.service import conduct
from meetings.sittings.service.held import Held
from portal.errors import Conflict, Forbidden
from portal.events import Event
from tests.meetings.attendance.hall import NAMES, Hall
from tests.meetings.sittings.world import World


@pytest.fixture
async def hall(world: World) -> Hall:
    hall = await Hall.of(world)
    take_part(hall.chamber)
    await hall.open(*NAMES[:6])
    return hall


async def asks(hall: Hall, name: str, kind: Asking = Asking.SPEECH) -> None:
    await hall.act(lambda held: ask(held, hall.ids[name], kind), hall.member(name))


async def gives(hall: Hall, name: str) -> Held:
    return await hall.act(lambda held: give(held, hall.ids[name]), hall.member("anne"))


async def floor_of(hall: Hall) -> Floor:
    return (await hall.look()).of(Floor)


async def queue(hall: Hall) -> list[str]:
    names = {id_: name for name, id_ in hall.ids.items()}
    return [names[asked.mandate_id] for asked in (await floor_of(hall)).queue]


async def heard(hall: Hall) -> set[str]:
    """Whose microphones are open in the sitting's room."""
    names = {person: name for name, person in hall.persons.items()}
    async with hall.world.database.read() as db:
        sitting = await hall.world.sitting(hall.sitting_id)
        assert sitting.room_id is not None
        seats = await seats_of(db, sitting.room_id, *SeatState)
    return {names[seat.account_id] for seat in seats if seat.account_id and seat.may_microphone}


async def test_the_queue_keeps_one_order_with_points_of_order_first(hall: Hall) -> None:
    await asks(hall, "bilal")
    await asks(hall, "carole")
    await asks(hall, "denis", Asking.POINT_OF_ORDER)
    await asks(hall, "elsa")

    assert await queue(hall) == ["denis", "bilal", "carole", "elsa"]
    assert (await floor_of(hall)).position(hall.ids["carole"]) == 3
    assert await hall.agrees_with_journal()


async def test_asking_twice_keeps_the_place_and_withdrawing_frees_it(hall: Hall) -> None:
    await asks(hall, "bilal")
    await asks(hall, "carole")
    await asks(hall, "bilal")
    assert await queue(hall) == ["bilal", "carole"]

    await hall.act(lambda held: withdraw(held, hall.ids["bilal"]), hall.member("bilal"))
    assert await queue(hall) == ["carole"]


async def test_nobody_asks_withdraws_or_gives_for_others_but_clerk_and_chair(hall: Hall) -> None:
    await asks(hall, "carole")
    bilal = hall.member("bilal")

    for do in (
        lambda held: ask(held, hall.ids["denis"]),
        lambda held: withdraw(held, hall.ids["carole"]),
        lambda held: give(held, hall.ids["bilal"]),
        end,
    ):
        with pytest.raises(Forbidden):
            await hall.act(do, bilal)
    await hall.act(lambda held: ask(held, hall.ids["denis"]))
    assert await queue(hall) == ["carole", "denis"]


async def test_who_is_absent_or_takes_no_part_neither_asks_nor_speaks(hall: Hall) -> None:
    await hall.call()
    item = await hall.item()
    await hall.act(lambda held: declare_interest(held, hall.ids["elsa"], item))

    for name in ("gisele", "elsa"):
        with pytest.raises(Conflict):
            await asks(hall, name)
        with pytest.raises(Conflict):
            await gives(hall, name)


async def test_giving_the_floor_ends_that_of_who_had_it_and_counts_their_time(hall: Hall) -> None:
    await asks(hall, "bilal")
    await gives(hall, "bilal")
    hall.world.clock.advance(seconds=90)
    await gives(hall, "carole")
    hall.world.clock.advance(seconds=30)

    await hall.act(end)
    floor = await floor_of(hall)
    progress = (await hall.look()).progress
    assert floor.spoken() == {hall.ids["bilal"]: 90, hall.ids["carole"]: 30}
    assert floor.spoken_by_group(progress) == {"": 120}
    assert floor.spoken_on() == {"": 120}
    assert [ended.content["seconds"] for ended in await hall.noted("floor.ended")] == [90, 30]


async def test_a_speaker_ends_their_own_floor(hall: Hall) -> None:
    await gives(hall, "bilal")
    await hall.act(end, hall.member("bilal"))

    assert (await floor_of(hall)).turn is None
    with pytest.raises(Conflict):
        await hall.act(end)


async def test_a_suspension_ends_the_floor_and_keeps_the_queue_and_the_items_end_clears_it(hall: Hall) -> None:
    await hall.call()
    await gives(hall, "bilal")
    await asks(hall, "carole")
    await hall.act(conduct.suspend)
    assert (await floor_of(hall)).turn is None
    assert await queue(hall) == ["carole"]
    with pytest.raises(Conflict):
        await asks(hall, "denis")

    await hall.act(resume)
    await gives(hall, "denis")
    await hall.act(conduct.end_item)
    assert ((await floor_of(hall)).turn, await queue(hall)) == (None, [])


async def test_who_leaves_loses_floor_and_place(hall: Hall) -> None:
    await gives(hall, "bilal")
    await asks(hall, "carole")
    for name in ("bilal", "carole"):
        await hall.act(lambda held, id_=hall.ids[name]: leave(held, id_))  # type: ignore[misc]

    assert ((await floor_of(hall)).turn, await queue(hall)) == (None, [])
    assert (await hall.look()).progress.proposed is None


async def test_a_speaker_who_is_cut_off_has_a_suspension_proposed_until_they_are_back(hall: Hall) -> None:
    await gives(hall, "bilal")

    async def lost(held: Held) -> None:
        await held.note("member.left", {"member": hall.ids["bilal"], "cause": "lost"}, by="")

    await hall.act(lost)
    assert (await hall.look()).progress.proposed is Cause.SPEAKER_LOST

    await hall.arrive("gisele")
    assert (await hall.look()).progress.proposed is Cause.SPEAKER_LOST
    await hall.arrive("bilal")
    assert (await hall.look()).progress.proposed is None


async def test_the_floor_opens_a_microphone_and_its_end_closes_it(hall: Hall) -> None:
    await hall.act(open_room)
    assert await heard(hall) == {"anne"}

    await gives(hall, "bilal")
    assert await heard(hall) == {"anne", "bilal"}
    await gives(hall, "carole")
    assert await heard(hall) == {"anne", "carole"}
    await hall.act(end)
    assert await heard(hall) == {"anne"}


async def opened_microphones(hall: Hall) -> list[tuple[str, str]]:
    """Each change of what a seat of the sitting's room may publish: how it was told, and to whom."""
    names = {person: name for name, person in hall.persons.items()}
    async with hall.world.database.read() as db:
        sitting = await hall.world.sitting(hall.sitting_id)
        assert sitting.room_id is not None
        seats = {seat.id: str(seat.account_id) for seat in await seats_of(db, sitting.room_id, *SeatState)}
        told = await db.scalars(select(Event).where(Event.stream == stream_of(sitting.room_id)).order_by(Event.number))
        return [(event.kind, names[seats[event.subject_id]]) for event in told if event.kind in PERMISSIONS_CHANGED]


async def test_a_pause_opens_microphones_without_asking_anybody_to_speak_and_the_floor_asks_one(hall: Hall) -> None:
    await hall.act(open_room)
    before = len(await opened_microphones(hall))
    await hall.act(conduct.suspend)
    freed = (await opened_microphones(hall))[before:]
    assert sorted(freed) == [(FREED, name) for name in sorted(set(NAMES) - {"anne"})]

    await hall.act(resume)
    await gives(hall, "bilal")
    assert (await opened_microphones(hall))[-1] == (ALLOWED, "bilal")


async def test_in_a_pause_everybody_is_heard_and_with_a_new_chair_the_new_chair(hall: Hall) -> None:
    await hall.act(open_room)
    await hall.act(conduct.suspend)
    assert await heard(hall) == set(NAMES)
    await hall.act(resume)
    await hall.act(lambda held: conduct.take_chair(held, hall.ids["bilal"]))

    assert await heard(hall) == {"bilal"}


async def test_who_is_called_to_vote_by_voice_is_heard_until_the_vote_is_recorded(hall: Hall) -> None:
    await hall.act(open_room)

    def noting(name: str, **content: Any) -> Any:
        async def do(held: Held) -> None:
            await held.note(name, {"ballot": "b", "voice": hall.ids["denis"], **content})

        return do

    opening = {"item": "i", "question": "Tarifs", "purpose": "decision", "kind": "public", "method": "roll_call"}
    entitled = {hall.ids["denis"]: hall.ids["denis"]}
    await hall.act(
        noting(
            "ballot.opened",
            **opening,
            entitled=entitled,
            order=[*entitled],
            present=4,
            represented=0,
            chair=hall.ids["anne"],
        )
    )
    await hall.act(noting("vote.called"))
    assert await heard(hall) == {"anne", "denis"}
    await hall.act(noting("vote.recorded", caster=hall.ids["denis"], choice="for", method="voice"))
    assert await heard(hall) == {"anne"}
