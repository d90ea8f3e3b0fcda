"""A person's own data on the board: taken along, and gone with the account."""

from __future__ import annotations

from typing import Any

import pytest

from helpdesk.board.model import PostingState
from helpdesk.board.service.listing import Filter, cell_counts
from helpdesk.board.service.own_data import ERASED, forget, my_offers, my_requests
from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref, access_posting
from portal.errors import NotFound
from portal.permissions import Role
from tests.helpdesk.board.world import HOME_SQUARE, World, a_draft, person

ANNA, BRUNO, AGENT = person("anna"), person("bruno"), person("agent", Role.AGENT)


async def test_export_holds_own_words_and_nobody_elses(world: World) -> None:
    own = await world.board.post(ANNA, REQUESTS, a_draft("Bread"), command_id="post-0001")
    await world.board.post(BRUNO, OFFERS, a_draft("Rides"), command_id="post-0002")

    async with world.database.read() as db:
        requests: Any = await my_requests(db, "anna")
        offers: Any = await my_offers(db, "anna")

    assert [(item["id"], item["title"], item["cell"], item["state"]) for item in requests] == [
        (own, "Bread", HOME_SQUARE.id, "open")
    ]
    assert offers == []


async def test_erasure_ends_what_stands_and_removes_words_and_places(world: World) -> None:
    own = Ref(REQUESTS, await world.board.post(ANNA, REQUESTS, a_draft("Bread"), command_id="post-0001"))
    await world.board.post(BRUNO, OFFERS, a_draft("Rides"), command_id="post-0002")

    async with world.database.write() as db:
        await forget(db, "anna", world.clock())

    async with world.database.read() as db:
        erased = await access_posting(db, own)
        counts = await cell_counts(db, Filter())
    words = (erased.state, erased.title, erased.details, erased.sealed_place)
    assert words == (PostingState.CANCELLED, ERASED, "", b"")
    assert [(count.requests, count.offers) for count in counts] == [(0, 1)]
    with pytest.raises(NotFound):
        await world.matching.open_exact_place(ANNA, own)
    assert (await world.events())[-1].kind == "help_request.cancelled"
