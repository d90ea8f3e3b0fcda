"""Shapes on the map: the outline of a set of squares, polygons from GeoJSON (RFC 7946), what lies inside them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from portal.errors import InvalidInput
from portal.i18n import lazy
from portal.town.grid import Place, Square, from_laea

Geometry = dict[str, Any]
"""A GeoJSON geometry of type MultiPolygon."""

Position = tuple[float, float]
"""Longitude and latitude in degrees: GeoJSON's order."""

Ring = list[Position]

MAX_POINTS = 20_000
"""Corners in one GeoJSON file of districts."""


def parse_multipolygon(geometry: object) -> Geometry:
    """A Polygon or MultiPolygon of an uploaded file as a checked MultiPolygon. Raises `InvalidInput`."""
    if not isinstance(geometry, Mapping):
        raise _unfit()
    coordinates = geometry.get("coordinates")
    if geometry.get("type") == "Polygon":
        coordinates = [coordinates]
    elif geometry.get("type") != "MultiPolygon":
        raise _unfit()
    polygons = [[_ring(ring) for ring in _items(polygon)] for polygon in _items(coordinates)]
    if not polygons or not all(polygons) or sum(len(ring) for polygon in polygons for ring in polygon) > MAX_POINTS:
        raise _unfit()
    return {"type": "MultiPolygon", "coordinates": polygons}


def _unfit() -> InvalidInput:
    return InvalidInput(fields={"geojson": lazy("A shape in this file is not a closed outline of points on the map.")})


def _items(value: object) -> Sequence[object]:
    if not isinstance(value, list):
        raise _unfit()
    return value


def _ring(value: object) -> Ring:
    ring = [_position(item) for item in _items(value)]
    if len(ring) < 4 or ring[0] != ring[-1]:
        raise _unfit()
    return ring


def _position(value: object) -> Position:
    numbers = [item for item in _items(value)[:2] if isinstance(item, int | float) and not isinstance(item, bool)]
    if len(numbers) != 2 or not (-180 <= numbers[0] <= 180 and -90 <= numbers[1] <= 90):
        raise _unfit()
    return round(float(numbers[0]), 6), round(float(numbers[1]), 6)


def holds(geometry: Geometry, place: Place) -> bool:
    """Whether a place lies in a MultiPolygon (even-odd rule: holes are outside)."""
    rings = (ring for polygon in geometry["coordinates"] for ring in polygon)
    return sum(_crossings(ring, place.lon, place.lat) for ring in rings) % 2 == 1


def _crossings(ring: Sequence[Sequence[float]], x: float, y: float) -> int:
    """How often a ray to the east from (x, y) meets a closed ring."""
    count = 0
    for (x1, y1), (x2, y2) in pairwise(ring):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1):
            count += 1
    return count


def middle(geometries: Iterable[Geometry]) -> Place | None:
    """The middle of the box around some shapes; none without shapes."""
    points = [point for shape in geometries for polygon in shape["coordinates"] for ring in polygon for point in ring]
    if not points:
        return None
    lons, lats = [point[0] for point in points], [point[1] for point in points]
    return Place(round((min(lats) + max(lats)) / 2, 6), round((min(lons) + max(lons)) / 2, 6))


def outline(squares: Iterable[Square]) -> Geometry:
    """The outline of a set of squares of one size, holes included, as a MultiPolygon in degrees."""
    rings = _rings(set(squares))
    outer = [ring for ring in rings if _twice_area(ring) > 0]
    holes = [ring for ring in rings if _twice_area(ring) < 0]
    # The smallest outline around a hole is the one that it is a hole of.
    outer.sort(key=_twice_area)
    polygons = [[ring] for ring in outer]
    for hole in holes:
        next(polygon for polygon in polygons if _surrounds(polygon[0], hole)).append(hole)
    return {"type": "MultiPolygon", "coordinates": [[_degrees(ring) for ring in polygon] for polygon in polygons]}


Corner = tuple[int, int]
"""Easting and northing in metres."""


def _rings(squares: set[Square]) -> list[list[Corner]]:
    """Closed rings of corners with the squares on their left: outlines turn left, holes turn right."""
    onward: dict[Corner, list[Corner]] = defaultdict(list)
    for square in squares:
        size, n, e = square.size, square.north, square.east
        corners = [(e, n), (e + size, n), (e + size, n + size), (e, n + size)]
        beside = [(n - size, e), (n, e + size), (n + size, e), (n, e - size)]
        for index, (north, east) in enumerate(beside):
            if Square(size, north, east) not in squares:
                onward[corners[index]].append(corners[(index + 1) % 4])
    rings = []
    for start in sorted(onward):
        while onward[start]:
            rings.append(_follow(onward, start))
    return rings


def _follow(onward: dict[Corner, list[Corner]], start: Corner) -> list[Corner]:
    here, there = start, onward[start].pop()
    ring = [start]
    while there != start:
        before, here = here, there
        # Where two squares touch at a corner, the left turn stays on the same square: rings never cross themselves.
        choices = sorted(onward[here], key=lambda corner: _turn(before, here, corner))
        there = choices[-1]
        onward[here].remove(there)
        if _turn(before, here, there):
            ring.append(here)
    return ring


def _turn(a: Corner, b: Corner, c: Corner) -> int:
    """Positive for a left turn at b, negative for a right one, zero for straight on."""
    return (b[0] - a[0]) * (c[1] - b[1]) - (b[1] - a[1]) * (c[0] - b[0])


def _twice_area(ring: Sequence[Corner]) -> int:
    pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairs)


def _surrounds(ring: Sequence[Corner], hole: Sequence[Corner]) -> bool:
    # A ring begins at its most western corner, the southern one of two: inside is to the north-east of it.
    east, north = hole[0]
    return _crossings([*ring, ring[0]], east + 1, north + 1) % 2 == 1


def _degrees(ring: Sequence[Corner]) -> Ring:
    found = []
    for east, north in [*ring, ring[0]]:
        lat, lon = from_laea(east, north)
        found.append((round(lon, 6), round(lat, 6)))
    return found
