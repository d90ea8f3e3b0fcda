"""The streets of the invented town and the houses along them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from portal.town.service.demo import names
from portal.town.service.demo.shapes import (
    HUB_RADIUS,
    NAMES,
    RIVER_SPOKES,
    Corridor,
    Ground,
    Line,
    Point,
    along,
    is_inside,
)

OFF_AXIS = 11.0
"""Metres from the middle of a street to its houses."""
RIVER_BANK = 75.0
"""Metres from the middle of the river that are water, quay and the quay's houses."""
BESIDE_AVENUE = 32.0


@dataclass(frozen=True)
class District:
    """How a district is built: which way its streets run, how far apart they are and how close its houses stand."""

    name: str
    turn: float
    apart: float
    house_every: float
    built: float
    """Share of its streets that exist: the rest is fields, gardens, works."""


DISTRICTS = (
    District("Le Vieux Pont", 12, 84, 19, 0.92),
    District("Les Coteaux", 38, 135, 30, 0.66),
    District("La Gare", 5, 115, 23, 0.80),
    District("Le Moulin Neuf", 64, 130, 27, 0.66),
    District("Les Prés", 25, 160, 34, 0.36),
    District("La Plaine", 80, 150, 30, 0.46),
    District("Bellevue", 50, 128, 27, 0.68),
)


@dataclass(frozen=True)
class House:
    """An address before it has a place on Earth."""

    street: int
    number: int
    repetition: str
    point: Point


@dataclass(frozen=True)
class Streets:
    """Names by number, and the houses."""

    names: list[str]
    houses: list[House]


def invent_streets(random: Random, ground: Ground) -> Streets:
    """Streets that do not cross the river, with houses on both sides."""
    builder = _Builder(random, ground)
    builder.lay_main_streets()
    for district in DISTRICTS:
        builder.fill(district)
    builder.lay_hamlets()
    return Streets(builder.names, builder.houses)


class _Builder:
    def __init__(self, random: Random, ground: Ground) -> None:
        self._random = random
        self._ground = ground
        self._long = self._shuffled(names.street_names(names.LONG))
        self._short = self._shuffled(names.street_names(names.SHORT))
        self._outlines = [ground.districts[name] for name in NAMES]
        self._taken = [Corridor(ground.river, RIVER_BANK)]
        self.names: list[str] = []
        self.houses: list[House] = []

    def _shuffled(self, choices: list[str]) -> Iterator[str]:
        self._random.shuffle(choices)
        return (choice for choice in choices if choice not in self.names)

    def lay_main_streets(self) -> None:
        """Avenues between the districts, boulevards around the centre, quays along the river."""
        avenues = iter(names.AVENUES)
        for index, spoke in enumerate(self._ground.spokes):
            if index in RIVER_SPOKES:
                continue
            self._taken.append(Corridor(spoke, BESIDE_AVENUE))
            self._lay(next(avenues), along(spoke, 30, 30))
        ring = self._ground.ring
        third = len(ring) // 3
        for index, name in enumerate(names.BOULEVARDS):
            part = ring[index * third : (index + 1) * third + 1]
            self._taken.append(Corridor(part, BESIDE_AVENUE))
            self._lay(name, along(part, 26, 12))
        self._lay_quays()

    def _lay_quays(self) -> None:
        points = along(self._ground.river, 24)
        inside = [(point, way) for point, way in points if math.hypot(*point) < HUB_RADIUS * 1.9]
        middle = len(inside) // 2
        for side in (1, -1):
            bank = [((x - way[1] * 34 * side, y + way[0] * 34 * side), way) for (x, y), way in inside]
            quay = names.QUAYS[0 if side == 1 else 2], names.QUAYS[1 if side == 1 else 3]
            for name, part in zip(quay, (bank[:middle], bank[middle:]), strict=True):
                self._lay(name, part, sides=(side,))

    def fill(self, district: District) -> None:
        """A grid of streets inside a district, broken into streets of a block or a few."""
        outline = self._ground.districts[district.name]
        turn = math.radians(district.turn)
        reach = max(math.hypot(*point) for point in outline)
        for across, spacing in ((0.0, district.apart), (math.pi / 2, district.apart * 1.7)):
            way = (math.cos(turn + across), math.sin(turn + across))
            offset = -reach + self._random.uniform(0, spacing)
            while offset < reach:
                self._cut(district, outline, way, offset, reach)
                offset += spacing * self._random.uniform(0.85, 1.2)

    def _cut(self, district: District, outline: Line, way: Point, offset: float, reach: float) -> None:
        """One line of the grid: the stretches of it that are land of the district become streets."""
        sway = self._random.uniform(-26, 26)
        every = district.house_every
        stretch: list[tuple[Point, Point]] = []
        limit = self._random.randint(6, 18)
        for step in range(int(2 * reach / every)):
            ahead = -reach + step * every
            side = offset + sway * math.sin(ahead / 260)
            point = (way[0] * ahead - way[1] * side, way[1] * ahead + way[0] * side)
            if self._is_land(outline, point) and len(stretch) < limit:
                stretch.append((point, way))
                continue
            self._finish(district, stretch)
            stretch, limit = [], self._random.randint(6, 18)
        self._finish(district, stretch)

    def _is_land(self, outline: Line, point: Point) -> bool:
        return is_inside(outline, point) and not any(corridor.holds(point) for corridor in self._taken)

    def _finish(self, district: District, stretch: list[tuple[Point, Point]]) -> None:
        if len(stretch) < 3 or self._random.random() > district.built:
            return
        self._lay(next(self._short if len(stretch) < 8 else self._long), stretch)

    def lay_hamlets(self) -> None:
        """A few houses far out: they are why areas have to be larger where few people live."""
        for index, name in enumerate(names.HAMLET_STREETS):
            angle = math.radians((150, 262, 331)[index])
            start = (math.cos(angle) * 1800, math.sin(angle) * 1800)
            line = [start, (start[0] + math.cos(angle) * 260, start[1] + math.sin(angle) * 260)]
            self._lay(name, along(line, 64))

    def _lay(self, name: str, axis: list[tuple[Point, Point]], sides: tuple[int, ...] = (1, -1)) -> None:
        street = len(self.names)
        self.names.append(name)
        for index, ((x, y), (dx, dy)) in enumerate(axis):
            for side in sides:
                if self._random.random() < 0.06:
                    continue
                off = OFF_AXIS + self._random.uniform(-1.5, 3)
                point = (x - dy * off * side, y + dx * off * side)
                number = 2 * index + (1 if side == 1 else 2)
                self.houses.append(House(street, number, "", point))
                if self._random.random() < 0.03:
                    self.houses.append(House(street, number, "bis", (point[0] + dx * 5, point[1] + dy * 5)))
