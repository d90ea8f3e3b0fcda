"""Writing a posting anew, and what comes round every week, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from helpdesk.board.model import Draft, HasEnded, HelpRequest, NotTheAuthor, PostingState, Revision
from helpdesk.board.place import PublicPlace
from helpdesk.board.service.cards import card_of
from helpdesk.board.service.editing import edit
from helpdesk.board.service.listing import Filter, cell_counts, open_postings
from helpdesk.board.service.postings import OFFERS, REQUESTS, PostingKind, Ref, access_posting
from helpdesk.board.service.retention import come_round, expire_due
from helpdesk.matching.service.upkeep import ask_still_needed, ask_whether_done
from portal.errors import Conflict, Forbidden, InvalidInput, TooMany
from portal.ids import new_id
from portal.jobs import Run
from portal.permissions import Actor, Role
from tests.helpdesk.board.world import HOME, World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")
both_kinds = pytest.mark.parametrize("kind", [REQUESTS, OFFERS], ids=["request", "offer"])


def weekly(title: str = "Company", **more: Any) -> Draft:
    return Draft(category_id="company", title=title, longitude=HOME.lon, latitude=HOME.lat, weekdays=(5,), **more)


def revised(title: str = "Two bags, and milk", **more: Any) -> Revision:
    return Revision(**{"category_id": "groceries", "title": title, **more})


async def posted(world: World, draft: Draft, kind: PostingKind = REQUESTS, command_id: str = "post-0001") -> Ref:
    return Ref(kind, await world.board.post(ANNA, kind, draft, command_id=command_id))


async def change(world: World, ref: Ref, revision: Revision, who: Actor = ANNA, **more: Any) -> None:
    await edit(world.board, who, ref, revision, **{"seen": None, "command_id": new_id(), **more})


async def stands(world: World, ref: Ref) -> Any:
    async with world.database.read() as db:
        return await access_posting(db, ref)


async def counts(world: World, category: str) -> int:
    async with world.database.read() as db:
        return sum(item.requests + item.offers for item in await cell_counts(db, Filter(category=category)))


@both_kinds
async def test_author_changes_words_category_and_day_and_the_counts_follow(world: World, kind: PostingKind) -> None:
    ref = await posted(world, a_draft(), kind)

    await change(world, ref, revised("Somebody to talk", category_id="company", by=date(2026, 5, 9), capacity=2))

    found = await stands(world, ref)
    assert (found.title, found.category_id, found.capacity, found.version) == ("Somebody to talk", "company", 2, 2)
    assert (found.schedule.by, found.expires_on) == (date(2026, 5, 9), date(2026, 5, 9))
    assert found.edited_at == world.clock()
    assert (await counts(world, "groceries"), await counts(world, "company")) == (0, 1)
    event = (await world.events())[-1]
    assert (event.kind, event.changed) == (f"{kind.name}.edited", ["category_id", "title", "capacity", "schedule"])


async def test_edit_that_changes_nothing_is_no_event_and_one_sent_twice_counts_once(world: World) -> None:
    ref = await posted(world, a_draft("Two bags"))

    await change(world, ref, revised("Two bags"))
    for _twice in range(2):
        await change(world, ref, revised(), command_id="edit-0001")

    assert [event.kind for event in await world.events()] == ["help_request.posted", "help_request.edited"]


@both_kinds
async def test_only_the_author_edits_and_only_what_stands(world: World, kind: PostingKind) -> None:
    ref = await posted(world, a_draft(), kind)
    for who, refusal in (
        (BRUNO, NotTheAuthor),
        (person("agent", Role.AGENT), NotTheAuthor),
        (Actor("nobody", "Nobody", frozenset(), "login-nobody"), Forbidden),
    ):
        with pytest.raises(refusal):
            await change(world, ref, revised(), who)
    with pytest.raises(Conflict):
        await change(world, ref, revised(), seen=7)

    await world.board.cancel(ANNA, ref, seen=None, command_id="cancel-01")
    with pytest.raises(HasEnded):
        await change(world, ref, revised())


async def test_edit_goes_through_the_same_checks_and_changes_nothing_when_refused(world: World) -> None:
    ref = await posted(world, a_draft("Two bags"))

    with pytest.raises(ValidationError, match="telephone"):
        revised("Call 06 12 34 56 78")
    for revision, field in (
        (revised(category_id="weapons"), "category_id"),
        (revised(by=date(2026, 5, 3)), "by"),
    ):
        with pytest.raises(InvalidInput) as refused:
            await change(world, ref, revision)
        assert set(refused.value.fields) == {field}

    assert (await stands(world, ref)).title == "Two bags"


async def test_places_that_are_taken_cannot_be_edited_away_and_more_open_it_again(world: World) -> None:
    ref = await posted(world, a_draft(capacity=2))
    for who in (BRUNO, person("chloe")):
        await world.matching.answer(who, ref, note="", command_id=f"answer-{who.id}")
    assert (await stands(world, ref)).state is PostingState.RESERVED

    with pytest.raises(InvalidInput) as refused:
        await change(world, ref, revised(capacity=1))
    assert set(refused.value.fields) == {"capacity"}
    await change(world, ref, revised(capacity=3))

    assert (await stands(world, ref)).state is PostingState.OPEN
    assert await counts(world, "groceries") == 1


async def test_edits_are_limited_by_the_hour(world: World) -> None:
    ref = await posted(world, a_draft())
    for number in range(20):
        await change(world, ref, revised(f"Bag number {number}"))

    with pytest.raises(TooMany):
        await change(world, ref, revised())


async def test_weekly_request_is_found_by_its_next_day_and_comes_round(world: World) -> None:
    ref = await posted(world, weekly(by=date(2026, 6, 30)))

    async def due(by: date) -> int:
        async with world.database.read() as db:
            return len((await open_postings(db, Filter(by=by), None)).postings)

    async def next_on() -> date | None:
        found = await stands(world, ref)
        assert isinstance(found, HelpRequest)
        return found.needed_by

    assert (await due(date(2026, 5, 7)), await due(date(2026, 5, 8))) == (0, 1)
    world.clock.advance(days=5)
    async with world.database.write() as db:
        assert await come_round(db, Run(world.clock(), None)) == 1
        assert await come_round(db, Run(world.clock(), None)) == 0
    assert await next_on() == date(2026, 5, 15)
    assert (await world.events())[-1].kind == "help_request.came_round"


@both_kinds
async def test_weekly_without_an_end_is_asked_about_and_one_with_an_end_expires_with_it(
    world: World, kind: PostingKind
) -> None:
    forever = await posted(world, weekly("For ever"), kind)
    ending = await posted(world, weekly("Until May", by=date(2026, 5, 31)), kind, "post-0002")

    async def night() -> None:
        async with world.database.write() as db:
            run = Run(world.clock(), None)
            await come_round(db, run)
            await ask_still_needed(db, run)
            await expire_due(db, run)

    world.clock.advance(days=61)
    await night()
    assert (await stands(world, ending)).state is PostingState.EXPIRED
    assert (await stands(world, forever)).state is PostingState.OPEN
    await world.board.keep(ANNA, forever, command_id="keep-0001")
    world.clock.advance(days=8)
    await night()
    assert (await stands(world, forever)).state is PostingState.OPEN
    world.clock.advance(days=61)
    for _question_then_silence in range(2):
        await night()
        world.clock.advance(days=8)
    assert (await stands(world, forever)).state is PostingState.EXPIRED


async def test_weekly_help_that_goes_on_is_not_asked_whether_it_is_done_before_its_last_day(world: World) -> None:
    ref = await posted(world, weekly(by=date(2026, 6, 30)))
    answer = await world.matching.answer(BRUNO, ref, note="", command_id="answer-01")
    await world.matching.accept(ANNA, ref, engagement_id=answer.id, reply="", command_id="accept-01")

    async def asked() -> int:
        async with world.database.write() as db:
            return await ask_whether_done(db, Run(world.clock(), None))

    world.clock.advance(days=30)
    assert await asked() == 0
    world.clock.advance(days=30)
    assert await asked() == 1


async def test_card_says_the_days_of_the_week_and_the_next(world: World) -> None:
    place = PublicPlace(cell="c", district="d", centre=(2.0, 48.0))
    request = await stands(world, await posted(world, weekly(starts_on=date(2026, 5, 12))))
    offer = await stands(world, await posted(world, weekly(by=date(2026, 6, 30)), OFFERS, "post-0002"))

    card = card_of(request, place)
    assert (card.weekdays, card.starts_on, card.by, card.next_on) == ((5,), date(2026, 5, 12), None, date(2026, 5, 15))
    assert (card_of(offer, place).by, card_of(offer, place).next_on) == (date(2026, 6, 30), None)
