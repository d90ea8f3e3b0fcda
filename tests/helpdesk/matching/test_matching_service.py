"""Use cases of matching on a real database: who may, what counts once, what time does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select

from helpdesk.board.model import HasEnded, NotTheAuthor, PostingState, RequestOutcome
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.matching.model import AnsweredAlready, Engagement, EngagementState, Reason
from helpdesk.matching.service.loading import engagements_of
from helpdesk.matching.service.upkeep import ask_whether_done, close_unconfirmed, lapse_holds
from portal.audit import AuditEntry
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound, TooMany
from portal.jobs import Run
from portal.permissions import Actor, Role
from tests.helpdesk.board.world import HOME, World, a_draft, person

ANNA, BRUNO, CHLOE = person("anna"), person("bruno"), person("chloe")
AGENT, MODERATOR = person("agent", Role.AGENT), person("moderator", Role.MODERATOR)
NOBODY = Actor("nobody", "Nobody", frozenset(), "login-nobody")


async def posted(world: World, kind: PostingKind = REQUESTS, command_id: str = "post-0001", **draft: object) -> Ref:
    return Ref(kind, await world.board.post(ANNA, kind, a_draft(**draft), command_id=command_id))  # type: ignore[arg-type]


async def answered(world: World, ref: Ref, who: Actor = BRUNO) -> str:
    return (await world.matching.answer(who, ref, note="I can.", command_id=f"answer-{who.id}-{ref.id}"[:60])).id


async def accepted(world: World, ref: Ref, who: Actor = BRUNO) -> str:
    engagement_id = await answered(world, ref, who)
    await world.matching.accept(ANNA, ref, engagement_id=engagement_id, reply="", command_id=f"accept-{who.id}")
    return engagement_id


async def standing(world: World, ref: Ref) -> tuple[PostingState, dict[str, EngagementState]]:
    async with world.database.read() as db:
        posting = await access_posting(db, ref)
        return posting.state, {item.person_id: item.state for item in await engagements_of(db, posting)}


async def run(world: World, job: Callable[..., Awaitable[int]]) -> int:
    async with world.database.write() as db:
        return await job(db, Run(world.clock(), None))


async def test_of_two_who_claim_at_once_one_gets_the_place_and_the_other_stands_by(world: World) -> None:
    ref = await posted(world)

    found = await asyncio.gather(
        world.matching.answer(BRUNO, ref, note="", command_id="answer-01"),
        world.matching.answer(CHLOE, ref, note="", command_id="answer-02"),
    )

    assert sorted(one.state for one in found) == [EngagementState.HELD, EngagementState.PROPOSED]
    state, states = await standing(world, ref)
    assert state is PostingState.RESERVED
    assert sorted(states.values()) == [EngagementState.HELD, EngagementState.PROPOSED]


async def test_as_many_places_are_held_as_helpers_are_wanted(world: World) -> None:
    ref = await posted(world, capacity=2)

    found = await asyncio.gather(
        *(
            world.matching.answer(person(name), ref, note="", command_id=f"answer-{name}")
            for name in ("bruno", "chloe", "dora")
        )
    )

    states = sorted(one.state for one in found)
    assert states == [EngagementState.HELD, EngagementState.HELD, EngagementState.PROPOSED]


async def test_claim_sent_twice_is_one_claim_with_one_answer(world: World) -> None:
    ref = await posted(world)

    first, second = await asyncio.gather(
        *(world.matching.answer(BRUNO, ref, note="I can.", command_id="answer-01") for _twice in range(2))
    )

    assert first == second
    with pytest.raises(AnsweredAlready):
        await world.matching.answer(BRUNO, ref, note="I can.", command_id="answer-02")


async def test_place_is_kept_for_its_time_and_free_after_it(world: World) -> None:
    ref = await posted(world)
    await answered(world, ref)

    world.clock.advance(hours=11, minutes=59)
    assert await run(world, lapse_holds) == 0
    world.clock.advance(minutes=1)
    assert await run(world, lapse_holds) == 1
    assert await run(world, lapse_holds) == 0

    assert await standing(world, ref) == (PostingState.OPEN, {"bruno": EngagementState.PROPOSED})
    found = await world.matching.answer(CHLOE, ref, note="", command_id="answer-02")
    assert found.state is EngagementState.HELD


async def test_for_today_a_place_is_kept_an_hour(world: World) -> None:
    ref = await posted(world, by=world.clock().date())
    await answered(world, ref)

    world.clock.advance(hours=1)

    assert await run(world, lapse_holds) == 1


async def test_nobody_has_more_than_three_places_kept(world: World) -> None:
    refs = [await posted(world, command_id=f"post-{number:04}") for number in range(4)]
    states = []
    for ref in refs:
        found = await world.matching.answer(BRUNO, ref, note="", command_id=f"answer-{ref.id}")
        states.append(found.state)

    assert states == [EngagementState.HELD] * 3 + [EngagementState.PROPOSED]


async def test_offer_keeps_no_place_since_its_author_chooses(world: World) -> None:
    ref = await posted(world, OFFERS)

    await answered(world, ref)

    assert await standing(world, ref) == (PostingState.OPEN, {"bruno": EngagementState.PROPOSED})


async def test_helper_says_done_author_confirms_and_thanks(world: World) -> None:
    ref = await posted(world)
    engagement_id = await accepted(world, ref)

    await world.matching.report_done(BRUNO, engagement_id, command_id="done-0001")
    assert await standing(world, ref) == (PostingState.TO_CONFIRM, {"bruno": EngagementState.REPORTED})
    await world.board.close(ANNA, ref, outcome="helped", seen=None, command_id="close-001")
    await world.matching.thank(ANNA, engagement_id, words="Thank you so much!", command_id="thank-001")

    assert await standing(world, ref) == (PostingState.CLOSED, {"bruno": EngagementState.DONE})
    async with world.database.read() as db:
        assert (await db.get_one(Engagement, engagement_id)).thanks == "Thank you so much!"


async def test_not_yet_goes_on_and_nobody_came_makes_room(world: World) -> None:
    ref = await posted(world)
    engagement_id = await accepted(world, ref)
    await world.matching.report_done(BRUNO, engagement_id, command_id="done-0001")

    await world.matching.not_yet(ANNA, ref, command_id="not-yet-1")
    assert await standing(world, ref) == (PostingState.ENGAGED, {"bruno": EngagementState.ACCEPTED})
    await world.matching.no_show(ANNA, ref, engagement_id=engagement_id, command_id="no-show-1")

    assert await standing(world, ref) == (PostingState.OPEN, {"bruno": EngagementState.NO_SHOW})


async def test_author_who_says_nothing_for_three_days_was_helped_as_far_as_anybody_knows(world: World) -> None:
    ref = await posted(world)
    await world.matching.report_done(BRUNO, await accepted(world, ref), command_id="done-0001")

    world.clock.advance(days=2, hours=23)
    assert await run(world, close_unconfirmed) == 0
    world.clock.advance(hours=1)
    assert await run(world, close_unconfirmed) == 1

    assert await standing(world, ref) == (PostingState.CLOSED, {"bruno": EngagementState.DONE})
    async with world.database.read() as db:
        assert (await access_posting(db, ref)).outcome is RequestOutcome.HELPED_UNCONFIRMED


@pytest.mark.parametrize("days", [2, 3])
async def test_author_is_asked_how_it_went_after_the_day_or_after_three_days_without_one(
    world: World, days: int
) -> None:
    by = world.clock().date() if days == 2 else None
    ref = await posted(world, by=by)
    await accepted(world, ref)

    assert await run(world, ask_whether_done) == 0
    world.clock.advance(days=days)
    assert await run(world, ask_whether_done) == 1
    assert await run(world, ask_whether_done) == 0

    assert (await standing(world, ref))[0] is PostingState.TO_CONFIRM


async def test_nobody_sets_the_outcome_that_only_silence_sets(world: World) -> None:
    ref = await posted(world)

    with pytest.raises(InvalidInput):
        await world.board.close(ANNA, ref, outcome="helped_unconfirmed", seen=None, command_id="close-001")


async def test_reasons_are_each_sides_own(world: World) -> None:
    ref = await posted(world)
    engagement_id = await answered(world, ref)

    with pytest.raises(InvalidInput):
        await world.matching.withdraw(BRUNO, ref, reason="found_another", command_id="withdraw1")
    with pytest.raises(InvalidInput):
        await world.matching.decline(
            ANNA, ref, engagement_id=engagement_id, reason="posting_ended", command_id="decline-1"
        )
    await world.matching.withdraw(BRUNO, ref, reason="unwell", command_id="withdraw2")

    async with world.database.read() as db:
        assert (await db.get_one(Engagement, engagement_id)).reason is Reason.UNWELL


async def test_others_can_do_nothing_to_an_engagement_and_learn_nothing_of_it(world: World) -> None:
    ref, other = await posted(world), await posted(world, command_id="post-0002")
    engagement_id = await accepted(world, ref)

    for who in (CHLOE, AGENT, MODERATOR):
        with pytest.raises(NotFound):
            await world.matching.report_done(who, engagement_id, command_id="done-0001")
        with pytest.raises(NotFound):
            await world.matching.thank(who, engagement_id, words="", command_id="thank-001")
        for act in (world.matching.no_show, world.matching.decline):
            with pytest.raises(NotTheAuthor):
                await act(who, ref, engagement_id=engagement_id, command_id="act-00001")
        with pytest.raises(NotTheAuthor):
            await world.matching.not_yet(who, ref, command_id="not-yet-1")
    with pytest.raises(NotTheAuthor):
        await world.matching.thank(BRUNO, engagement_id, words="", command_id="thank-001")
    with pytest.raises(Conflict):
        await world.matching.report_done(ANNA, engagement_id, command_id="done-0002")
    with pytest.raises(NotFound):
        await world.matching.accept(ANNA, other, engagement_id=engagement_id, reply="", command_id="accept-zz")
    with pytest.raises(Forbidden):
        await world.matching.report_done(NOBODY, engagement_id, command_id="done-0001")

    assert await standing(world, ref) == (PostingState.ENGAGED, {"bruno": EngagementState.ACCEPTED})


async def test_exact_place_is_for_the_accepted_helper_from_the_yes_to_the_end_and_noted(world: World) -> None:
    ref = await posted(world, at=HOME)
    engagement_id = await answered(world, ref)
    await answered(world, ref, CHLOE)
    with pytest.raises(Forbidden):
        await world.matching.open_exact_place(BRUNO, ref)
    await world.matching.accept(ANNA, ref, engagement_id=engagement_id, reply="", command_id="accept-01")

    place = await world.matching.open_exact_place(BRUNO, ref)
    with pytest.raises(Forbidden):
        await world.matching.open_exact_place(CHLOE, ref)
    await world.board.close(ANNA, ref, outcome="helped", seen=None, command_id="close-001")

    assert (place.latitude, place.longitude) == (HOME.lat, HOME.lon)
    for who in (BRUNO, AGENT):
        with pytest.raises((Forbidden, HasEnded)):
            await world.matching.open_exact_place(who, ref)
    async with world.database.read() as db:
        entries = [(entry.act, entry.actor_id) for entry in await db.scalars(select(AuditEntry))]
    assert entries == [("help_request.exact_place_opened", "bruno")]


async def test_helper_who_withdraws_no_longer_sees_the_place(world: World) -> None:
    ref = await posted(world)
    await accepted(world, ref)
    await world.matching.withdraw(BRUNO, ref, command_id="withdraw1")

    with pytest.raises(Forbidden):
        await world.matching.open_exact_place(BRUNO, ref)


@pytest.mark.parametrize("shares", [True, False])
async def test_place_of_an_offer_is_shown_only_if_its_author_says_so(world: World, shares: bool) -> None:
    ref = await posted(world, OFFERS)
    engagement_id = await answered(world, ref)
    await world.matching.accept(
        ANNA, ref, engagement_id=engagement_id, reply="", shares_place=shares, command_id="accept-01"
    )

    if shares:
        assert (await world.matching.open_exact_place(BRUNO, ref)).latitude == HOME.lat
    else:
        with pytest.raises(Forbidden):
            await world.matching.open_exact_place(BRUNO, ref)


async def test_exact_places_are_limited_by_the_hour(world: World) -> None:
    ref = await posted(world)
    await accepted(world, ref)
    for _time in range(60):
        await world.matching.open_exact_place(BRUNO, ref)

    with pytest.raises(TooMany):
        await world.matching.open_exact_place(BRUNO, ref)


async def test_after_opening_again_those_who_got_no_no_may_answer_again(world: World) -> None:
    ref = await posted(world)
    bruno = await answered(world, ref)
    await answered(world, ref, CHLOE)
    await world.matching.decline(ANNA, ref, engagement_id=bruno, command_id="decline-1")
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")
    await world.board.reopen(ANNA, ref, command_id="reopen-01")

    found = await world.matching.answer(CHLOE, ref, note="Again", command_id="answer-zz")
    with pytest.raises(AnsweredAlready):
        await world.matching.answer(BRUNO, ref, note="Again", command_id="answer-yy")

    assert found.state is EngagementState.HELD
