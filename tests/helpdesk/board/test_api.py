"""The HTTP API: the same rules as the pages, one error shape, and its description."""

from __future__ import annotations

from typing import Any

import pytest

from portal.permissions import Role
from portal.town.model import Cell, Town
from tests.helpdesk.board.site import Site
from tests.helpdesk.board.world import FURTHER, HOME, HOME_SQUARE, NEXT_DOOR, OUTSIDE

DRAFT: dict[str, Any] = {
    "category_id": "groceries",
    "title": "Bread from the market",
    "longitude": HOME.lon,
    "latitude": HOME.lat,
}
both = pytest.mark.parametrize("path", ["requests", "offers"])


@both
async def test_story_by_api_from_post_to_close(site: Site, path: str) -> None:
    anna, bruno = await site.person("Anna"), await site.person("Bruno")

    created = await anna.call(f"/api/{path}", **DRAFT)
    assert created.status_code == 201
    one = f"/api/{path}/{(await created.get_json())['id']}"
    answered = await bruno.call(f"{one}/answers", note="I can.")
    answer = f"{one}/answers/{(await answered.get_json())['id']}"
    assert (await anna.call(f"{answer}/accept", reply="Thanks")).status_code == 200
    assert (await bruno.read(one))["state"] == "engaged"
    assert (await bruno.call(f"{one}/withdraw", reason="unwell")).status_code == 200
    assert (await bruno.read(one))["state"] == "open"
    assert (await bruno.call(f"{one}/answers", note="I can after all.")).status_code == 201
    assert (await anna.call(f"{answer}/decline")).status_code == 200
    assert (await anna.call(f"{one}/close", outcome="helped", version=6)).status_code == 200

    assert (await anna.read(one))["state"] == "closed"
    assert (await bruno.read(one))["state"] == "closed"
    assert (await site.visitor().get(one)).status_code == 410
    assert (await anna.read(f"/api/{path}"))["items"] == []


@both
async def test_command_sent_twice_counts_once(site: Site, path: str) -> None:
    anna = await site.person("Anna")

    first = await (await anna.call(f"/api/{path}", **DRAFT, command_id="the-same-1")).get_json()
    second = await (await anna.call(f"/api/{path}", **DRAFT, command_id="the-same-1")).get_json()

    assert first == second
    assert len((await anna.read(f"/api/{path}"))["items"]) == 1


async def test_list_goes_on_where_a_page_ended(site: Site) -> None:
    anna = await site.person("Anna")
    for number in range(5):
        await anna.call("/api/requests", **{**DRAFT, "title": f"Bread {number}"})
        site.clock.advance(seconds=1)

    first = await anna.read("/api/requests?limit=2")
    second = await anna.read(f"/api/requests?limit=2&after={first['next']}")
    third = await anna.read(f"/api/requests?limit=2&after={second['next']}")

    titles = [item["title"] for page in (first, second, third) for item in page["items"]]
    assert titles == ["Bread 4", "Bread 3", "Bread 2", "Bread 1", "Bread 0"]
    assert third["next"] is None
    assert first["head"] == 5


async def test_postings_of_one_instant_are_all_listed_once(site: Site) -> None:
    anna = await site.person("Anna")
    for number in range(5):
        await anna.call("/api/requests", **{**DRAFT, "title": f"Bread {number}"})

    seen, after = [], ""
    for _page in range(3):
        page = await anna.read(f"/api/requests?limit=2&after={after}")
        seen += [item["title"] for item in page["items"]]
        after = page["next"]

    assert sorted(seen) == [f"Bread {number}" for number in range(5)]


@pytest.mark.parametrize("query", ["by=0", "by=soon", "after=nonsense", "limit=0", "limit=101", f"category={'x' * 61}"])
async def test_list_that_is_asked_for_wrongly_is_refused(site: Site, query: str) -> None:
    answer = await site.visitor().get(f"/api/requests?{query}")

    assert (answer.status_code, list((await answer.get_json())["error"]["fields"])) == (422, [query.partition("=")[0]])


async def test_cells_are_counted_by_kind_under_the_same_filters(site: Site) -> None:
    anna = await site.person("Anna")
    for place, path in ((HOME, "requests"), (NEXT_DOOR, "requests"), (HOME, "offers"), (FURTHER, "offers")):
        body = {**DRAFT, "longitude": place.lon, "latitude": place.lat}
        await anna.call(f"/api/{path}", **body)

    cells = {cell["place"]["cell"]: cell for cell in (await anna.read("/api/board/cells"))["cells"]}
    offers_only = (await anna.read("/api/board/cells?kind=help_offer"))["cells"]

    assert (cells[HOME_SQUARE.id]["requests"], cells[HOME_SQUARE.id]["offers"]) == (2, 1)
    assert len(cells) == 2
    assert [(cell["requests"], cell["offers"]) for cell in offers_only] == [(0, 1), (0, 1)]
    assert cells[HOME_SQUARE.id]["outline"][0][0][0] == cells[HOME_SQUARE.id]["outline"][0][0][-1]


async def test_list_around_a_place_holds_its_area_and_those_under_a_kilometre(site: Site) -> None:
    anna = await site.person("Anna")
    await anna.call("/api/requests", **{**DRAFT, "longitude": FURTHER.lon, "latitude": FURTHER.lat})

    async def around(cell: str) -> int:
        return len((await anna.read(f"/api/requests?near={cell}"))["items"])

    assert (await around(HOME_SQUARE.id), await around("nowhere")) == (1, 0)


async def test_map_counts_what_its_window_shows(site: Site) -> None:
    anna = await site.person("Anna")
    await anna.call("/api/requests", **{**DRAFT, "longitude": HOME.lon, "latitude": HOME.lat})

    async def shown(window: str) -> int:
        return len((await anna.read(f"/api/board/cells?window={window}"))["cells"])

    assert await shown("2.15,48.98,2.17,49.0") == 1
    assert await shown("2.3,48.98,2.4,49.0") == 0


async def test_window_is_widened_to_hundredths_of_a_degree_so_that_nobody_sees_where_exactly_one_looks(
    site: Site,
) -> None:
    anna = await site.person("Anna")
    await anna.call("/api/requests", **{**DRAFT, "longitude": HOME.lon, "latitude": HOME.lat})
    coarse = await anna.read("/api/board/cells?window=2.16,48.99,2.17,49.00")

    assert await anna.read("/api/board/cells?window=2.16601,48.99701,2.16602,48.99702") == coarse


@pytest.mark.parametrize("window", ["here", "1,2,3", "2.2,48,2.1,49", "0,0,0,0", "nan,0,1,1", "-181,0,0,1"])
async def test_window_that_is_none_is_refused(site: Site, window: str) -> None:
    answer = await site.visitor().get(f"/api/board/cells?window={window}")

    assert (answer.status_code, list((await answer.get_json())["error"]["fields"])) == (422, ["window"])


async def test_areas_are_read_again_when_the_town_has_changed(site: Site) -> None:
    anna = await site.person("Anna")
    await anna.call("/api/requests", **{**DRAFT, "longitude": HOME.lon, "latitude": HOME.lat})
    [before] = (await anna.read("/api/board/cells"))["cells"]

    async with site.portal.database.write() as db:
        (await db.get_one(Cell, HOME_SQUARE.id)).district_id = "elsewhere"
        (await db.get_one(Town, 1)).version += 1
    [after] = (await anna.read("/api/board/cells"))["cells"]

    assert (before["place"]["district"], after["place"]["district"]) == ("centre", "elsewhere")


@both
@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "Call 06 12 34 56 78"}, "title"),
        ({"title": ""}, "title"),
        ({"title": "Bread\0 and milk"}, "body"),
        ({"category_id": "weapons"}, "category_id"),
        ({"longitude": None}, "form"),
        ({"address_id": "95000_0001_00012"}, "form"),
        ({"latitude": 91}, "latitude"),
        ({"by": "2026-05-03"}, "by"),
        ({"by": "soon"}, "by"),
        ({"by": 0}, "by"),
        ({"capacity": 0}, "capacity"),
        ({"command_id": "short"}, "command_id"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_wrong_field_is_named_and_nothing_is_posted(
    site: Site, path: str, wrong: dict[str, Any], field: str
) -> None:
    anna = await site.person("Anna")

    answer = await anna.call(f"/api/{path}", **{**DRAFT, **wrong})

    assert answer.status_code == 422
    error = (await answer.get_json())["error"]
    assert (error["code"], list(error["fields"])) == ("invalid-input", [field])
    assert (await anna.read(f"/api/{path}"))["items"] == []


async def test_place_outside_the_town_is_refused(site: Site) -> None:
    anna = await site.person("Anna")

    answer = await anna.call("/api/requests", **{**DRAFT, "longitude": OUTSIDE.lon, "latitude": OUTSIDE.lat})

    assert (answer.status_code, (await answer.get_json())["error"]["code"]) == (422, "outside-town")


@both
async def test_api_refuses_who_may_not(site: Site, path: str) -> None:
    anna, bruno, visitor = await site.person("Anna"), await site.person("Bruno"), site.visitor()
    created = await anna.call(f"/api/{path}", **DRAFT)
    one = f"/api/{path}/{(await created.get_json())['id']}"
    answer_id = (await (await bruno.call(f"{one}/answers")).get_json())["id"]

    assert (await visitor.call(f"/api/{path}", **DRAFT)).status_code == 401
    assert (await visitor.call(f"{one}/answers")).status_code == 401
    assert (await anna.call(f"{one}/answers")).status_code == 403
    for rule in ("accept", "decline"):
        assert (await bruno.call(f"{one}/answers/{answer_id}/{rule}")).status_code == 403
    assert (await bruno.call(f"{one}/close", outcome="helped")).status_code == 403
    assert (await bruno.call(f"{one}/cancel")).status_code == 403
    assert (await bruno.get(f"{one}/place")).status_code == 403
    assert (await visitor.get(f"{one}/place")).status_code == 401
    assert (await bruno.call(f"{one}/answers")).status_code == 409
    assert (await bruno.call(f"/api/{path}/nothing/answers")).status_code == 404


@both
async def test_exact_place_is_for_author_and_agent(site: Site, path: str) -> None:
    anna, agent = await site.person("Anna"), await site.person("Agnes", Role.AGENT)
    created = await anna.call(f"/api/{path}", **DRAFT)
    place = f"/api/{path}/{(await created.get_json())['id']}/place"

    expected = {"longitude": HOME.lon, "latitude": HOME.lat, "label": ""}
    assert await anna.read(place) == expected
    assert await agent.read(place) == expected
    assert (await agent.get(place)).headers["Cache-Control"] == "no-store"


async def test_call_without_the_token_is_refused(site: Site) -> None:
    anna = await site.person("Anna")
    anna.token = ""

    answer = await anna.call("/api/requests", **DRAFT)

    assert (answer.status_code, (await answer.get_json())["error"]["code"]) == (403, "stale-form")


async def test_description_lists_every_route_with_its_refusals(site: Site) -> None:
    paths = (await site.visitor().read("/api/openapi.json"))["paths"]

    for path in ("requests", "offers"):
        assert set(paths[f"/api/{path}"]) == {"get", "post"}
        for rule in ("answers", "answers/{answer_id}/accept", "answers/{answer_id}/decline", "withdraw", "close"):
            responses = paths[f"/api/{path}/{{posting_id}}/{rule}"]["post"]["responses"]
            assert {"401", "403", "404", "409", "422"} <= set(responses)
    assert "get" in paths["/api/board/cells"]
