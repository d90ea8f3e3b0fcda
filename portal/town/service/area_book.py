"""Every public area of the town, kept in memory until the town has changed: each list and each map asks for them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.errors import InvalidInput
from portal.town.grid import Step
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


class AreaBook:
    """The areas as of one version of the town, those included that a later address file replaced."""

    def __init__(self, areas: dict[str, PublicArea]) -> None:
        """All areas, by id."""
        self._areas = areas
        self._around: dict[str, frozenset[str]] = {}
        self._drawn: dict[str, str] = {}

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

    def drawn(self, id_: str, draw: Draw) -> str:
        """The area as `draw` writes it, written once. One book takes one way to draw."""
        found = self._drawn.get(id_)
        if found is None:
            found = self._drawn[id_] = draw(self._areas[id_])
        return found


def _is_near(here: PublicArea, other: PublicArea) -> bool:
    return here.step_to(other) <= Step.UNDER_1_KM


async def _read(db: AsyncSession) -> AreaBook:
    return AreaBook({cell.id: cell.public() for cell in await db.scalars(select(Cell))})


area_book = KeptOfTown("areas", _read)
"""The areas as a session sees the town: ``await area_book(db)``."""
