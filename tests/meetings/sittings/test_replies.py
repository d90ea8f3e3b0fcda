"""What comes back from members: receipts, replies, proxies."""

from __future__ import annotations

import asyncio

import pytest

from meetings.sittings.model import Body, ProxyRefused, Reply, Sitting
from meetings.sittings.model.sitting import NotConvened
from meetings.sittings.service import agenda, convening, replies
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn
from portal.permissions import Actor
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World, actor, evening


async def member(world: World, body: Body, name: str) -> Actor:
    return actor((await world.mandates(body))[name].person_id)


async def give(world: World, who: Actor | None, sitting: Sitting, giver: str, holder: str) -> str:
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        proxy = await replies.give_proxy(
            db, who, found, giver_id=giver, holder_id=holder, library=LIBRARY, town=TOWN, now=world.clock()
        )
        return proxy.id


async def test_opening_acknowledging_and_answering_are_each_noted_once(world: World) -> None:
    body = await world.council("anne", "bilal")
    sitting = await world.convened(body)
    bilal = await member(world, body, "bilal")
    for _ in range(2):
        world.clock.advance(minutes=1)
        async with world.database.write() as db:
            found = await agenda.access_sitting(db, sitting.id, lock=True)
            own = await replies.own_summons(db, bilal, found)
            await replies.open_summons(db, found, own, TOWN, world.clock())
            await replies.acknowledge(db, found, own, TOWN, world.clock())
            await replies.reply(db, found, own, Reply.ABSENT, by=bilal.account_id, town=TOWN, now=world.clock())

    kinds = [entry.kind for entry in await world.journal(sitting)]
    assert kinds == [
        "convocation.sent",
        "summons.opened",
        "summons.acknowledged",
        "summons.answered",
        "summons.answered",
    ]


async def test_the_link_in_the_mail_opens_the_members_own_convocation_and_no_other(world: World) -> None:
    body = await world.council("anne", "bilal")
    await world.convened(body)
    mandates = await world.mandates(body)

    async with world.database.read() as db:
        own = await replies.summons_by_secret(db, world.sent[mandates["bilal"].id])
        with pytest.raises(NotFound):
            await replies.summons_by_secret(db, "guessed")
    assert own.mandate.id == mandates["bilal"].id


async def test_who_is_not_a_member_has_no_convocation(world: World) -> None:
    body = await world.council("anne")
    sitting = await world.convened(body)

    async with world.database.read() as db:
        with pytest.raises(NotFound):
            await replies.own_summons(db, CLERK, sitting)
        with pytest.raises(NotSignedIn):
            await replies.own_summons(db, None, sitting)


async def test_the_clerk_records_paper_and_replies_and_members_do_not_for_others(world: World) -> None:
    body = await world.council("anne", "bilal")
    sitting = await world.convened(body)
    bilal = (await world.mandates(body))["bilal"]
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        own = await replies.access_summons(db, CLERK, found, bilal.id)
        await replies.hand_over(db, CLERK, found, own, town=TOWN, now=world.clock())
        with pytest.raises(Forbidden):
            await replies.access_summons(db, await member(world, body, "anne"), found, bilal.id)
        with pytest.raises(Forbidden):
            await replies.hand_over(db, actor("anne"), found, own, town=TOWN, now=world.clock())

    assert [entry.kind for entry in await world.journal(sitting)][-1] == "summons.handed_over"


async def test_a_member_gives_a_proxy_and_takes_it_back(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    mandates = await world.mandates(body)
    bilal = await member(world, body, "bilal")
    proxy_id = await give(world, bilal, sitting, mandates["bilal"].id, mandates["anne"].id)

    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        await replies.revoke_proxy(db, bilal, found, proxy_id, town=TOWN, now=world.clock())
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        with pytest.raises(Conflict):
            await replies.revoke_proxy(db, bilal, found, proxy_id, town=TOWN, now=world.clock())

    await give(world, bilal, sitting, mandates["bilal"].id, mandates["carole"].id)
    kinds = [entry.kind for entry in await world.journal(sitting)]
    assert kinds[1:] == ["proxy.given", "proxy.revoked", "proxy.given"]


async def test_a_second_proxy_for_one_holder_is_refused_with_the_article(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    mandates = await world.mandates(body)
    await give(world, CLERK, sitting, mandates["bilal"].id, mandates["anne"].id)

    with pytest.raises(ProxyRefused) as refused:
        await give(world, CLERK, sitting, mandates["carole"].id, mandates["anne"].id)

    assert "L2121-20" in refused.value.words()


async def test_of_two_proxies_given_to_one_holder_at_once_one_stands(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    mandates = await world.mandates(body)

    results = await asyncio.gather(
        *(give(world, CLERK, sitting, mandates[name].id, mandates["anne"].id) for name in ("bilal", "carole")),
        return_exceptions=True,
    )

    assert sorted(isinstance(result, str) for result in results) == [False, True]


async def test_a_proxy_is_not_given_to_oneself_nor_twice_nor_passed_on(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    id_of = {name: mandate.id for name, mandate in (await world.mandates(body)).items()}
    await give(world, CLERK, sitting, id_of["bilal"], id_of["anne"])

    for giver, holder in (("carole", "carole"), ("bilal", "carole"), ("carole", "bilal"), ("anne", "carole")):
        with pytest.raises(ProxyRefused):
            await give(world, CLERK, sitting, id_of[giver], id_of[holder])


async def test_nobody_gives_the_proxy_of_somebody_else(world: World) -> None:
    body = await world.council("anne", "bilal", "carole")
    sitting = await world.convened(body)
    id_of = {name: mandate.id for name, mandate in (await world.mandates(body)).items()}
    proxy_id = await give(world, CLERK, sitting, id_of["bilal"], id_of["anne"])

    anne = await member(world, body, "anne")
    for who, error in ((anne, Forbidden), (None, NotSignedIn)):
        with pytest.raises(error):
            await give(world, who, sitting, id_of["carole"], id_of["anne"])
        async with world.database.write() as db:
            found = await agenda.access_sitting(db, sitting.id, lock=True)
            with pytest.raises(error):
                await replies.revoke_proxy(db, who, found, proxy_id, town=TOWN, now=world.clock())


async def test_a_proxy_names_members_of_this_body_only(world: World) -> None:
    body = await world.council("anne", "bilal")
    other = await world.council("carole")
    sitting = await world.convened(body)
    stranger = (await world.mandates(other))["carole"].id

    with pytest.raises(InvalidInput):
        await give(world, CLERK, sitting, (await world.mandates(body))["bilal"].id, stranger)


async def test_replies_come_between_the_convocation_and_the_sitting(world: World) -> None:
    body = await world.council("anne")
    sitting = await world.convened(body, evening(20))
    anne = await member(world, body, "anne")
    async with world.database.write() as db:
        found = await agenda.access_sitting(db, sitting.id, lock=True)
        own = await replies.own_summons(db, anne, found)
        await convening.cancel_sitting(db, world.convening, CLERK, found, world.clock())
        with pytest.raises(NotConvened):
            await replies.reply(db, found, own, Reply.PRESENT, by="x", town=TOWN, now=world.clock())
