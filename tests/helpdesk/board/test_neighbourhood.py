"""One's own part of the town first, distances in steps between areas, and what is new today."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from helpdesk.board.service.board import Board
from helpdesk.board.service.listing import Filter, cell_counts, open_postings
from helpdesk.board.service.neighbourhood import Neighbourhood, choose_view, my_view, neighbourhood_of, within
from helpdesk.board.service.permissions import LOOKS
from helpdesk.board.service.postings import OFFERS, REQUESTS
from helpdesk.board.web.wishes import day_began
from helpdesk.matching.model import Volunteer
from helpdesk.matching.service.volunteers import cell_of
from portal.errors import InvalidInput
from portal.town.grid import Level, Place, Step
from portal.town.model import Cell, District, PublicArea
from portal.town.service.area_book import area_book
from portal.town.shapes import outline
from tests.helpdesk.board.site import Browser, Site
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, NEXT_SQUARE, World, a_draft, person

ANNA, BRUNO = person("anna"), person("bruno")
NO_SHAPE = {"type": "MultiPolygon", "coordinates": []}


def area(name: str, metres_north: float = 0, level: Level = Level.SQUARE_200_M) -> PublicArea:
    return PublicArea(name, level, "", Place(48.99 + metres_north / 111_195, 2.16), NO_SHAPE)


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (area("own"), Step.SAME_AREA),
        (area("next", 200), Step.UNDER_300_M),
        (area("next", 299), Step.UNDER_300_M),
        (area("near", 301), Step.UNDER_1_KM),
        (area("near", 999), Step.UNDER_1_KM),
        (area("far", 1001), Step.FURTHER),
        (area("square of 400 m", 200, Level.SQUARE_400_M), Step.UNDER_1_KM),
        (area("square of a kilometre", 300, Level.SQUARE_1_KM), Step.UNDER_1_KM),
        (area("district", 0, Level.DISTRICT), Step.SOMEWHERE_IN_TOWN),
    ],
)
def test_distance_is_told_in_steps_never_finer_than_the_areas(other: PublicArea, expected: Step) -> None:
    assert other.step_seen_from(area("own")) is expected
    assert area("own").step_seen_from(other) is expected


async def neighbourhood(world: World, person_id: str | None) -> Neighbourhood:
    async with world.database.read() as db:
        return await neighbourhood_of(db, person_id, await area_book(db), {"centre": "Centre", "east": "East"})


async def test_chosen_part_of_the_town_comes_before_that_of_the_own_area(world: World) -> None:
    async with world.database.write() as db:
        db.add(District(id="east", name="East", geometry=outline([NEXT_SQUARE]), order=2))
        db.add(volunteer_at(HOME_SQUARE.id, "anna", world.clock()))
    async with world.database.read() as db:
        assert [await cell_of(db, name) for name in ("anna", "bruno")] == [HOME_SQUARE.id, ""]

    assert await neighbourhood(world, None) == Neighbourhood()
    assert await neighbourhood(world, "bruno") == Neighbourhood()
    assert await neighbourhood(world, "anna") == Neighbourhood(HOME_SQUARE.id, "centre", "centre")
    for chosen in ("east", ""):
        async with world.database.write() as db:
            await choose_view(db, "anna", chosen, world.clock())
        assert await neighbourhood(world, "anna") == Neighbourhood(HOME_SQUARE.id, "centre", chosen)
    async with world.database.read() as db:
        mine: Any = await my_view(db, "anna")
        assert [view["district"] for view in mine] == [""]
        assert await my_view(db, "bruno") == []


async def test_district_that_the_town_does_not_have_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput):
        async with world.database.write() as db:
            await choose_view(db, "anna", "atlantis", world.clock())


async def test_areas_within_a_step_hold_one_own_and_nothing_for_an_unknown_one(world: World) -> None:
    async with world.database.read() as db:
        book = await area_book(db)

    assert within(book, HOME_SQUARE.id, Step.SAME_AREA) == {HOME_SQUARE.id}
    assert within(book, HOME_SQUARE.id, Step.UNDER_300_M) == {HOME_SQUARE.id, NEXT_SQUARE.id}
    assert within(book, "nowhere", Step.UNDER_1_KM) == frozenset()


async def test_new_or_changed_today_narrows_list_and_counts_alike(world: World) -> None:
    await world.board.post(ANNA, REQUESTS, a_draft("Old one"), command_id="post-0001")
    await world.board.post(ANNA, REQUESTS, a_draft("Rewritten"), command_id="post-0002")
    await world.board.post(ANNA, OFFERS, a_draft("Old ride"), command_id="post-0003")
    world.clock.advance(days=1)
    await world.board.post(ANNA, OFFERS, a_draft("New ride"), command_id="post-0004")
    async with world.database.write() as db:
        for posting in (await open_postings(db, Filter(), None)).postings:
            if posting.title == "Rewritten":
                posting.edited_at = world.clock()
    today = day_began(world.clock().date())

    for wanted, expected in (
        (Filter(since=today), ["New ride", "Rewritten"]),
        (Filter(since=today, kind="help_request"), ["Rewritten"]),
        (Filter(since=today, cells=frozenset({NEXT_SQUARE.id})), []),
        (Filter(since=today, without=frozenset({"anna"})), []),
        (Filter(since=today, by=date(2030, 1, 1)), []),
    ):
        async with world.database.read() as db:
            page = await open_postings(db, wanted, None)
            counts = await cell_counts(db, wanted)
        assert [posting.title for posting in page.postings] == expected
        assert sum(count.requests + count.offers for count in counts) == len(expected)


async def test_pages_of_what_is_new_today_hold_each_once_newest_first(world: World) -> None:
    for title in ("First", "Second", "Third"):
        await world.board.post(ANNA, REQUESTS, a_draft(title), command_id=f"post-{title}-0001")
        world.clock.advance(minutes=1)
    world.clock.advance(days=1)
    await world.board.post(ANNA, REQUESTS, a_draft("Fourth"), command_id="post-0004")
    async with world.database.write() as db:
        for posting in (await open_postings(db, Filter(), None)).postings:
            # The newest was written anew as well, the oldest last of all.
            if posting.title != "Second":
                posting.edited_at = world.clock() + timedelta(minutes=0 if posting.title == "Fourth" else 1)
    today = day_began(world.clock().date())

    for cells in (None, frozenset({HOME_SQUARE.id, NEXT_SQUARE.id})):
        found, after = [], None
        async with world.database.read() as db:
            while (page := await open_postings(db, Filter(since=today, cells=cells), after, 1)).postings:
                found += [posting.title for posting in page.postings]
                if (after := page.next) is None:
                    break
        assert found == ["Fourth", "Third", "First"]


def volunteer_at(cell_id: str, person_id: str, at: datetime) -> Volunteer:
    none: list[str] = []
    return Volunteer(
        person_id=person_id,
        is_on=False,
        cell_id=cell_id,
        changed_at=at,
        categories=none,
        slots=none,
        languages=none,
        skills=none,
        reach=1,
    )


async def with_two_districts(site: Site) -> tuple[Browser, Browser]:
    """Anna lives in the centre; of Bruno nothing is known. Bread is asked for in the centre, a walk in the east."""
    anna, bruno = await site.person("Anna"), await site.person("Bruno")
    assert anna.actor is not None
    assert bruno.actor is not None
    portal = site.portal
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    async with portal.database.write() as db:
        db.add(District(id="east", name="East end", geometry=outline([NEXT_SQUARE]), order=2))
        (await db.get_one(Cell, NEXT_SQUARE.id)).district_id = "east"
        db.add(volunteer_at(HOME_SQUARE.id, anna.actor.id, site.clock()))
    for title, at in (("Bread", HOME), ("A walk", FURTHER)):
        await board.post(bruno.actor, REQUESTS, a_draft(title, at=at), command_id=f"post-{len(title)}-0001")
    return anna, bruno


async def titles(who: Browser, query: str = "") -> list[str]:
    page = await who.text(f"/board?{query}")
    return [title for title in ("A walk", "Bread") if f">{title}<" in page]


async def test_own_neighbourhood_is_shown_first_and_the_whole_town_is_one_click_that_is_remembered(site: Site) -> None:
    anna, bruno = await with_two_districts(site)

    assert await titles(anna) == ["Bread"]
    page = await anna.text("/board")
    assert "You see your neighbourhood: Centre." in page
    assert 'href="/board?district=all"' in page.split("data-cards")[1], "the whole town is one click below the list too"
    assert "Nothing in your neighbourhood" in await anna.text("/board?category=pets")
    assert await titles(anna, "district=all") == ["A walk", "Bread"]
    for stranger in (bruno, site.visitor()):
        assert await titles(stranger) == ["A walk", "Bread"]
        assert "neighbourhood:" not in await stranger.text("/board")

    assert (await anna.post("/board/view", district="")).status_code == 303
    assert await titles(anna) == ["A walk", "Bread"]
    assert "Show my neighbourhood first: Centre" in await anna.text("/board")
    assert (await bruno.post("/board/view", district="east")).status_code == 303
    assert await titles(bruno) == ["A walk"]


async def test_visitor_and_unknown_district_are_refused(site: Site) -> None:
    anna, _bruno = await with_two_districts(site)

    assert (await site.visitor().post("/board/view", district="east")).status_code == 401
    assert (await anna.post("/board/view", district="atlantis")).status_code == 422
    assert await titles(anna) == ["Bread"]


async def test_distance_is_a_filter_and_on_the_cards_for_who_has_an_area(site: Site) -> None:
    anna, _bruno = await with_two_districts(site)

    page = await anna.text("/board?within=300")
    assert await titles(anna, "within=300") == ["A walk", "Bread"]
    assert "In your area" in page.split("data-cards")[1]
    assert "Less than 300 m away" in page.split("data-cards")[1]
    assert await titles(anna, "within=area") == ["Bread"]
    visitor = await site.visitor().text("/board?within=area")
    assert "A walk" in visitor
    assert "In your area" not in visitor
    assert "How far from you" not in visitor


async def test_map_counts_take_the_same_wishes(site: Site) -> None:
    anna, _bruno = await with_two_districts(site)
    today = site.clock().date()

    async def cells(query: str) -> set[str]:
        return {cell["place"]["cell"] for cell in (await anna.read(f"/api/board/cells?{query}"))["cells"]}

    assert await cells(f"near={HOME_SQUARE.id}&within=area") == {HOME_SQUARE.id}
    assert await cells(f"near={HOME_SQUARE.id}&within=300") == {HOME_SQUARE.id, NEXT_SQUARE.id}
    assert await cells(f"since={today}") == {HOME_SQUARE.id, NEXT_SQUARE.id}
    assert await cells(f"since={today + timedelta(days=1)}") == set()


async def test_who_asks_for_distances_again_and_again_is_slowed(site: Site) -> None:
    anna, _bruno = await with_two_districts(site)
    assert anna.actor is not None
    for _ in range(LOOKS.count):
        site.portal.limits.spend("board.look", anna.actor.id, LOOKS)

    assert (await anna.get("/board?within=300")).status_code == 429
    assert (await anna.get("/board")).status_code == 200


async def test_visitors_of_one_household_have_one_allowance_however_many_addresses_it_has(site: Site) -> None:
    for number in range(LOOKS.count):
        site.portal.limits.spend("board.look", "2001:db8:1:2::/64", LOOKS, f"look {number}")

    async def asks_from(address: str) -> int:
        visitor = site.visitor().client
        return (
            await visitor.get(
                f"/api/board/cells?near={HOME_SQUARE.id}&within=300", scope_base={"client": (address, 40_000)}
            )
        ).status_code

    assert await asks_from("2001:db8:1:2:aaaa::1") == 429
    assert await asks_from("2001:db8:1:3:aaaa::1") == 200
