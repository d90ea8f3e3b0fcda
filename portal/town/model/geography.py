"""Where things are: streets and addresses of the address file, and the public cells that places are shown as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.town.grid import Level, Place, Square, Step, step_between
from portal.town.shapes import Geometry

CELL_ID_LENGTH = 40
STREET_LENGTH = 120
COMMUNE_LENGTH = 80


class Street(Base):
    """A street of the address file, one for each name and postcode."""

    __tablename__ = "street"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(STREET_LENGTH))
    postcode: Mapped[str] = mapped_column(String(5))
    commune: Mapped[str] = mapped_column(String(COMMUNE_LENGTH))
    search: Mapped[str] = mapped_column(String(300))
    """Its words as they are compared, each with a space before it (`portal.town.wording`)."""


class Address(Base):
    """A house number of a street, from the Base Adresse Nationale."""

    __tablename__ = "address"
    __table_args__ = (
        Index("ix_address_street_id_number", "street_id", "number"),
        Index("ix_address_lat_lon", "lat", "lon"),
    )

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    street_id: Mapped[int] = mapped_column(ForeignKey("street.id"))
    number: Mapped[int]
    repetition: Mapped[str] = mapped_column(String(10))
    lat: Mapped[float]
    lon: Mapped[float]
    square: Mapped[str] = mapped_column(String(CELL_ID_LENGTH))
    """The 200 m square that it lies in."""

    @property
    def place(self) -> Place:
        """The exact place."""
        return Place(self.lat, self.lon)


class Cell(Base):
    """A public area of the town (`portal.town.partition`). Its id names the same squares for ever.

    A cell that a later address file replaced is retired: what was posted there still shows it.
    """

    __tablename__ = "cell"

    id: Mapped[str] = mapped_column(String(CELL_ID_LENGTH), primary_key=True)
    level: Mapped[int]
    district_id: Mapped[str] = mapped_column(IdColumn)
    """The district that its centre lies in; empty where there is none."""
    lat: Mapped[float]
    lon: Mapped[float]
    geometry: Mapped[Geometry] = mapped_column(JSON)
    addresses: Mapped[int]
    """How many it holds, as of the last address file."""
    is_united: Mapped[bool]
    retired_at: Mapped[datetime | None]

    def public(self) -> PublicArea:
        """What anybody may know of a place in it."""
        return PublicArea(self.id, Level(self.level), self.district_id, Place(self.lat, self.lon), self.geometry)


class GridSquare(Base):
    """Which cell a 200 m square belongs to at present."""

    __tablename__ = "grid_square"
    __table_args__ = (Index("ix_grid_square_cell_id", "cell_id"),)

    id: Mapped[str] = mapped_column(String(CELL_ID_LENGTH), primary_key=True)
    cell_id: Mapped[str] = mapped_column(ForeignKey("cell.id"))

    @property
    def square(self) -> Square:
        """The square itself."""
        return Square.parse(self.id)


@dataclass(frozen=True)
class PublicArea:
    """All that others may know of where somebody is: the same for everybody who lives there, every time."""

    id: str
    level: Level
    district_id: str
    """Empty where the town has drawn none. A property of the area, never of the place."""
    middle: Place
    geometry: Geometry
    """GeoJSON MultiPolygon: what a map paints."""

    @property
    def centre(self) -> tuple[float, float]:
        """Longitude and latitude of its middle: GeoJSON's order."""
        return self.middle.lon, self.middle.lat

    @property
    def ring(self) -> Sequence[tuple[float, float]]:
        """The outline of its largest part as longitude and latitude, closed; empty if it has no shape."""
        outlines = [polygon[0] for polygon in self.geometry["coordinates"]]
        return [(lon, lat) for lon, lat in max(outlines, key=_twice_area, default=[])]

    def step_to(self, other: PublicArea) -> Step:
        """How far apart two areas are, and never finer than the coarser of them: for whom to ask."""
        return step_between((self.level, self.middle), (other.level, other.middle))

    def step_seen_from(self, own: PublicArea) -> Step:
        """The same as it is told to somebody who lives in `own`, who knows their own area when they see it."""
        return Step.SAME_AREA if self.id == own.id else self.step_to(own)


def _twice_area(ring: Sequence[Sequence[float]]) -> float:
    return abs(sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in pairwise(ring)))
