"""The fixed grid of Europe, as INSEE cuts it: ETRS89-LAEA (EPSG:3035) squares, and distances in steps.

Formulas: IOGP Guidance Note 7-2, method 9820 (Lambert azimuthal equal area, ellipsoidal, oblique aspect), GRS80.
WGS84 and ETRS89 differ by less than a metre and are taken as one.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import IntEnum

from portal.errors import InvalidInput
from portal.i18n import lazy

_A = 6_378_137.0
_F = 1 / 298.257222101
_E2 = _F * (2 - _F)
_E = math.sqrt(_E2)
_LAT0, _LON0 = math.radians(52), math.radians(10)
_FALSE_EAST, _FALSE_NORTH = 4_321_000.0, 3_210_000.0


def _q(sin_lat: float) -> float:
    ratio = math.log((1 - _E * sin_lat) / (1 + _E * sin_lat)) / (2 * _E)
    return (1 - _E2) * (sin_lat / (1 - _E2 * sin_lat**2) - ratio)


_QP = _q(1.0)
_RQ = _A * math.sqrt(_QP / 2)
_BETA0 = math.asin(_q(math.sin(_LAT0)) / _QP)
_D = _A * math.cos(_LAT0) / math.sqrt(1 - _E2 * math.sin(_LAT0) ** 2) / (_RQ * math.cos(_BETA0))


def to_laea(lat: float, lon: float) -> tuple[float, float]:
    """Easting and northing in metres (EPSG:3035) of a point in degrees."""
    beta = math.asin(_q(math.sin(math.radians(lat))) / _QP)
    turn = math.radians(lon) - _LON0
    cosine = math.sin(_BETA0) * math.sin(beta) + math.cos(_BETA0) * math.cos(beta) * math.cos(turn)
    b = _RQ * math.sqrt(2 / (1 + cosine))
    east = b * _D * math.cos(beta) * math.sin(turn)
    north = b / _D * (math.cos(_BETA0) * math.sin(beta) - math.sin(_BETA0) * math.cos(beta) * math.cos(turn))
    return _FALSE_EAST + east, _FALSE_NORTH + north


def from_laea(east: float, north: float) -> tuple[float, float]:
    """Latitude and longitude in degrees of a point in metres (EPSG:3035)."""
    x, y = (east - _FALSE_EAST) / _D, (north - _FALSE_NORTH) * _D
    rho = math.hypot(x, y)
    if rho == 0:
        return math.degrees(_LAT0), math.degrees(_LON0)
    c = 2 * math.asin(rho / (2 * _RQ))
    beta = math.asin(math.cos(c) * math.sin(_BETA0) + y * math.sin(c) * math.cos(_BETA0) / rho)
    # The guidance note's atan2 with its D factored into x and y.
    turn = math.atan2(x * math.sin(c), rho * math.cos(_BETA0) * math.cos(c) - y * math.sin(_BETA0) * math.sin(c))
    e4, e6 = _E2**2, _E2**3
    lat = (
        beta
        + (_E2 / 3 + 31 * e4 / 180 + 517 * e6 / 5040) * math.sin(2 * beta)
        + (23 * e4 / 360 + 251 * e6 / 3780) * math.sin(4 * beta)
        + (761 * e6 / 45360) * math.sin(6 * beta)
    )
    return math.degrees(lat), math.degrees(_LON0 + turn)


class OutsideTown(InvalidInput):
    """The point is not in the town or on its edge."""

    code = "outside-town"
    text = lazy("This place is outside the town.")


@dataclass(frozen=True)
class Place:
    """An exact place in degrees (WGS84). Personal data: others only ever see its public area."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        """Raise `InvalidInput` for what is no point on Earth."""
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise InvalidInput(fields={"place": lazy("This is not a point on the map.")})

    def metres_to(self, other: Place) -> float:
        """Distance along the sphere; good to half a percent."""
        lat1, lat2 = math.radians(self.lat), math.radians(other.lat)
        half = math.sin((lat2 - lat1) / 2) ** 2
        half += math.cos(lat1) * math.cos(lat2) * math.sin(math.radians(other.lon - self.lon) / 2) ** 2
        return 2 * 6_371_008.8 * math.asin(min(1.0, math.sqrt(half)))


ATOM = 200
"""Side in metres of the smallest square; every area is a set of these."""

_ID = re.compile(r"CRS3035RES(\d+)mN(-?\d+)E(-?\d+)")


@dataclass(frozen=True, order=True)
class Square:
    """A square of the grid, named by its south-west corner in metres (INSPIRE's code, as INSEE writes it)."""

    size: int
    north: int
    east: int

    @classmethod
    def holding(cls, place: Place, size: int = ATOM) -> Square:
        """The square that a place lies in."""
        east, north = to_laea(place.lat, place.lon)
        return cls(size, math.floor(north / size) * size, math.floor(east / size) * size)

    @classmethod
    def parse(cls, text: str) -> Square:
        """The square of a code such as ``CRS3035RES200mN2471000E4108000``. Raises ValueError."""
        found = _ID.fullmatch(text)
        if found is None:
            raise ValueError(f"no code of a square: {text}")
        size, north, east = (int(part) for part in found.groups())
        if size <= 0 or north % size or east % size:
            raise ValueError(f"no square of the grid: {text}")
        return cls(size, north, east)

    @property
    def id(self) -> str:
        """The square's code."""
        return f"CRS3035RES{self.size}mN{self.north}E{self.east}"

    def within(self, size: int) -> Square:
        """The square of a coarser grid that holds this one's south-west corner."""
        return Square(size, self.north // size * size, self.east // size * size)

    def atoms(self) -> list[Square]:
        """The smallest squares that it is made of."""
        steps = range(0, self.size, ATOM)
        return [Square(ATOM, self.north + up, self.east + right) for up in steps for right in steps]

    def around(self) -> list[Square]:
        """Itself and its eight neighbours of the same size."""
        steps = (-self.size, 0, self.size)
        return [Square(self.size, self.north + up, self.east + right) for up in steps for right in steps]

    @property
    def centre(self) -> Place:
        """Its middle."""
        return Place(*from_laea(self.east + self.size / 2, self.north + self.size / 2))


class Step(IntEnum):
    """How far apart two public areas are, nearest first: exact metres would give homes away."""

    SAME_AREA = 0
    """Said of a card to who lives there (`PublicArea.step_seen_from`); nobody is asked by it."""
    UNDER_300_M = 1
    UNDER_1_KM = 2
    FURTHER = 3
    SOMEWHERE_IN_TOWN = 4
    """One of the two is known by its district or town only."""


class Level(IntEnum):
    """How fine a public area is; its side in metres where it has one."""

    SQUARE_200_M = 200
    SQUARE_400_M = 400
    SQUARE_1_KM = 1000
    DISTRICT = 10_000
    TOWN = 100_000

    @property
    def finest_step(self) -> Step:
        """The nearest that something in the same area can honestly be called."""
        if self is Level.SQUARE_200_M:
            return Step.UNDER_300_M
        return Step.UNDER_1_KM if self <= Level.SQUARE_1_KM else Step.SOMEWHERE_IN_TOWN


def step_between(a: tuple[Level, Place], b: tuple[Level, Place]) -> Step:
    """The step between two areas from their centres, never finer than the coarser of the two."""
    metres = a[1].metres_to(b[1])
    apart = Step.UNDER_300_M if metres < 300 else Step.UNDER_1_KM if metres < 1000 else Step.FURTHER
    return max(apart, a[0].finest_step, b[0].finest_step)
