"""The invented town: believable, the same every time, and nobody's."""

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import select

from portal.db import Database
from portal.town.ban import read_ban
from portal.town.grid import Level
from portal.town.model import Address, GridSquare
from portal.town.model.communes import DATA, Communes
from portal.town.partition import FLOOR
from portal.town.service import all_districts, current_areas, current_town, public_area_of, search_addresses
from portal.town.service.demo import INSEE, NAME, InventedTown, found_demo_town, invent_town
from portal.town.shapes import holds
from tests.clock import FixedClock

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def town() -> InventedTown:
    return invent_town()


@pytest.fixture(scope="module")
def communes() -> Communes:
    return Communes.load(ROOT / DATA)


def test_no_commune_of_france_bears_its_name_or_its_code(communes: Communes) -> None:
    assert communes.has_name("Herblay-sur-Seine")
    assert not communes.has_name(NAME)
    assert communes.get(INSEE) is None


def test_same_seed_gives_the_same_town_to_the_last_byte(town: InventedTown) -> None:
    again = invent_town(town.seed)

    assert again == town
    assert again.ban_csv() == town.ban_csv()
    assert invent_town(town.seed + 1).ban_csv() != town.ban_csv()


def test_its_addresses_are_thousands_on_streets_with_names_of_their_own(town: InventedTown) -> None:
    assert 5000 <= len(town.addresses) <= 10_000
    assert 200 <= len({address.street for address in town.addresses}) <= 500
    assert len({address.id for address in town.addresses}) == len(town.addresses)
    assert len({address.label for address in town.addresses}) == len(town.addresses)


def test_every_district_has_addresses_inside_it(town: InventedTown) -> None:
    counts = Counter(address.district for address in town.addresses)

    assert all(counts[district.name] > 300 for district in town.districts)
    for district in town.districts:
        inside = [address for address in town.addresses if address.district == district.name]
        assert all(holds(district.geometry, address.place) for address in inside[::50])


def test_its_address_file_is_one_of_the_base_adresse_nationale(town: InventedTown) -> None:
    found = read_ban(town.ban_csv(), INSEE)

    assert len(found.addresses) == len(town.addresses)
    assert (found.elsewhere, found.without_number, found.without_position) == (0, 0, 0)


def test_demo_people_live_in_every_district(town: InventedTown) -> None:
    homes = town.demo_addresses(14)

    assert Counter(home.district for home in homes) == {district.name: 2 for district in town.districts}
    assert homes[:7] == town.demo_addresses(7)


async def test_demo_town_is_founded_whole(database: Database, clock: FixedClock) -> None:
    town = await found_demo_town(database, clock)
    home = town.demo_addresses(1)[0]

    async with database.read() as db:
        found = await current_town(db, with_landmarks=True)
        areas = await current_areas(db)
        districts = {district.id for district in await all_districts(db)}
        area = await public_area_of(db, home.place.lat, home.place.lon)
        suggestions = await search_addresses(db, home.label)
    assert found is not None
    assert found.landmarks["features"][0]["properties"]["kind"] == "river"
    assert {Level.SQUARE_200_M, Level.SQUARE_400_M, Level.SQUARE_1_KM} <= {area.level for area in areas}
    assert {area.district_id for area in areas if area.level < Level.TOWN} <= districts | {""}
    assert area in areas
    assert home.id in [suggestion.address_id for suggestion in suggestions]


async def test_every_area_of_the_demo_town_holds_the_floor(database: Database, clock: FixedClock) -> None:
    await found_demo_town(database, clock)

    async with database.read() as db:
        cell_of = {row.id: row.cell_id for row in await db.scalars(select(GridSquare))}
        counts = Counter([cell_of[square] for square in await db.scalars(select(Address.square))])
        areas = {area.id for area in await current_areas(db)}

    assert counts.keys() == areas
    assert min(counts.values()) >= FLOOR


def test_communes_are_found_by_name_postcode_and_code(communes: Communes) -> None:
    assert communes.search("herblay")[0].insee == "95306"
    assert "95306" in [commune.insee for commune in communes.search("95220")]
    assert communes.search("St Étienne")[0].name == "Saint-Étienne"
    assert communes.search("2A004")[0].name == "Ajaccio"
    assert communes.search("") == []
    assert communes.search("zzzz") == []
    assert len(communes.search("saint")) == 20


def test_commune_tells_its_department_and_population(communes: Communes) -> None:
    herblay = communes.get("95306")

    assert herblay is not None
    assert (herblay.department, herblay.postcodes) == ("95", ("95220",))
    assert herblay.population > 25_000
