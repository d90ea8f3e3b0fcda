"""What the town sets for its board: how much one person may have open, how long things stand, its own words."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from helpdesk.board.service.listing import my_postings
from helpdesk.board.service.postings import OFFERS, REQUESTS, Ref
from helpdesk.board.service.rules import OPEN_EACH, REQUEST_DAYS, TooManyOpen
from portal.clock import civil_date
from portal.permissions import Role
from portal.town.model import Category, TownSetting, TownText
from tests.helpdesk.board.site import Site
from tests.helpdesk.board.world import World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")


async def set_figure(world: World, name: str, value: str) -> None:
    async with world.database.write() as db:
        db.add(TownSetting(name=name, value=value, changed_at=world.clock(), changed_by=None))


async def test_one_person_has_so_many_open_as_the_town_lets(world: World) -> None:
    await set_figure(world, OPEN_EACH.name, "2")
    first = await world.board.post(ANNA, REQUESTS, a_draft(), command_id="command-one")
    await world.board.post(ANNA, OFFERS, a_draft(), command_id="command-two")

    with pytest.raises(TooManyOpen):
        await world.board.post(ANNA, REQUESTS, a_draft(), command_id="command-three")
    await world.board.post(BRUNO, REQUESTS, a_draft(), command_id="command-four")

    await world.board.cancel(ANNA, Ref(REQUESTS, first), seen=None, command_id="command-five")
    await world.board.post(ANNA, REQUESTS, a_draft(), command_id="command-six")
    with pytest.raises(TooManyOpen):
        await world.board.reopen(ANNA, Ref(REQUESTS, first), command_id="command-seven")


async def test_what_has_no_date_stands_as_long_as_the_town_says(world: World) -> None:
    await set_figure(world, REQUEST_DAYS.name, "30")
    await world.board.post(ANNA, REQUESTS, a_draft(), command_id="command-one")
    await world.board.post(ANNA, REQUESTS, a_draft(by=date(2026, 5, 6)), command_id="command-two")

    async with world.database.read() as db:
        found = (await my_postings(db, ANNA.id)).requests
    today = civil_date(world.clock())
    assert {posting.expires_on for posting in found} == {today + timedelta(days=30), date(2026, 5, 6)}


async def test_a_retired_category_is_no_longer_offered_and_what_stands_keeps_its_name(site: Site) -> None:
    anna = await site.person("Anna", Role.RESIDENT)
    home = {"longitude": 2.1601, "latitude": 48.9901}
    await anna.call("/api/requests", category_id="masks", title="Ten masks for our hall", **home)
    async with site.portal.database.write() as db:
        (await db.get_one(Category, "masks")).active = False

    board, steps = await site.visitor().text("/board"), await anna.text("/board/ask")

    assert "Ten masks for our hall" in board
    assert 'data-slot="category">Masks and protection' in board
    assert "Masks and protection" not in steps
    refused = await anna.call("/api/requests", category_id="masks", title="Ten more masks", **home)
    assert refused.status_code == 422


async def test_the_towns_own_words_stand_above_the_list(site: Site) -> None:
    async with site.portal.database.write() as db:
        for name, text in (("board.introduction", "Entre voisins de Clairval"), ("town.emergency", "Le 15, le 112")):
            db.add(TownText(name=name, fr=text, en="", changed_at=site.clock(), changed_by=None))

    page = await site.visitor().text("/board")

    assert "Entre voisins de Clairval" in page
    assert "Le 15, le 112" in page
    assert "Le 15, le 112" in await (await site.person("Anna")).text("/board/ask")
