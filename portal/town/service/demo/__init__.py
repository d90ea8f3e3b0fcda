"""An invented town: the same every time for a seed, with a name that no commune of France bears.

The river Aurive, its bend, its seven districts and everybody's address are made up; nothing is copied from a real
place. The ground lies at a real spot of the Vexin only so that the map has a place to be.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from portal.clock import Clock
from portal.db import Database
from portal.ids import ID_LENGTH
from portal.town.colours import Colour
from portal.town.grid import Place, from_laea, to_laea
from portal.town.model import District, TownArms
from portal.town.model.arms import clean_arms
from portal.town.service.addresses import import_addresses
from portal.town.service.demo.shapes import Ground, Line, Point, invent_ground, is_inside
from portal.town.service.demo.streets import House, invent_streets
from portal.town.service.town import Founding, set_up
from portal.town.shapes import Geometry

SEED = 2026
NAME = "Clairval-sur-Aurive"
INSEE = "95999"
POSTCODE = "95990"
DEPARTMENT = "95"
POPULATION = 31_240
CENTRE = Place(49.07, 1.952)
PRIMARY, ACCENT = Colour.parse("#1f5c4d"), Colour.parse("#e0a43a")
ARMS = Path(__file__).parent / "arms.svg"


@dataclass(frozen=True)
class InventedAddress:
    """One address of the invented town."""

    id: str
    number: int
    repetition: str
    street: str
    district: str
    place: Place

    @property
    def label(self) -> str:
        """How it is written."""
        return f"{f'{self.number} {self.repetition}'.strip()} {self.street}, {POSTCODE} {NAME}"


@dataclass(frozen=True)
class InventedDistrict:
    """A district of the invented town."""

    id: str
    name: str
    geometry: Geometry


@dataclass(frozen=True)
class InventedTown:
    """A whole town that does not exist."""

    seed: int
    name: str
    insee: str
    population: int
    centre: Place
    districts: tuple[InventedDistrict, ...]
    landmarks: dict[str, object]
    """GeoJSON FeatureCollection: the river."""
    addresses: tuple[InventedAddress, ...]

    def demo_addresses(self, count: int) -> list[InventedAddress]:
        """Some addresses, a few from each district in turn: where demo people live. The same for the same count."""
        random = Random(self.seed + 1)  # noqa: S311 - an invented town needs the same choice every time
        by_district = [
            random.sample(found, len(found))
            for district in self.districts
            if (found := [address for address in self.addresses if address.district == district.name])
        ]
        rounds = max(len(addresses) for addresses in by_district)
        turns = [addresses[turn] for turn in range(rounds) for addresses in by_district if turn < len(addresses)]
        return turns[:count]

    def ban_csv(self) -> bytes:
        """The addresses as the Base Adresse Nationale would export them."""
        text = io.StringIO()
        writer = csv.DictWriter(text, (*_BAN_COLUMNS,), delimiter=";", restval="", lineterminator="\n")
        writer.writeheader()
        for address in self.addresses:
            writer.writerow(_ban_row(address))
        return text.getvalue().encode()


_BAN_COLUMNS = (
    *("id", "id_fantoir", "numero", "rep", "nom_voie", "code_postal", "code_insee", "nom_commune"),
    *("code_insee_ancienne_commune", "nom_ancienne_commune", "x", "y", "lon", "lat", "type_position", "alias"),
    *("nom_ld", "libelle_acheminement", "nom_afnor", "source_position", "source_nom_voie"),
    *("certification_commune", "cad_parcelles"),
)


def _ban_row(address: InventedAddress) -> dict[str, object]:
    return {
        "id": address.id,
        "numero": address.number,
        "rep": address.repetition,
        "nom_voie": address.street,
        "code_postal": POSTCODE,
        "code_insee": INSEE,
        "nom_commune": NAME,
        "lon": address.place.lon,
        "lat": address.place.lat,
        "type_position": "entrée",
        "libelle_acheminement": NAME.upper(),
        "certification_commune": 1,
    }


def invent_town(seed: int = SEED) -> InventedTown:
    """The invented town of a seed."""
    random = Random(seed)  # noqa: S311 - an invented town needs the same choice every time
    ground = invent_ground(random)
    streets = invent_streets(random, ground)
    return InventedTown(
        seed=seed,
        name=NAME,
        insee=INSEE,
        population=POPULATION,
        centre=CENTRE,
        districts=tuple(_district(index, name, line) for index, (name, line) in enumerate(ground.districts.items())),
        landmarks=_landmarks(ground),
        addresses=tuple(_address(house, streets.names[house.street], ground) for house in streets.houses),
    )


def _on_earth(point: Point) -> Place:
    east, north = to_laea(CENTRE.lat, CENTRE.lon)
    lat, lon = from_laea(east + point[0], north + point[1])
    return Place(round(lat, 6), round(lon, 6))


def _ring(line: Line) -> list[tuple[float, float]]:
    places = [_on_earth(point) for point in line]
    return [(place.lon, place.lat) for place in places]


def _district(index: int, name: str, line: Line) -> InventedDistrict:
    # Fixed ids: a seed gives the same town to the last byte.
    code = f"demo{index + 1}".rjust(ID_LENGTH, "0")
    return InventedDistrict(code, name, {"type": "MultiPolygon", "coordinates": [[_ring(line)]]})


def _landmarks(ground: Ground) -> dict[str, object]:
    river = {
        "type": "Feature",
        "properties": {"kind": "river", "name": "L’Aurive"},
        "geometry": {"type": "LineString", "coordinates": _ring(ground.river)},
    }
    return {"type": "FeatureCollection", "features": [river]}


def _address(house: House, street: str, ground: Ground) -> InventedAddress:
    place = _on_earth(house.point)
    suffix = f"_{house.repetition}" if house.repetition else ""
    return InventedAddress(
        id=f"{INSEE}_{house.street + 1:04d}_{house.number:05d}{suffix}",
        number=house.number,
        repetition=house.repetition,
        street=street,
        district=_holder(ground, house.point),
        place=place,
    )


def _holder(ground: Ground, point: Point) -> str:
    return next((name for name, outline in ground.districts.items() if is_inside(outline, point)), "")


async def found_demo_town(database: Database, clock: Clock, seed: int = SEED) -> InventedTown:
    """Make the invented town this portal's town: settings, arms, districts, categories, addresses and areas.

    Raises `Conflict` when the portal has a town already.
    """
    invented = invent_town(seed)
    async with database.write() as db:
        await _settle(db, invented, clock)
    await import_addresses(database, invented.ban_csv(), actor=None, clock=clock, at_keyboard=True)
    return invented


async def _settle(db: AsyncSession, invented: InventedTown, clock: Clock) -> None:
    founding = Founding(invented.name, invented.insee, DEPARTMENT, invented.population, invented.centre)
    town = await set_up(db, founding, first_administrator=None, at=clock())
    town.paint(PRIMARY, ACCENT)
    town.be_reached(
        email="mairie@clairval.example", phone="01 99 00 12 34", address=f"1 Place de la Mairie, {POSTCODE} {NAME}"
    )
    town.landmarks = invented.landmarks
    arms = clean_arms(ARMS.read_bytes())
    town.arms_version = town.version
    db.add(TownArms(id=1, media_type=arms.media_type, content=arms.content))
    db.add_all(
        District(id=district.id, name=district.name, geometry=district.geometry, order=order)
        for order, district in enumerate(invented.districts, start=1)
    )
