"""The ground of the invented town: a river, an old centre in its bend, districts between avenues. Plane metres."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from random import Random

Point = tuple[float, float]
"""Metres to the east and to the north of the town's middle."""

Line = list[Point]

HUB_RADIUS = 560.0
EDGE_RADIUS = 2080.0
SPOKES = (8.0, 71.0, 122.0, 172.0, 243.0, 297.0)
"""Directions of the borders between outer districts, degrees from the east. The first and fourth are the river."""

RIVER_SPOKES = (0, 3)
NAMES = ("Le Vieux Pont", "Les Coteaux", "La Gare", "Le Moulin Neuf", "Les Prés", "La Plaine", "Bellevue")
"""The centre, then the outer districts against the clock, from the river's downstream end."""


@dataclass(frozen=True)
class Ground:
    """Where everything in the town is."""

    districts: dict[str, Line]
    """Outline of each, closed, against the clock."""
    river: Line
    spokes: list[Line]
    """From the centre's ring to the town's edge."""
    ring: Line
    """Around the centre, closed."""


def invent_ground(random: Random) -> Ground:
    """Shapes that fit: neighbours share their border point by point."""
    edge_of = _wavy_radius(random, EDGE_RADIUS, 0.24)
    hub_of = _wavy_radius(random, HUB_RADIUS, 0.34)
    spokes = [_spoke(random, math.radians(angle), hub_of, edge_of) for angle in SPOKES]
    hub_arcs, edge_arcs = [], []
    for this, following in zip(spokes, [*spokes[1:], spokes[0]], strict=True):
        hub_arcs.append(_arc(this[0], following[0], hub_of))
        edge_arcs.append(_arc(this[-1], following[-1], edge_of))
    ring = [point for arc in hub_arcs for point in arc[:-1]]
    ring.append(ring[0])
    outlines = [ring]
    for index, this in enumerate(spokes):
        following = spokes[(index + 1) % len(spokes)]
        outline = [*this[:-1], *edge_arcs[index][:-1], *reversed(following[1:]), *reversed(hub_arcs[index])]
        outlines.append(outline)
    west, east = spokes[RIVER_SPOKES[1]], spokes[RIVER_SPOKES[0]]
    through = _bend(west[0], east[0])
    river = [_beyond(west), *reversed(west[1:]), *through, *east[1:], _beyond(east)]
    return Ground(dict(zip(NAMES, outlines, strict=True)), river, spokes, ring)


def _wavy_radius(random: Random, mean: float, depth: float) -> list[tuple[int, float, float]]:
    waves = [
        (number, mean * depth / number * random.uniform(0.6, 1), random.uniform(0, 6.28)) for number in (2, 3, 5, 7)
    ]
    return [(0, mean, 0.0), *waves]


def _at(angle: float, waves: list[tuple[int, float, float]]) -> Point:
    radius = sum(size * math.cos(number * angle + turn) if number else size for number, size, turn in waves)
    return radius * math.cos(angle), radius * math.sin(angle)


def _spoke(
    random: Random, angle: float, start: list[tuple[int, float, float]], end: list[tuple[int, float, float]]
) -> Line:
    (x1, y1), (x2, y2) = _at(angle, start), _at(angle, end)
    length = math.hypot(x2 - x1, y2 - y1)
    across = (-(y2 - y1) / length, (x2 - x1) / length)
    sway, waves = random.uniform(110, 210) * random.choice((-1, 1)), random.choice((1, 1.5, 2))
    points = []
    for step in range(25):
        share = step / 24
        off = sway * math.sin(math.pi * waves * share) * math.sin(math.pi * share)
        points.append((x1 + (x2 - x1) * share + across[0] * off, y1 + (y2 - y1) * share + across[1] * off))
    return points


def _arc(start: Point, end: Point, waves: list[tuple[int, float, float]]) -> Line:
    first, last = math.atan2(start[1], start[0]), math.atan2(end[1], end[0])
    last += 2 * math.pi if last <= first else 0
    inner = [_at(first + (last - first) * step / 16, waves) for step in range(1, 16)]
    return [start, *inner, end]


def _bend(west: Point, east: Point) -> Line:
    """The river through the old centre, in an arc to the south of the market."""
    steps = [step / 16 for step in range(17)]
    return [
        (west[0] + (east[0] - west[0]) * share, west[1] + (east[1] - west[1]) * share - 210 * math.sin(math.pi * share))
        for share in steps
    ]


def _beyond(spoke: Line) -> Point:
    (x1, y1), (x2, y2) = spoke[-2], spoke[-1]
    return x2 + (x2 - x1) * 5, y2 + (y2 - y1) * 5


def is_inside(outline: Line, point: Point) -> bool:
    """Whether a point lies in a closed outline."""
    x, y = point
    crossings = 0
    for (x1, y1), (x2, y2) in pairwise(outline):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            crossings += 1
    return crossings % 2 == 1


class Corridor:
    """The ground within some metres of a line."""

    def __init__(self, line: Line, metres: float) -> None:
        """`metres` to either side."""
        self._metres = metres
        self._parts = [(a, b, _box(a, b, metres)) for a, b in pairwise(line)]

    def holds(self, point: Point) -> bool:
        """Whether a point is that near."""
        x, y = point
        return any(
            west < x < east and south < y < north and _to_segment(a, b, point) < self._metres
            for a, b, (west, south, east, north) in self._parts
        )


def _box(a: Point, b: Point, metres: float) -> tuple[float, float, float, float]:
    west, east = sorted((a[0], b[0]))
    south, north = sorted((a[1], b[1]))
    return west - metres, south - metres, east + metres, north + metres


def _to_segment(a: Point, b: Point, p: Point) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    square = dx * dx + dy * dy
    share = 0.0 if square == 0 else max(0.0, min(1.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / square))
    return math.hypot(p[0] - a[0] - share * dx, p[1] - a[1] - share * dy)


def along(line: Line, every: float, start: float = 0.0) -> list[tuple[Point, Point]]:
    """Points at equal distances along a line, each with the direction of the line there."""
    found = []
    ahead = start
    for (x1, y1), (x2, y2) in pairwise(line):
        length = math.hypot(x2 - x1, y2 - y1)
        while length > 0 and ahead <= length:
            share = ahead / length
            found.append(((x1 + (x2 - x1) * share, y1 + (y2 - y1) * share), ((x2 - x1) / length, (y2 - y1) / length)))
            ahead += every
        ahead -= length
    return found
