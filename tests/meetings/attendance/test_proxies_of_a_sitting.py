"""Proxies while a sitting is under way: capped, suspended with their holder, lapsed when their giver arrives."""

from __future__ import annotations

import pytest

from meetings.attendance.service import (
    declare_interest,
    gathering_of,
    leave,
    open_sitting,
    quorum_of,
    record_proxy,
    revoke_proxy,
    voices,
)
from meetings.sittings.model import ProxyRefused
from meetings.sittings.service import conduct
from meetings.sittings.service.agenda import access_sitting
from meetings.sittings.service.replies import give_proxy, proxies_of
from portal.errors import Conflict, Forbidden, NotFound
from tests.meetings.attendance.hall import CLERK, NAMES, Hall, evening
from tests.meetings.sittings.world import LIBRARY, TOWN, World

FIVE = ("anne", "bilal", "carole", "denis", "elsa")


@pytest.fixture
async def hall(world: World) -> Hall:
    return await Hall.of(world)


async def give(hall: Hall, sitting_id: str, giver: str, holder: str, *, illness: bool = False) -> None:
    """The clerk notes a proxy that came on paper."""
    async with hall.world.database.write() as db:
        await give_proxy(
            db,
            CLERK,
            await access_sitting(db, sitting_id, lock=True),
            giver_id=hall.ids[giver],
            holder_id=hall.ids[holder],
            library=LIBRARY,
            town=TOWN,
            now=hall.world.clock(),
            illness=illness,
        )


async def test_a_proxy_given_beforehand_is_in_the_roll_and_votes(hall: Hall) -> None:
    await give(hall, hall.sitting_id, "farid", "bilal")
    await hall.open(*FIVE)
    item = await hall.call()

    assert voices(await hall.look(), item)[hall.ids["farid"]] == hall.ids["bilal"]
    (called,) = await hall.noted("item.called")
    assert called.content["represented"] == [hall.ids["farid"]]
    assert called.content["proxies"] == {hall.ids["farid"]: hall.ids["bilal"]}


async def test_voices_stand_in_the_order_of_the_table_those_represented_too(hall: Hall) -> None:
    await hall.open("anne", "carole", "denis", "elsa")
    await hall.act(lambda held: record_proxy(held, hall.ids["bilal"], hall.ids["elsa"]))

    found = voices(await hall.look(), await hall.item())
    assert list(found) == [hall.ids[name] for name in FIVE]
    assert found[hall.ids["bilal"]] == hall.ids["elsa"]


async def test_a_proxy_does_not_make_a_quorum(hall: Hall) -> None:
    await hall.roll("anne", "bilal", "carole")
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]))

    assert quorum_of(await hall.look()).counted == 3


async def test_the_giver_who_arrives_votes_in_person_and_the_proxy_lapses(hall: Hall) -> None:
    await hall.open(*FIVE)
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]))
    await hall.arrive("farid")

    assert voices(await hall.look(), await hall.item())[hall.ids["farid"]] == hall.ids["farid"]
    (lapsed,) = await hall.noted("proxy.lapsed")
    assert (lapsed.content["cause"], lapsed.by) == ("arrived", "")
    async with hall.world.database.read() as db:
        (row,) = await proxies_of(db, await hall.world.sitting(hall.sitting_id))
    assert not row.stands
    assert await hall.agrees_with_journal()


async def test_a_proxy_is_suspended_while_its_holder_is_away_and_comes_back_with_them(hall: Hall) -> None:
    await hall.open(*FIVE)
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]))
    await hall.act(lambda held: leave(held, hall.ids["bilal"]))
    assert gathering_of(await hall.look()).represented == {}

    await hall.arrive("bilal")
    assert gathering_of(await hall.look()).represented == {hall.ids["farid"]: hall.ids["bilal"]}


async def test_an_interested_holder_casts_nothing_for_anybody_and_an_interested_giver_has_nobody_vote(
    hall: Hall,
) -> None:
    await hall.open(*FIVE)
    item = await hall.item()
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]))
    await hall.act(lambda held: declare_interest(held, hall.ids["bilal"], item))
    assert not {hall.ids["farid"], hall.ids["bilal"]} & voices(await hall.look(), item).keys()

    await hall.act(lambda held: record_proxy(held, hall.ids["gisele"], hall.ids["carole"]))
    await hall.act(lambda held: declare_interest(held, hall.ids["gisele"], item))
    assert hall.ids["gisele"] not in voices(await hall.look(), item)


async def test_a_holder_has_no_second_proxy(hall: Hall) -> None:
    await hall.open(*FIVE)
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]))

    with pytest.raises(ProxyRefused) as refusal:
        await hall.act(lambda held: record_proxy(held, hall.ids["gisele"], hall.ids["bilal"]))
    assert "L2121-20" in refusal.value.words()


async def test_a_proxy_that_would_be_valid_for_a_fourth_sitting_in_a_row_ends_at_the_roll(world: World) -> None:
    body = await world.council(*NAMES)
    sittings = [await world.convened(body, evening(day)) for day in (20, 21, 22, 23)]
    hall = await Hall.at(world, body, sittings[-1])
    # The last one first: when it was given nobody could count those before.
    for sitting in reversed(sittings):
        await give(hall, sitting.id, "farid", "bilal")
        await give(hall, sitting.id, "gisele", "carole", illness=sitting is sittings[-1])
    await hall.roll(*FIVE)

    (lapsed,) = await hall.noted("proxy.lapsed")
    assert (lapsed.content["giver"], lapsed.content["cause"], lapsed.by) == (hall.ids["farid"], "term", "")
    assert "CGCT L2121-20" in str(lapsed.content["answer"])
    refused = (await hall.presence()).refused_of(hall.ids["farid"])
    assert refused is not None
    assert "(CGCT L2121-20)" in refused.because
    assert gathering_of(await hall.look()).represented == {hall.ids["gisele"]: hall.ids["carole"]}

    with pytest.raises(ProxyRefused):
        await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]))
    with pytest.raises(Forbidden):
        await hall.act(
            lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"], illness=True), hall.member("farid")
        )
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"], illness=True))
    assert (await hall.presence()).refused_of(hall.ids["farid"]) is None
    assert gathering_of(await hall.look()).represented.keys() == {hall.ids["farid"], hall.ids["gisele"]}
    assert await hall.agrees_with_journal()


async def test_after_the_sitting_for_which_the_rules_ended_it_a_proxy_is_valid_again_though_every_roll_was_late(
    world: World,
) -> None:
    body = await world.council(*NAMES)
    sittings = [await world.convened(body, evening(day)) for day in (20, 21, 22, 23, 24)]
    hall = await Hall.at(world, body, sittings[0])
    world.clock.now = evening(19)
    for sitting in reversed(sittings[:4]):
        await give(hall, sitting.id, "farid", "bilal")
    for number, sitting in enumerate(sittings[:4], start=1):
        hall = await Hall.at(world, body, sitting)
        world.clock.advance(minutes=5)
        await hall.open(*FIVE)
        assert (hall.ids["farid"] in voices(await hall.look(), await hall.item())) is (number < 4)
        await hall.act(conduct.close_sitting)

    await give(hall, sittings[4].id, "farid", "bilal")
    hall = await Hall.at(world, body, sittings[4])
    world.clock.advance(minutes=5)
    await hall.open(*FIVE)
    assert await hall.noted("proxy.lapsed") == []
    assert gathering_of(await hall.look()).represented == {hall.ids["farid"]: hall.ids["bilal"]}


async def test_a_giver_who_came_after_the_hour_and_before_the_opening_was_not_represented_at_that_sitting(
    world: World,
) -> None:
    body = await world.council(*NAMES)
    sittings = [await world.convened(body, evening(day)) for day in (20, 21, 22, 23)]
    hall = await Hall.at(world, body, sittings[0])
    world.clock.now = evening(19)
    for sitting in sittings[:3]:
        await give(hall, sitting.id, "farid", "bilal")
    hall = await Hall.at(world, body, sittings[2])
    world.clock.advance(minutes=5)
    await hall.roll(*FIVE, "farid")
    world.clock.advance(minutes=5)
    await hall.act(open_sitting)

    await give(hall, sittings[3].id, "farid", "bilal")


async def test_who_is_present_gives_no_proxy(hall: Hall) -> None:
    await hall.open(*FIVE)

    with pytest.raises(Conflict):
        await hall.act(lambda held: record_proxy(held, hall.ids["carole"], hall.ids["bilal"]))


async def test_a_member_gives_and_revokes_their_own_and_nobody_elses(hall: Hall) -> None:
    await hall.open(*FIVE)
    farid = hall.member("farid")
    await hall.act(lambda held: record_proxy(held, hall.ids["farid"], hall.ids["bilal"]), farid)
    (proxy,) = (await hall.presence()).proxies.values()

    with pytest.raises(Forbidden):
        await hall.act(lambda held: record_proxy(held, hall.ids["gisele"], hall.ids["anne"]), farid)
    with pytest.raises(Forbidden):
        await hall.act(lambda held: revoke_proxy(held, proxy.id), hall.member("gisele"))
    with pytest.raises(NotFound):
        await hall.act(lambda held: revoke_proxy(held, "nothing"), farid)
    await hall.act(lambda held: revoke_proxy(held, proxy.id), farid)
    assert gathering_of(await hall.look()).represented == {}
