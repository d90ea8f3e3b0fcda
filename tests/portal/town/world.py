"""A small town, its address file, and people who may or may not change it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from portal.clock import Clock
from portal.db import Database
from portal.permissions import Actor, Role
from portal.town.grid import Place, from_laea
from portal.town.service import Founding, set_up
from portal.town.service.addresses import import_addresses

INSEE = "95999"
NORTH, EAST = 2_900_000, 3_800_000
"""A corner of the 1 km and the 400 m grid."""

HEADER = "id;id_fantoir;numero;rep;nom_voie;code_postal;code_insee;nom_commune;x;y;lon;lat;type_position"


def at(north_m: float, east_m: float) -> Place:
    """A place some metres to the north and east of a corner of the grid."""
    return Place(*from_laea(EAST + east_m, NORTH + north_m))


def ban_line(place: Place, number: str = "1", street: str = "Rue des Lilas", rep: str = "", **other: str) -> str:
    """One line of an address file."""
    row: dict[str, Any] = {
        "id": f"{INSEE}_{street}_{number}_{rep}_{place.lat:.5f}_{place.lon:.5f}",
        "insee": INSEE,
        "lat": f"{place.lat:.7f}",
        "lon": f"{place.lon:.7f}",
    } | other
    lon, lat = row["lon"], row["lat"]
    return f"{row['id']};;{number};{rep};{street};95990;{row['insee']};Valbois;;;{lon};{lat};entrée"


def ban_file(lines: Iterable[str]) -> bytes:
    """An address file of these lines."""
    return "\n".join([HEADER, *lines, ""]).encode()


def houses(count: int, north_m: float, east_m: float, street: str = "Rue des Lilas") -> list[str]:
    """Lines for some houses near one another."""
    return [ban_line(at(north_m, east_m + number), str(number), street) for number in range(1, count + 1)]


async def found_town(database: Database, clock: Clock, lines: Iterable[str] = ()) -> None:
    """Set the town up, with an address file if there are lines for one."""
    async with database.write() as db:
        founding = Founding("Valbois", INSEE, "95", 4200, at(500, 500))
        await set_up(db, founding, first_administrator=None, at=clock())
    if found := list(lines):
        await import_lines(database, clock, found)


async def import_lines(database: Database, clock: Clock, lines: Iterable[str]) -> None:
    """Replace the address file, as its administrator."""
    await import_addresses(database, ban_file(lines), actor=somebody(Role.ADMINISTRATOR), clock=clock)


def somebody(*roles: Role) -> Actor:
    """A signed-in person with these roles."""
    return Actor("1" * 22, "Claire Morel", frozenset(roles), "2" * 22)
