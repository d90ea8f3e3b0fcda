"""Every public area of the town, kept in memory until the town has changed: each list and each map asks for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.errors import InvalidInput
from portal.town.grid import Level, Square, Step
from portal.town.model import Cell, PublicArea
from portal.town.service.kept import KeptOfTown

_DEGREE_M = 111_000
_KILOMETRE = 1000

Draw = Callable[[PublicArea], str]
"""Writes an area down for a browser."""


class Window:
    """A stretch of the map, in degrees."""

    def __init__(self, west: float, south: float, east: float, north: float) -> None:
        """West of `east`, south of `north`."""
        self.west, self.south, self.east, self.north = west, south, east, north

    @classmethod
    def parse(cls, text: str) -> Window:
        """``west,south,east,north``, widened to hundredths of a degree: where exactly somebody looks is not kept.

        Raises `InvalidInput`.
        """
        try:
            west, south, east, north = (float(part) for part in text.split(","))
        except ValueError:
            raise InvalidInput(fields={"window": "malformed"}) from None
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            raise InvalidInput(fields={"window": "malformed"})
        low = (math.floor(side * 100) / 100 for side in (west, south))
        return cls(*low, *(math.ceil(side * 100) / 100 for side in (east, north)))

    def shows(self, area: PublicArea) -> bool:
        """Whether the area's middle lies in it."""
        return self.south <= area.middle.lat <= self.north and self.west <= area.middle.lon <= self.east


Box = tuple[float, float, float, float]
"""West, south, east, north, in degrees."""


@dataclass(frozen=True)
class AreaGroup:
    """Areas whose middles lie in one square of the grid, as a map shows them from afar."""

    id: str
    """The square's code."""
    areas: int
    centre: tuple[float, float]
    """Longitude and latitude of the mean of their middles: it does not move with what stands in them."""
    box: Box
    districts: tuple[str, ...]
    """Ids of the districts of its areas."""


class AreaBook:
    """The areas as of one version of the town, those included that a later address file replaced."""

    def __init__(self, areas: dict[str, PublicArea]) -> None:
        """All areas, by id."""
        self._areas = areas
        self._around: dict[str, frozenset[str]] = {}
        self._drawn: dict[str, str] = {}
        self._grouped: dict[int, Mapping[str, AreaGroup]] = {}

    def areas(self, ids: Iterable[str]) -> dict[str, PublicArea]:
        """Areas by id; ids of none are left out."""
        return {id_: self._areas[id_] for id_ in ids if id_ in self._areas}

    def shown_in(self, window: Window) -> frozenset[str]:
        """Ids of the areas whose middle a map shows."""
        return frozenset(id_ for id_, area in self._areas.items() if window.shows(area))

    def around(self, id_: str) -> frozenset[str]:
        """Ids of the areas that are under a kilometre from one, itself among them; none for an id that is no area.

        Distances are those of the areas (`portal.town.grid.Step`), never of a place in them.
        """
        here = self._areas.get(id_)
        if here is None:
            return frozenset()
        if id_ not in self._around:
            up = _KILOMETRE / _DEGREE_M
            right = up / max(0.1, math.cos(math.radians(here.middle.lat)))
            lat, lon = here.middle.lat, here.middle.lon
            box = Window(lon - right, lat - up, lon + right, lat + up)
            near = (other.id for other in self._areas.values() if box.shows(other) and _is_near(here, other))
            self._around[id_] = frozenset([id_, *near])
        return self._around[id_]

    @cached_property
    def wide(self) -> frozenset[str]:
        """Ids of the areas that are a whole district or the whole town."""
        return frozenset(id_ for id_, area in self._areas.items() if area.level > Level.SQUARE_1_KM)

    def grouped(self, side: int) -> Mapping[str, AreaGroup]:
        """For each area's id, its group among squares with this side in metres."""
        if side not in self._grouped:
            squares: dict[Square, list[PublicArea]] = {}
            for area in self._areas.values():
                squares.setdefault(Square.holding(area.middle, side), []).append(area)
            groups = [(_group(square, areas), areas) for square, areas in squares.items()]
            self._grouped[side] = {area.id: group for group, areas in groups for area in areas}
        return self._grouped[side]

    def box(self, ids: Iterable[str]) -> Box | None:
        """What a map has to show to show these areas; none for none."""
        return _box(self.areas(ids).values())

    def drawn(self, id_: str, draw: Draw) -> str:
        """The area as `draw` writes it, written once. One book takes one way to draw."""
        found = self._drawn.get(id_)
        if found is None:
            found = self._drawn[id_] = draw(self._areas[id_])
        return found


def _group(square: Square, areas: Sequence[PublicArea]) -> AreaGroup:
    lon, lat = (sum(area.centre[axis] for area in areas) / len(areas) for axis in (0, 1))
    box = _box(areas) or (lon, lat, lon, lat)
    districts = {area.district_id for area in areas if area.district_id}
    return AreaGroup(square.id, len(areas), (round(lon, 5), round(lat, 5)), box, tuple(sorted(districts)))


def _box(areas: Iterable[PublicArea]) -> Box | None:
    points = [point for area in areas for point in _corners(area)]
    if not points:
        return None
    lons, lats = [lon for lon, _lat in points], [lat for _lon, lat in points]
    return round(min(lons), 5), round(min(lats), 5), round(max(lons), 5), round(max(lats), 5)


def _corners(area: PublicArea) -> list[tuple[float, float]]:
    outline = [(lon, lat) for polygon in area.geometry["coordinates"] for lon, lat, *_height in polygon[0]]
    return outline or [area.centre]


def _is_near(here: PublicArea, other: PublicArea) -> bool:
    return here.step_to(other) <= Step.UNDER_1_KM


async def _read(db: AsyncSession) -> AreaBook:
    return AreaBook({cell.id: cell.public() for cell in await db.scalars(select(Cell))})


area_book = KeptOfTown("areas", _read)
"""The areas as a session sees the town: ``await area_book(db)``."""
