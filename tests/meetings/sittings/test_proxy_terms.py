"""A proxy is valid for three sittings in a row at most, unless illness is established (CGCT L2121-20)."""

from __future__ import annotations

import pytest

from meetings.sittings.model import Body, ProxyRefused, Sitting, VotingProxy
from meetings.sittings.model.progress import SITTING_OPENED
from meetings.sittings.service import agenda, convening, replies
from meetings.sittings.service.journal import note
from portal.errors import Forbidden
from portal.permissions import Actor
from tests.meetings.sittings.world import CLERK, LIBRARY, TOWN, World, actor, evening

DAYS = (20, 21, 22, 23)


class Council:
    """Four sittings that were called, of a council of three."""

    world: World
    body: Body
    sittings: list[Sitting]

    @classmethod
    async def of(cls, world: World) -> Council:
        found = cls()
        found.world = world
        found.body = await world.council("anne", "bilal", "carole")
        found.sittings = [await world.convened(found.body, evening(day)) for day in DAYS]
        return found

    async def give(
        self, which: int, holder: str = "bilal", *, illness: bool = False, who: Actor = CLERK
    ) -> VotingProxy:
        """Carole's proxy."""
        mandates = await self.world.mandates(self.body)
        async with self.world.database.write() as db:
            sitting = await agenda.access_sitting(db, self.sittings[which].id, lock=True)
            return await replies.give_proxy(
                db,
                who,
                sitting,
                giver_id=mandates["carole"].id,
                holder_id=mandates[holder].id,
                library=LIBRARY,
                town=TOWN,
                now=self.world.clock(),
                illness=illness,
            )

    async def revoke(self, which: int, proxy: VotingProxy) -> None:
        async with self.world.database.write() as db:
            sitting = await agenda.access_sitting(db, self.sittings[which].id, lock=True)
            await replies.revoke_proxy(db, CLERK, sitting, proxy.id, town=TOWN, now=self.world.clock())

    async def note(self, which: int, kind: str) -> None:
        async with self.world.database.write() as db:
            sitting = await agenda.access_sitting(db, self.sittings[which].id, lock=True)
            await note(db, sitting, TOWN, at=self.world.clock(), kind=kind, by="", content={})


@pytest.fixture
async def council(world: World) -> Council:
    return await Council.of(world)


async def test_the_fourth_sitting_in_a_row_is_refused_with_the_article(council: Council) -> None:
    for which in range(3):
        await council.give(which)

    with pytest.raises(ProxyRefused) as refusal:
        await council.give(3)
    assert "CGCT L2121-20" in refusal.value.words()
    assert (await council.give(3, holder="anne")).stands


async def test_established_illness_lets_it_go_on_and_only_the_clerk_says_so(council: Council) -> None:
    for which in range(3):
        await council.give(which)
    carole = actor((await council.world.mandates(council.body))["carole"].person_id)

    with pytest.raises(Forbidden):
        await council.give(3, illness=True, who=carole)
    await council.give(3, illness=True)
    given = [each for each in await council.world.journal(council.sittings[3]) if each.kind == "proxy.given"]
    assert [each.content.get("excused") for each in given] == [True]


async def test_a_sitting_for_which_it_was_taken_back_interrupts_the_row(council: Council) -> None:
    await council.give(0)
    await council.revoke(1, await council.give(1))
    await council.give(2)

    assert (await council.give(3)).stands


async def test_a_giver_who_arrived_late_was_represented_until_then(council: Council) -> None:
    for which in range(3):
        proxy = await council.give(which)
    council.world.clock.now = council.sittings[2].meets_at
    await council.note(2, SITTING_OPENED)
    council.world.clock.advance(minutes=40)
    await council.revoke(2, proxy)

    with pytest.raises(ProxyRefused):
        await council.give(3)


async def test_a_giver_who_came_late_to_a_sitting_that_was_opened_later_still_was_not_represented(
    council: Council,
) -> None:
    for which in range(3):
        proxy = await council.give(which)
    council.world.clock.now = council.sittings[2].meets_at
    council.world.clock.advance(minutes=5)
    await council.revoke(2, proxy)
    council.world.clock.advance(minutes=5)
    await council.note(2, SITTING_OPENED)

    assert (await council.give(3)).stands


@pytest.mark.parametrize(("kind", "counts"), [("sitting.opened", True), ("sitting.failed", False)])
async def test_of_past_sittings_those_that_were_held_count(council: Council, kind: str, counts: bool) -> None:
    for which in range(3):
        await council.give(which)
    async with council.world.database.write() as db:
        past = await agenda.access_sitting(db, council.sittings[1].id, lock=True)
        await note(db, past, TOWN, at=council.world.clock(), kind=kind, by="", content={})
        past.close()

    if counts:
        with pytest.raises(ProxyRefused):
            await council.give(3)
    else:
        assert (await council.give(3)).stands


async def test_a_sitting_that_is_cancelled_neither_counts_nor_interrupts(council: Council) -> None:
    for which in range(3):
        await council.give(which)
    async with council.world.database.write() as db:
        cancelled = await agenda.access_sitting(db, council.sittings[1].id, lock=True)
        await convening.cancel_sitting(db, council.world.convening, CLERK, cancelled, council.world.clock())

    assert (await council.give(3)).stands
