"""A person's own data on the board: taken along, and gone with the account."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.board.model import EngagementState, PostingState
from helpdesk.board.service.listing import Filter, cell_counts, open_postings
from helpdesk.board.service.own_data import ERASED, forget, my_answers, my_offers, my_requests
from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref, access_posting, engagements_of
from portal.errors import NotFound
from portal.permissions import Role
from tests.helpdesk.board.world import HOME_SQUARE, World, a_draft, person

ANNA, BRUNO, AGENT = person("anna"), person("bruno"), person("agent", Role.AGENT)


async def test_export_holds_own_words_and_nobody_elses(world: World) -> None:
    own = await world.board.post(ANNA, REQUESTS, a_draft("Bread"), command_id="post-0001")
    other = await world.board.post(BRUNO, OFFERS, a_draft("Rides"), command_id="post-0002")
    await world.board.answer(ANNA, Ref(OFFERS, other), note="On Friday?", command_id="answer-01")

    async with world.database.read() as db:
        requests: Any = await my_requests(db, "anna")
        offers: Any = await my_offers(db, "anna")
        answers: Any = await my_answers(db, "anna")

    assert [(item["id"], item["title"], item["cell"], item["state"]) for item in requests] == [
        (own, "Bread", HOME_SQUARE.id, "open")
    ]
    assert offers == []
    assert [(item["to"], item["note"], item["state"]) for item in answers] == [(other, "On Friday?", "proposed")]


async def test_erasure_ends_what_stands_and_removes_words_and_places(world: World) -> None:
    own = Ref(REQUESTS, await world.board.post(ANNA, REQUESTS, a_draft("Bread"), command_id="post-0001"))
    other = Ref(OFFERS, await world.board.post(BRUNO, OFFERS, a_draft("Rides"), command_id="post-0002"))
    answer_id = await world.board.answer(ANNA, other, note="On Friday?", command_id="answer-01")
    await world.board.accept(BRUNO, other, engagement_id=answer_id, reply="At ten", command_id="accept-01")

    async with world.database.write() as db:
        await forget(db, "anna", world.clock())

    async with world.database.read() as db:
        erased, reopened = await access_posting(db, own), await access_posting(db, other)
        (engagement,) = await engagements_of(db, reopened)
        listed = (await open_postings(db, Filter(), None)).postings
        counts = await cell_counts(db, Filter())
    assert (erased.state, erased.title, erased.details, erased.sealed_place) == (
        PostingState.CANCELLED,
        ERASED,
        "",
        b"",
    )
    assert (reopened.state, reopened.accepted) == (PostingState.OPEN, 0)
    assert (engagement.state, engagement.note, engagement.reply) == (EngagementState.WITHDRAWN, "", "")
    assert [posting.id for posting in listed] == [other.id]
    assert [(count.requests, count.offers) for count in counts] == [(0, 1)]
    with pytest.raises(NotFound):
        await world.board.open_exact_place(AGENT, own)
    assert [event.kind for event in (await world.events())[-2:]] == [
        "help_offer.answer_withdrawn",
        "help_request.cancelled",
    ]
