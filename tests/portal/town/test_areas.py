"""Public areas in the database: the same for everybody who lives there, whatever was imported in between."""

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.errors import InvalidInput
from portal.permissions import Role
from portal.town.grid import Level, OutsideTown, Place
from portal.town.model import Cell, PublicArea
from portal.town.model.districts import DrawnDistrict
from portal.town.service import all_districts, current_areas, public_area_of, public_areas, redraw_districts
from portal.town.shapes import Geometry
from tests.clock import FixedClock
from tests.portal.town.world import at, found_town, houses, import_lines, somebody

DENSE = houses(30, 50, 50)
SPARSE = houses(6, 50, 250, "Rue du Bac") + houses(5, 250, 50, "Rue du Four")
FAR = houses(40, 1850, 1850, "Rue du Lavoir")


async def area(database: Database, place: Place) -> PublicArea:
    async with database.read() as db:
        return await public_area_of(db, place.lat, place.lon)


async def test_every_place_of_a_square_is_shown_as_the_same_area(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, DENSE + SPARSE + FAR)

    found = {(await area(database, at(north, east))).id for north in (1, 100, 199) for east in (1, 100, 199)}

    assert found == {"CRS3035RES200mN2900000E3800000"}


async def test_area_of_sparse_squares_has_a_shape_without_the_square_published_inside(
    database: Database, clock: FixedClock
) -> None:
    await found_town(database, clock, DENSE + SPARSE + FAR)

    sparse = await area(database, at(50, 250))

    assert sparse.level is Level.SQUARE_400_M
    [[ring]] = sparse.geometry["coordinates"]
    assert len(ring) == 7  # an L has six corners, the first is repeated
    assert list(sparse.ring) == [tuple(corner) for corner in ring]
    assert sparse.ring[0] == sparse.ring[-1]


async def test_place_far_from_every_address_is_refused(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, DENSE)

    with pytest.raises(OutsideTown):
        await area(database, at(9000, 9000))


async def test_point_that_is_none_is_refused(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, DENSE)

    async with database.read() as db:
        with pytest.raises(InvalidInput):
            await public_area_of(db, 95.0, 2.0)


async def test_town_without_an_address_file_is_one_area(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock)

    found = await area(database, at(0, 0))

    assert (found.id, found.level, list(found.ring)) == ("commune-95999", Level.TOWN, [])


async def test_address_file_replaced_by_itself_changes_no_area(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, DENSE + SPARSE + FAR)
    async with database.read() as db:
        before = await current_areas(db)

    await import_lines(database, clock, DENSE + SPARSE + FAR)

    async with database.read() as db:
        assert await current_areas(db) == before


async def test_area_that_was_split_is_still_shown_to_those_who_posted_there(
    database: Database, clock: FixedClock
) -> None:
    await found_town(database, clock, houses(6, 50, 50) + houses(6, 50, 250, "Rue du Bac") + FAR)
    before = await area(database, at(50, 50))

    await import_lines(database, clock, DENSE + houses(30, 50, 250, "Rue du Bac") + FAR)

    async with database.read() as db:
        old = await public_areas(db, [before.id])
        retired = (await db.scalars(select(Cell.id).where(Cell.retired_at.is_not(None)))).all()
    assert old == {before.id: before}
    assert before.id in retired
    assert (await area(database, at(50, 50))).level is Level.SQUARE_200_M


def box(south: float, west: float, north: float, east: float) -> Geometry:
    corners = [at(south, west), at(south, east), at(north, east), at(north, west), at(south, west)]
    return {"type": "MultiPolygon", "coordinates": [[[(corner.lon, corner.lat) for corner in corners]]]}


async def test_district_is_that_of_most_of_the_areas_addresses_never_of_the_place(
    database: Database, clock: FixedClock
) -> None:
    await found_town(database, clock, DENSE + SPARSE + FAR)
    # The border runs through the square: one corner of it lies in the other district.
    drawn = [DrawnDistrict("Est", box(0, 180, 3000, 3000)), DrawnDistrict("Ouest", box(0, -100, 3000, 180))]

    async with database.write() as db:
        await redraw_districts(db, somebody(Role.ADMINISTRATOR), drawn, at=clock())

    async with database.read() as db:
        ids = {district.name: district.id for district in await all_districts(db)}
    assert (await area(database, at(50, 50))).district_id == ids["Ouest"]
    assert (await area(database, at(50, 199))).district_id == ids["Ouest"]
    assert (await area(database, at(1850, 1850))).district_id == ids["Est"]


async def test_area_says_nothing_of_the_addresses_that_it_holds(database: Database, clock: FixedClock) -> None:
    await found_town(database, clock, DENSE + FAR)
    other = houses(29, 150, 60) + houses(1, 10, 10, "Rue Neuve")

    before = await area(database, at(50, 50))
    await import_lines(database, clock, other + FAR)

    assert await area(database, at(199, 199)) == before
