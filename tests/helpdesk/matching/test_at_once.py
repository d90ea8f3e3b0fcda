"""What one person asks for at once is counted as if one came after the other; no two wait for each other for ever."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpRequest, PostingState
from helpdesk.board.service.postings import REQUESTS, Ref
from helpdesk.board.service.rules import OPEN_EACH, TooManyOpen
from helpdesk.matching.model import Engagement, EngagementState
from helpdesk.matching.service.rules import town_rules
from helpdesk.moderation.model import Case, Reason, Verdict
from helpdesk.moderation.service.deciding import Decision, Moderation
from portal.accounts.service import add_person
from portal.accounts.service.accounts import Accounts
from portal.commands import Answer
from portal.db import Crossed
from portal.permissions import Actor, Role
from portal.town.model import TownSetting
from tests.helpdesk.board.world import World, a_draft, person


async def registered(world: World, name: str) -> Actor:
    """Somebody with an account: for their row their commands wait. Nothing of theirs is held for being the first."""
    roles, email, since = frozenset({Role.RESIDENT}), f"{name}@mail.test", world.clock() - timedelta(days=30)
    async with world.database.write() as db:
        who = await add_person(db, name=name, email=email, roles=roles, at=since, locale="en")
    return Actor(who.id, name, roles, "login")


async def request_of(world: World, name: str) -> Ref:
    return Ref(REQUESTS, await world.board.post(person(name), REQUESTS, a_draft(), command_id=f"post-{name}"))


async def test_answers_sent_at_once_hold_no_more_places_than_one_may(world: World) -> None:
    bruno = await registered(world, "bruno")
    refs = [await request_of(world, f"anna-{number}") for number in range(6)]

    await asyncio.gather(
        *(
            world.matching.answer(bruno, ref, note="", command_id=f"answer-{number:04}")
            for number, ref in enumerate(refs)
        )
    )

    async with world.database.read() as db:
        held = select(func.count()).select_from(Engagement).filter_by(state=EngagementState.HELD)
        assert await db.scalar(held) == (await town_rules(db)).holds_each


async def test_requests_sent_at_once_are_no_more_than_one_may_have(world: World) -> None:
    bruno = await registered(world, "bruno")
    async with world.database.write() as db:
        db.add(TownSetting(name=OPEN_EACH.name, value="3", changed_at=world.clock(), changed_by=None))

    sent = (world.board.post(bruno, REQUESTS, a_draft(), command_id=f"post-{number:04}") for number in range(8))
    came_to = await asyncio.gather(*sent, return_exceptions=True)

    assert sum(isinstance(one, TooManyOpen) for one in came_to) == 5
    async with world.database.read() as db:
        assert await db.scalar(select(func.count()).select_from(HelpRequest)) == 3


async def test_reports_and_a_decision_at_once_all_count(world: World) -> None:
    moderation = Moderation(world.database, world.clock, world.board.limits, cast("Accounts", None))
    moderator = person("mona", Role.MODERATOR)
    for number in range(6):
        ref = await request_of(world, f"anna-{number}")
        await moderation.report(person(f"first-{number}"), ref, Reason.INSULT, "")
        async with world.database.read() as db:
            case = (await db.scalars(select(Case).filter_by(thing_id=ref.id))).one()
        decision = Decision(Verdict.KEPT, None, "", case.version)

        came_to = await asyncio.gather(
            moderation.report(person(f"second-{number}"), ref, Reason.INSULT, ""),
            moderation.decide(moderator, case.id, decision),
            moderation.report(person(f"third-{number}"), ref, Reason.INSULT, ""),
            return_exceptions=True,
        )

        # Whoever comes first is heard; a decision on what was reported once more meanwhile is refused in words.
        assert [one for one in came_to if isinstance(one, DBAPIError | Crossed)] == []
        assert (came_to[0], came_to[2]) == (None, None)


class Broken(Exception):
    """What a driver raises for a deadlock."""

    sqlstate = "40P01"


async def test_command_that_the_database_breaks_off_for_another_is_done_once_more_and_counts_once(world: World) -> None:
    anna, tries = person("anna"), []

    async def do(db: AsyncSession, at: Any) -> Answer:
        tries.append(at)
        await db.execute(text("SELECT 1"))
        if len(tries) == 1:
            raise DBAPIError("SELECT 1", {}, Broken())
        return {"done": True}

    answer = await world.board.once(anna, REQUESTS.actions.post, "command-1", "something", do)

    assert (answer, len(tries)) == ({"done": True}, 2)
    again = await world.board.once(anna, REQUESTS.actions.post, "command-1", "something", do)
    assert (again, len(tries)) == ({"done": True}, 2)


async def test_two_that_wait_for_each_other_end_with_words_for_one_of_them(world: World) -> None:
    if world.database.is_sqlite:
        # One writer at a time: nobody waits for what another has.
        return
    refs = [await request_of(world, name) for name in ("anna", "bruno")]
    both = asyncio.Barrier(2)

    async def lock(one: Ref, other: Ref) -> None:
        async with world.database.write() as db:
            await db.get(HelpRequest, one.id, with_for_update=True)
            await both.wait()
            await db.get(HelpRequest, other.id, with_for_update=True)

    came_to = await asyncio.gather(lock(*refs), lock(*reversed(refs)), return_exceptions=True)

    assert [type(one) for one in came_to if one is not None] == [Crossed]
    async with world.database.read() as db:
        states = {item.state for item in await db.scalars(select(HelpRequest))}
    assert states == {PostingState.OPEN}
