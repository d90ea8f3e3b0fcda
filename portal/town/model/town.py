"""The town as it is kept: one row of settings, its arms, its districts and its categories of help."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import JSON, CheckConstraint, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import Conflict, InvalidInput
from portal.i18n import LOCALES, current_locale, lazy
from portal.town.colours import Colour, stylesheet
from portal.town.grid import Place
from portal.town.shapes import Geometry, holds

INSEE_CODE = re.compile(r"\d[\dAB]\d{3}")
NAME_LENGTH = 80


class Town(Base):
    """The town that this portal belongs to: a single row, made when the portal is set up."""

    __tablename__ = "town"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    insee: Mapped[str] = mapped_column(String(5))
    department: Mapped[str] = mapped_column(String(3))
    population: Mapped[int]
    lat: Mapped[float]
    lon: Mapped[float]
    primary_colour: Mapped[str] = mapped_column(String(7))
    accent_colour: Mapped[str] = mapped_column(String(7))
    languages: Mapped[list[str]] = mapped_column(JSON)
    """Languages that the town writes its own texts in, the first before all."""
    contact_email: Mapped[str] = mapped_column(String(254))
    contact_phone: Mapped[str] = mapped_column(String(30))
    contact_address: Mapped[str] = mapped_column(String(300))
    landmarks: Mapped[dict[str, Any]] = mapped_column(JSON, deferred=True)
    """GeoJSON of what a map without tiles shows beside the districts: a river, a railway."""
    arms_version: Mapped[int]
    """0 without arms; goes up with each change, so that browsers keep the picture until then."""
    version: Mapped[int]

    @classmethod
    def found(cls, *, name: str, insee: str, department: str, population: int, centre: Place) -> Town:
        """A town with what the commune's data say; everything else can be set later. Raises `InvalidInput`."""
        if not INSEE_CODE.fullmatch(insee):
            raise InvalidInput(fields={"insee": lazy("This is no INSEE code of a commune.")})
        town = cls(
            id=1,
            insee=insee,
            department=department,
            population=population,
            languages=list(LOCALES),
            contact_email="",
            contact_phone="",
            contact_address="",
            landmarks={"type": "FeatureCollection", "features": []},
            arms_version=0,
            version=0,
        )
        town.rename(name)
        town.recentre(centre)
        town.paint(Colour.parse("#1d3f66"), Colour.parse("#d8a03d"))
        town.version = 1
        return town

    def rename(self, name: str) -> None:
        """Give the town's name. Raises `InvalidInput` when it is empty or too long."""
        plain = " ".join(name.split())
        if not 0 < len(plain) <= NAME_LENGTH:
            raise InvalidInput(fields={"name": lazy("A name has 1 to 80 letters.")})
        self.name = plain
        self.version += 1

    def recentre(self, centre: Place) -> None:
        """Set the middle of the town's map."""
        self.lat, self.lon = round(centre.lat, 6), round(centre.lon, 6)
        self.version += 1

    def paint(self, primary: Colour, accent: Colour) -> None:
        """Set the two colours. Any two will do: what is painted with them is corrected."""
        self.primary_colour, self.accent_colour = primary.hex, accent.hex
        self.version += 1

    def be_reached(self, *, email: str, phone: str, address: str) -> None:
        """Set how the town hall is reached; empty: not shown."""
        self.contact_email, self.contact_phone, self.contact_address = email, phone, address
        self.version += 1

    def require_version(self, seen: int) -> None:
        """Raise `Conflict` when somebody has changed the town since it was looked at."""
        if seen != self.version:
            raise Conflict

    @property
    def centre(self) -> Place:
        """The middle of its map."""
        return Place(self.lat, self.lon)

    @property
    def stylesheet(self) -> str:
        """The custom properties that pages paint with."""
        return stylesheet(Colour.parse(self.primary_colour), Colour.parse(self.accent_colour))

    def view(self) -> TownView:
        """What every page shows."""
        arms = f"/town/arms?v={self.arms_version}" if self.arms_version else None
        return TownView(self.name, self.insee, self.population, self.centre, arms, self.stylesheet, self.version)


@dataclass(frozen=True)
class TownView:
    """What every page shows of the town."""

    name: str
    insee: str
    population: int
    centre: Place
    arms_url: str | None
    stylesheet: str
    version: int


class TownArms(Base):
    """The town's arms as they are served: already cleaned (`portal.town.model.arms`)."""

    __tablename__ = "town_arms"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    media_type: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)


class District(Base):
    """A part of the town as its people name it."""

    __tablename__ = "district"

    id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    geometry: Mapped[Geometry] = mapped_column(JSON)
    order: Mapped[int] = mapped_column("position")

    def holds(self, place: Place) -> bool:
        """Whether a place lies in it."""
        return holds(self.geometry, place)


class Category(Base):
    """What a request or an offer is about. Its code is the same in every town that has not made its own."""

    __tablename__ = "category"

    code: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    name_fr: Mapped[str] = mapped_column(String(NAME_LENGTH))
    name_en: Mapped[str] = mapped_column(String(NAME_LENGTH))
    icon: Mapped[str] = mapped_column(String(20))
    order: Mapped[int] = mapped_column("position")
    active: Mapped[bool]

    @property
    def name(self) -> str:
        """Its name in the language of the moment."""
        return self.name_en if current_locale() == "en" else self.name_fr

    def rename(self, fr: str, en: str) -> None:
        """Give both names; without an English one the French stands. Raises `InvalidInput`."""
        french, english = " ".join(fr.split()), " ".join(en.split())
        if not 0 < len(french) <= NAME_LENGTH or len(english) > NAME_LENGTH:
            raise InvalidInput(fields={"name_fr": lazy("A name has 1 to 80 letters.")})
        self.name_fr, self.name_en = french, english or french


SEEDED_CATEGORIES = (
    ("groceries", "basket", "Courses", "Groceries"),
    ("medicine", "medicine", "Médicaments", "Medicine"),
    ("meals", "meal", "Repas", "Meals"),
    ("masks", "mask", "Masques et protections", "Masks and protection"),
    ("trips", "car", "Trajets", "Trips"),
    ("paperwork", "papers", "Démarches et photocopies", "Paperwork and copies"),
    ("computer", "computer", "Aide informatique", "Computer advice"),
    ("company", "company", "Compagnie", "Company"),
    ("children", "child", "Enfants", "Children"),
    ("pets", "pet", "Animaux", "Pets"),
    ("small_jobs", "tool", "Petits travaux", "Small jobs"),
)
"""Code, picture (static/icons/sprite.svg), French and English: what a town begins with."""


def seeded_categories() -> list[Category]:
    """The categories that a town begins with, in their order."""
    return [
        Category(code=code, name_fr=french, name_en=english, icon=icon, order=order, active=True)
        for order, (code, icon, french, english) in enumerate(SEEDED_CATEGORIES, start=1)
    ]
