"""Members come and go: checked in by the clerk or by themselves, identified, counted or held absent."""

from __future__ import annotations

import pytest

from meetings.attendance.model import Ground, Place
from meetings.attendance.service import (
    arrive,
    confirm,
    declare_interest,
    gathering_of,
    leave,
    quorum_of,
    voices,
    withdraw_interest,
)
from meetings.sittings.model.progress import Cause
from meetings.sittings.service import conduct
from portal.errors import Conflict, Forbidden, InvalidInput
from tests.meetings.attendance.hall import Hall
from tests.meetings.sittings.world import World


@pytest.fixture
async def hall(world: World) -> Hall:
    return await Hall.of(world)


async def test_the_clerks_check_in_counts_at_once_and_keeps_the_times(hall: Hall) -> None:
    await hall.roll("anne")
    arrived = hall.world.clock.now
    hall.world.clock.advance(minutes=40)
    await hall.act(lambda held: leave(held, hall.ids["anne"]))

    (stay,) = (await hall.presence()).of(hall.ids["anne"]).stays
    assert (stay.place, stay.since, stay.until, stay.cause) == (Place.HALL, arrived, hall.world.clock.now, "left")
    assert (await hall.presence()).of(hall.ids["anne"]).place is None
    assert await hall.agrees_with_journal()


async def test_a_members_own_check_in_waits_for_the_clerk(hall: Hall) -> None:
    await hall.roll()
    bilal = hall.ids["bilal"]
    await hall.act(lambda held: arrive(held, bilal), hall.member("bilal"))

    assert (await hall.presence()).of(bilal).awaits
    assert gathering_of(await hall.look()).present == ()

    await hall.act(lambda held: confirm(held, bilal, "carte d'élu"))
    assert gathering_of(await hall.look()).present == (bilal,)
    assert (await hall.presence()).of(bilal).identified_by == "carte d'élu"


async def test_the_clerk_who_sees_a_member_confirms_what_they_said(hall: Hall) -> None:
    await hall.roll()
    bilal = hall.ids["bilal"]
    await hall.act(lambda held: arrive(held, bilal), hall.member("bilal"))
    await hall.act(lambda held: arrive(held, bilal))

    assert len((await hall.presence()).of(bilal).stays) == 1
    assert (await hall.presence()).of(bilal).place is Place.HALL


async def test_nobody_checks_in_confirms_or_sends_away_another_member(hall: Hall) -> None:
    await hall.roll("anne", "carole")
    bilal = hall.member("bilal")

    for do in (
        lambda held: arrive(held, hall.ids["denis"]),
        lambda held: confirm(held, hall.ids["bilal"]),
        lambda held: leave(held, hall.ids["carole"]),
    ):
        with pytest.raises(Forbidden):
            await hall.act(do, bilal)


async def test_presence_by_video_is_nobodys_word(hall: Hall) -> None:
    await hall.roll()

    with pytest.raises(InvalidInput):
        await hall.act(lambda held: arrive(held, hall.ids["bilal"], Place.VIDEO))


async def test_nobody_arrives_before_the_roll_is_open_nor_twice(hall: Hall) -> None:
    with pytest.raises(InvalidInput):
        await hall.arrive("anne")
    await hall.roll("anne")

    with pytest.raises(Conflict):
        await hall.arrive("anne")


async def test_an_interested_member_is_neither_counted_nor_votes(hall: Hall) -> None:
    await hall.open("anne", "bilal", "carole", "denis")
    item, denis = await hall.item(), hall.ids["denis"]
    await hall.act(lambda held: declare_interest(held, denis, item), hall.member("denis"))

    look = await hall.look()
    assert denis not in voices(look, item)
    assert gathering_of(look, item).interested == (denis,)
    assert (quorum_of(look, item).is_met, quorum_of(look, item).counted) == (False, 3)
    assert quorum_of(look).is_met

    await hall.act(lambda held: withdraw_interest(held, denis, item), hall.member("denis"))
    assert denis in voices(await hall.look(), item)


async def test_the_mayor_leaves_for_the_accounts_and_is_not_counted(hall: Hall) -> None:
    await hall.open("anne", "bilal", "carole", "denis", "elsa")
    item = await hall.item()
    await hall.act(lambda held: declare_interest(held, hall.ids["anne"], item, Ground.ACCOUNTS))

    look = await hall.look()
    assert hall.ids["anne"] not in voices(look, item)
    assert quorum_of(look, item).counted == 4


async def test_a_member_interested_in_a_called_item_cannot_take_it_back_alone(hall: Hall) -> None:
    await hall.open("anne", "bilal", "carole", "denis", "elsa")
    item = await hall.item()
    await hall.act(lambda held: declare_interest(held, hall.ids["elsa"], item))
    await hall.call()

    with pytest.raises(Forbidden):
        await hall.act(lambda held: withdraw_interest(held, hall.ids["elsa"], item), hall.member("elsa"))


async def test_a_chair_who_leaves_has_a_suspension_proposed_and_a_deputy_takes_over(hall: Hall) -> None:
    await hall.open("anne", "bilal", "carole", "denis", "elsa")
    await hall.act(lambda held: leave(held, hall.ids["anne"]))
    assert (await hall.look()).progress.proposed is Cause.CHAIR_LOST

    with pytest.raises(Conflict):
        await hall.act(lambda held: conduct.take_chair(held, hall.ids["gisele"]))
    await hall.act(lambda held: conduct.take_chair(held, hall.ids["bilal"]))
    look = await hall.look()
    assert (look.progress.chair_id, look.progress.proposed) == (hall.ids["bilal"], None)


async def test_the_secretary_is_somebody_who_is_there(hall: Hall) -> None:
    await hall.open("anne", "bilal", "carole", "denis")

    with pytest.raises(Conflict):
        await hall.act(lambda held: conduct.appoint_secretary(held, hall.ids["farid"]))
