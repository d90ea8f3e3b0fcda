"""The map from afar: groups of whole areas, the same in total, never finer than areas, for keyboard and words too."""

from __future__ import annotations

import pytest

from helpdesk.board.service.clusters import NEAREST, by_district, clustered, side_for
from helpdesk.board.service.listing import CellCount
from portal.permissions import Role
from portal.security import Rate
from portal.town.grid import Level, Place, Square
from portal.town.model import PublicArea
from portal.town.service.area_book import AreaBook
from portal.town.shapes import outline
from tests.helpdesk.board.site import Site

CORNER = Square.holding(Place(48.99, 2.16), 1200)


def area(north: int, east: int, district: str) -> PublicArea:
    square = Square(200, CORNER.north + 200 * north, CORNER.east + 200 * east)
    return PublicArea(square.id, Level.SQUARE_200_M, district, square.centre, outline([square]))


AREAS = [area(north, east, "north" if north > 5 else "south") for north in range(12) for east in range(12)]
BOOK = AreaBook({item.id: item for item in AREAS})
COUNTS = [CellCount(item.id, 1 + index % 3, index % 2) for index, item in enumerate(AREAS)]


@pytest.mark.parametrize("zoom", range(25))
def test_nothing_is_lost_or_counted_twice_at_any_zoom(zoom: int) -> None:
    alone, clusters = clustered(BOOK, COUNTS, zoom)

    requests = sum(count.requests for count in alone) + sum(cluster.requests for cluster in clusters)
    offers = sum(count.offers for count in alone) + sum(cluster.offers for cluster in clusters)
    assert requests == sum(count.requests for count in COUNTS)
    assert offers == sum(count.offers for count in COUNTS)


def test_the_further_away_the_fewer_numbers_and_near_by_the_areas_themselves() -> None:
    numbers = [sum(len(part) for part in clustered(BOOK, COUNTS, zoom)) for zoom in range(NEAREST + 1)]

    assert numbers == sorted(numbers)
    assert (numbers[0], numbers[NEAREST]) == (1, len(AREAS))
    assert side_for(NEAREST) is None


def test_a_group_stands_still_whatever_stands_in_it() -> None:
    _alone, many = clustered(BOOK, COUNTS, 14)
    _alone, few = clustered(BOOK, COUNTS[:1], 14)

    (one,) = few
    (same,) = (cluster for cluster in many if cluster.group.id == one.group.id)
    assert same.group == one.group


def test_a_lonely_area_stands_for_itself() -> None:
    far = Square(200, CORNER.north + 20_000, CORNER.east)
    lonely = PublicArea(far.id, Level.SQUARE_200_M, "", far.centre, outline([far]))
    book = AreaBook({item.id: item for item in [*AREAS, lonely]})

    alone, _clusters = clustered(book, [CellCount(lonely.id, 1, 0)], 12)

    assert alone == [CellCount(lonely.id, 1, 0)]


def test_the_map_in_words_counts_by_district() -> None:
    words = by_district(BOOK, COUNTS)

    assert words.keys() == {"north", "south"}
    assert sum(requests for requests, _offers in words.values()) == sum(count.requests for count in COUNTS)


async def test_map_from_afar_is_one_group_and_near_by_its_areas(site: Site) -> None:
    anna = await site.person("Anna", Role.RESIDENT)
    for latitude in (48.9901, 48.9919):
        sent = {"category_id": "meals", "title": "A warm meal", "longitude": 2.1601, "latitude": latitude}
        assert (await anna.call("/api/requests", **sent)).status_code == 201

    afar = await anna.read("/api/board/cells?zoom=12")
    near = await anna.read(f"/api/board/cells?zoom={NEAREST}")

    assert [cluster["requests"] for cluster in afar["clusters"]] == [2]
    assert afar["clusters"][0]["districts"] == ["centre"]
    assert (afar["cells"], near["clusters"], len(near["cells"])) == ([], [], 2)
    assert "Centre" in (await anna.text("/board")).partition("The map in words")[2]


@pytest.mark.parametrize("zoom", ["-1", "25", "near"])
async def test_a_zoom_that_is_none_is_refused(site: Site, zoom: str) -> None:
    assert (await site.visitor().get(f"/api/board/cells?zoom={zoom}")).status_code == 422


async def test_who_asks_from_everywhere_at_once_has_to_wait(site: Site) -> None:
    visitor, spent = site.visitor(), list[tuple[str, Rate]]()
    site.portal.limits.on_spent = lambda bucket, rate, _command: spent.append((bucket, rate))
    assert (await visitor.get("/api/requests?near=x")).status_code == 200

    ((bucket, rate),) = spent
    for _ in range(2 * rate.count):
        site.portal.limits.heard_spent(bucket, rate, "")

    assert (await visitor.get("/api/requests?near=x")).status_code == 429
    assert (await visitor.get("/api/board/cells?window=2.1,48.9,2.2,49.0")).status_code == 429
    assert (await visitor.get("/api/requests")).status_code == 200
