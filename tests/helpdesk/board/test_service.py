"""Use cases on a real database: who may, what is recorded, what counts once."""

from __future__ import annotations

import asyncio
from datetime import date

import pytest
from sqlalchemy import select

from helpdesk.board.model import (
    Draft,
    HasEnded,
    HelpRequest,
    NoMoreAnswers,
    NotTheAuthor,
    OwnPosting,
    PostingState,
    TooLateToReopen,
)
from helpdesk.board.place import ExactPlace
from helpdesk.board.service.listing import Filter, cell_counts, open_postings
from helpdesk.board.service.postings import KINDS, OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.board.service.retention import expire_due as expire_due_job
from helpdesk.matching.model import AnsweredAlready, Engagement, EngagementState
from helpdesk.matching.service.loading import engagements_of
from helpdesk.matching.service.upkeep import ask_still_needed, lapse_holds
from portal.audit import AuditEntry
from portal.errors import Conflict, Forbidden, InvalidInput, NotFound, NotSignedIn, TooMany
from portal.jobs import Run
from portal.permissions import Actor, Role
from portal.town.grid import OutsideTown
from tests.helpdesk.board.world import HOME, HOME_SQUARE, OUTSIDE, World, a_draft, person

ANNA, BRUNO, CHLOE = person("anna"), person("bruno"), person("chloe")
AGENT, MODERATOR = person("agent", Role.AGENT), person("moderator", Role.MODERATOR)
NOBODY = Actor("nobody", "Nobody", frozenset(), "login-nobody")

both_kinds = pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])


async def posted(world: World, kind: PostingKind = REQUESTS, command_id: str = "post-0001", **draft: object) -> Ref:
    return Ref(kind, await world.board.post(ANNA, kind, a_draft(**draft), command_id=command_id))  # type: ignore[arg-type]


async def answered(world: World, ref: Ref, who: Actor = BRUNO) -> str:
    found = await world.matching.answer(who, ref, note="I can go on Friday.", command_id=f"answer-{who.id}")
    return found.id


async def state_of(world: World, ref: Ref) -> tuple[PostingState, int, int]:
    async with world.database.read() as db:
        posting = await access_posting(db, ref)
        return posting.state, posting.answers, posting.version


async def engagement_states(world: World, ref: Ref) -> dict[str, EngagementState]:
    async with world.database.read() as db:
        posting = await access_posting(db, ref)
        return {item.person_id: item.state for item in await engagements_of(db, posting)}


@both_kinds
async def test_posting_stands_with_its_event(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)

    (event,) = await world.events()
    assert (event.number, event.kind, event.subject_id) == (1, f"{kind.name}.posted", ref.id)
    assert (event.version, event.changed, event.actor_id) == (1, [], "anna")
    assert await state_of(world, ref) == (PostingState.OPEN, 0, 1)


async def test_posting_sent_twice_counts_once(world: World) -> None:
    first = await posted(world)
    second = await posted(world)

    assert first == second
    assert len(await world.events()) == 1


async def test_posting_sent_twice_at_once_counts_once(world: World) -> None:
    first, second = await asyncio.gather(posted(world), posted(world))

    assert first == second
    assert len(await world.events()) == 1


@both_kinds
async def test_story_from_post_to_close_is_recorded_in_order(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)
    bruno = await answered(world, ref, BRUNO)
    await answered(world, ref, CHLOE)
    await world.matching.accept(ANNA, ref, engagement_id=bruno, reply="Thank you!", command_id="accept-01")
    await world.board.close(ANNA, ref, outcome="helped", seen=4, command_id="close-001")

    found = [(event.kind.partition(".")[2], event.version, event.changed) for event in await world.events()]
    held = kind is REQUESTS
    assert found == [
        ("posted", 1, []),
        ("answered", 2, ["answers", "held", "state"] if held else ["answers"]),
        ("answered", 3, ["answers"]),
        ("accepted", 4, ["held", "accepted", "state"] if held else ["accepted", "state"]),
        ("closed", 5, ["state", "outcome"]),
    ]
    assert await engagement_states(world, ref) == {"bruno": EngagementState.DONE, "chloe": EngagementState.DECLINED}


@both_kinds
@pytest.mark.parametrize(("who", "refusal"), [(None, NotSignedIn), (NOBODY, Forbidden)])
async def test_posting_needs_a_role_of_the_town(
    world: World, kind: PostingKind, who: Actor | None, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await world.board.post(who, kind, a_draft(), command_id="post-0001")  # type: ignore[arg-type]

    assert await world.events() == []


@both_kinds
async def test_answering_needs_a_role_and_another_author(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)

    with pytest.raises(Forbidden):
        await world.matching.answer(NOBODY, ref, note="", command_id="answer-01")
    with pytest.raises(OwnPosting):
        await world.matching.answer(ANNA, ref, note="", command_id="answer-02")

    assert await engagement_states(world, ref) == {}


@both_kinds
async def test_only_the_author_accepts_and_declines(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)
    engagement_id = await answered(world, ref)

    for who, refusal in ((CHLOE, NotTheAuthor), (AGENT, NotTheAuthor), (NOBODY, Forbidden)):
        with pytest.raises(refusal):
            await world.matching.accept(who, ref, engagement_id=engagement_id, reply="", command_id="accept-01")
        with pytest.raises(refusal):
            await world.matching.decline(who, ref, engagement_id=engagement_id, command_id="decline-1")

    await world.matching.accept(ANNA, ref, engagement_id=engagement_id, reply="", command_id="accept-01")
    assert await engagement_states(world, ref) == {"bruno": EngagementState.ACCEPTED}


@both_kinds
async def test_only_author_agent_and_moderator_close(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)

    for who, refusal in ((CHLOE, NotTheAuthor), (person("mayor", Role.MAYOR), NotTheAuthor), (NOBODY, Forbidden)):
        with pytest.raises(refusal):
            await world.board.close(who, ref, outcome="duplicate", seen=None, command_id="close-001")
    for who in (CHLOE, AGENT):
        with pytest.raises(NotTheAuthor):
            await world.board.cancel(who, ref, seen=None, command_id="cancel-01")
    with pytest.raises(Forbidden):
        await world.board.cancel(NOBODY, ref, seen=None, command_id="cancel-01")
    await world.board.close(MODERATOR, ref, outcome="duplicate", seen=None, command_id="close-001")

    async with world.database.read() as db:
        (entry,) = await db.scalars(select(AuditEntry))
    assert (entry.act, entry.actor_id, entry.subject_id) == (f"{kind.name}.closed", "moderator", ref.id)
    assert (await state_of(world, ref))[0] is PostingState.CLOSED


@both_kinds
async def test_exact_place_is_for_author_and_agent_and_the_agent_is_noted(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind, at=HOME)

    for who in (BRUNO, MODERATOR, NOBODY):
        with pytest.raises(Forbidden):
            await world.matching.open_exact_place(who, ref)
    own = await world.matching.open_exact_place(ANNA, ref)
    seen_by_agent = await world.matching.open_exact_place(AGENT, ref)

    assert own == seen_by_agent == ExactPlace(HOME.lon, HOME.lat, "")
    await world.board.close(ANNA, ref, outcome="helped", seen=None, command_id="close-001")
    with pytest.raises(HasEnded):
        await world.matching.open_exact_place(AGENT, ref)
    assert await world.matching.open_exact_place(ANNA, ref) == own
    async with world.database.read() as db:
        entries = [(entry.act, entry.actor_id, entry.subject_id) for entry in await db.scalars(select(AuditEntry))]
    assert entries == [(f"{kind.name}.exact_place_opened", "agent", ref.id)]


async def test_one_of_two_acceptances_at_once_wins(world: World) -> None:
    ref = await posted(world)
    bruno, chloe = await answered(world, ref, BRUNO), await answered(world, ref, CHLOE)

    results = await asyncio.gather(
        world.matching.accept(ANNA, ref, engagement_id=bruno, reply="", command_id="accept-01"),
        world.matching.accept(ANNA, ref, engagement_id=chloe, reply="", command_id="accept-02"),
        return_exceptions=True,
    )

    assert sorted(type(result).__name__ for result in results) == ["NoMoreAnswers", "NoneType"]
    states = await engagement_states(world, ref)
    assert sorted(states.values()) == [EngagementState.ACCEPTED, EngagementState.PROPOSED]


async def test_second_answer_of_the_same_person_is_refused(world: World) -> None:
    ref = await posted(world)
    await answered(world, ref)

    with pytest.raises(AnsweredAlready):
        await world.matching.answer(BRUNO, ref, note="again", command_id="answer-zz")

    assert (await state_of(world, ref))[1] == 1


async def test_withdrawn_answer_may_be_given_again(world: World) -> None:
    ref = await posted(world)
    engagement_id = await answered(world, ref)
    await world.matching.withdraw(BRUNO, ref, command_id="withdraw1")

    again = await world.matching.answer(BRUNO, ref, note="I can after all.", command_id="answer-zz")

    assert again.id == engagement_id
    assert await state_of(world, ref) == (PostingState.RESERVED, 1, 4)


async def test_closing_on_an_old_version_conflicts_and_changes_nothing(world: World) -> None:
    ref = await posted(world)
    await answered(world, ref)

    with pytest.raises(Conflict):
        await world.board.close(ANNA, ref, outcome="helped", seen=1, command_id="close-001")

    assert (await state_of(world, ref))[0] is PostingState.RESERVED
    assert len(await world.events()) == 2


async def test_unknown_outcome_is_refused_by_name(world: World) -> None:
    ref = await posted(world)

    with pytest.raises(InvalidInput) as refused:
        await world.board.close(ANNA, ref, outcome="not_asked_for", seen=None, command_id="close-001")

    assert set(refused.value.fields) == {"outcome"}


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        ({"category_id": "weapons"}, "category_id"),
        ({"by": date(2026, 5, 3)}, "by"),
        ({"by": date(2027, 9, 1)}, "by"),
    ],
)
async def test_draft_that_does_not_fit_is_refused_by_field(world: World, draft: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        await posted(world, **draft)  # type: ignore[arg-type]

    assert set(refused.value.fields) == {field}
    assert await world.events() == []


async def test_place_outside_the_town_is_refused(world: World) -> None:
    with pytest.raises(OutsideTown):
        await posted(world, at=OUTSIDE)

    assert await world.events() == []


async def test_address_of_the_file_gives_the_exact_place_with_its_words(world: World) -> None:
    draft = Draft(category_id="groceries", title="Two bags", address_id="95000_0001_00012")
    ref = Ref(REQUESTS, await world.board.post(ANNA, REQUESTS, draft, command_id="post-0001"))

    place = await world.matching.open_exact_place(ANNA, ref)

    assert place == ExactPlace(HOME.lon, HOME.lat, "12 Rue des Lilas, 95000 Essai")


async def test_address_that_the_town_does_not_know_is_refused(world: World) -> None:
    draft = Draft(category_id="groceries", title="Two bags", address_id="nowhere")

    with pytest.raises(InvalidInput) as refused:
        await world.board.post(ANNA, REQUESTS, draft, command_id="post-0001")

    assert set(refused.value.fields) == {"address"}


async def test_what_is_not_there_is_not_found(world: World) -> None:
    ref = await posted(world)

    with pytest.raises(NotFound):
        await world.matching.answer(BRUNO, Ref(REQUESTS, "nothing"), note="", command_id="answer-01")
    with pytest.raises(NotFound):
        await world.matching.answer(BRUNO, Ref(OFFERS, ref.id), note="", command_id="answer-02")
    with pytest.raises(NotFound):
        await world.matching.accept(ANNA, ref, engagement_id="nothing", reply="", command_id="accept-01")
    with pytest.raises(NotFound):
        await world.matching.withdraw(CHLOE, ref, command_id="withdraw1")


async def test_posts_and_answers_are_limited_by_the_hour(world: World) -> None:
    for number in range(10):
        await posted(world, command_id=f"post-{number:04}")
    with pytest.raises(TooMany):
        await posted(world, command_id="post-last")

    world.clock.advance(hours=1)
    await posted(world, command_id="post-last")

    assert len(await world.events()) == 11


async def test_repeating_a_command_is_free_of_the_limit(world: World) -> None:
    for _ in range(12):
        await posted(world)

    assert len(await world.events()) == 1


async def expire_due(world: World) -> int:
    async with world.database.write() as db:
        run = Run(world.clock(), None)
        await lapse_holds(db, run)
        return await expire_due_job(db, run)


async def test_expiry_ends_what_is_past_its_day_and_still_has_room(world: World) -> None:
    due = await posted(world, by=date(2026, 5, 5), command_id="post-due0")
    engaged = await posted(world, by=date(2026, 5, 5), command_id="post-engd")
    later = await posted(world, command_id="post-late")
    await answered(world, due, CHLOE)
    await world.matching.accept(
        ANNA, engaged, engagement_id=await answered(world, engaged), reply="", command_id="accept-01"
    )

    world.clock.advance(days=1)
    assert await expire_due(world) == 0
    world.clock.advance(days=1)
    assert await expire_due(world) == 1

    assert (await state_of(world, due))[0] is PostingState.EXPIRED
    assert (await state_of(world, engaged))[0] is PostingState.ENGAGED
    assert (await state_of(world, later))[0] is PostingState.OPEN
    assert await engagement_states(world, due) == {"chloe": EngagementState.DECLINED}
    assert (await world.events())[-1].kind == "help_request.expired"


async def test_without_a_day_it_expires_only_after_its_author_was_asked(world: World) -> None:
    ref = await posted(world)
    world.clock.advance(days=40)
    assert await expire_due(world) == 0

    async with world.database.write() as db:
        assert await ask_still_needed(db, Run(world.clock(), None)) == 1
        assert await ask_still_needed(db, Run(world.clock(), None)) == 0
    world.clock.advance(days=7)
    assert await expire_due(world) == 0
    world.clock.advance(days=1)
    assert await expire_due(world) == 1

    assert (await state_of(world, ref))[0] is PostingState.EXPIRED


async def test_who_says_that_it_is_still_needed_keeps_it_on_the_board(world: World) -> None:
    ref = await posted(world)
    world.clock.advance(days=14)
    async with world.database.write() as db:
        await ask_still_needed(db, Run(world.clock(), None))

    for who in (BRUNO, AGENT, MODERATOR):
        with pytest.raises(NotTheAuthor):
            await world.board.keep(who, ref, command_id="keep-0001")
    await world.board.keep(ANNA, ref, command_id="keep-0001")
    world.clock.advance(days=13)

    assert await expire_due(world) == 0


@both_kinds
async def test_only_the_author_opens_it_again_and_only_within_a_week(world: World, kind: PostingKind) -> None:
    ref = await posted(world, kind)
    await world.board.close(ANNA, ref, outcome="helped", seen=None, command_id="close-001")
    for who, refusal in ((BRUNO, NotTheAuthor), (AGENT, NotTheAuthor), (NOBODY, Forbidden)):
        with pytest.raises(refusal):
            await world.board.reopen(who, ref, command_id="reopen-01")

    world.clock.advance(days=7)
    for _twice in range(2):
        await world.board.reopen(ANNA, ref, command_id="reopen-01")

    assert (await state_of(world, ref))[0] is PostingState.OPEN
    assert [event.kind for event in await world.events()][-1] == f"{kind.name}.reopened"
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")
    world.clock.advance(days=8)
    with pytest.raises(TooLateToReopen):
        await world.board.reopen(ANNA, ref, command_id="reopen-02")


async def test_offer_for_two_takes_two(world: World) -> None:
    ref = await posted(world, OFFERS, capacity=2)
    bruno, chloe = await answered(world, ref, BRUNO), await answered(world, ref, CHLOE)

    await world.matching.accept(ANNA, ref, engagement_id=bruno, reply="", command_id="accept-01")
    await world.matching.accept(ANNA, ref, engagement_id=chloe, reply="", command_id="accept-02")

    assert (await state_of(world, ref))[0] is PostingState.ENGAGED
    with pytest.raises(NoMoreAnswers):
        await world.matching.answer(AGENT, ref, note="", command_id="answer-03")


@both_kinds
async def test_tally_holds_what_is_open_through_a_whole_story(world: World, kind: PostingKind) -> None:
    async def counted() -> tuple[int, int]:
        async with world.database.read() as db:
            by_tally = await cell_counts(db, Filter())
            by_list = await open_postings(db, Filter(), None)
        return sum(count.requests + count.offers for count in by_tally), len(by_list.postings)

    ref = await posted(world, kind)
    assert await counted() == (1, 1)
    engagement_id = await answered(world, ref)
    assert await counted() == ((0, 0) if kind is REQUESTS else (1, 1))
    await world.matching.accept(ANNA, ref, engagement_id=engagement_id, reply="", command_id="accept-01")
    assert await counted() == (0, 0)
    await world.matching.withdraw(BRUNO, ref, command_id="withdraw1")
    assert await counted() == (1, 1)
    await posted(world, kind, command_id="post-0002")
    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")
    assert await counted() == (1, 1)
    await world.board.reopen(ANNA, ref, command_id="reopen-01")
    assert await counted() == (2, 2)
    for _question_and_week in range(2):
        world.clock.advance(days=100)
        async with world.database.write() as db:
            await ask_still_needed(db, Run(world.clock(), None))
        await expire_due(world)
    assert await counted() == (0, 0)


async def test_events_and_receipts_hold_no_text_and_no_place(world: World) -> None:
    ref = await posted(world, title="Secret garden", at=HOME)
    await answered(world, ref)

    async with world.database.read() as db:
        row = (await db.scalars(select(HelpRequest))).one()
        stored = [str(vars(event)) for event in await world.events()]
        stored += [str(vars(item)) for item in await db.scalars(select(AuditEntry))]
    assert "Secret garden" in row.title
    assert all("Secret" not in text and str(HOME.lat) not in text and HOME_SQUARE.id not in text for text in stored)
    assert str(HOME.lon).encode() not in row.sealed_place


def test_both_kinds_are_known_by_name() -> None:
    assert {name: kind.model.__tablename__ for name, kind in KINDS.items()} == {
        "help_request": "help_request",
        "help_offer": "help_offer",
    }
    assert Engagement.__tablename__ == "help_engagement"
