"""Texts that the town writes itself, in its languages: each stands in a place that a slice names."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from portal.db import Base, IdColumn
from portal.errors import InvalidInput
from portal.i18n import current_locale, lazy
from portal.spaces import single_spaced

TEXT_NAME_LENGTH = 40


@dataclass(frozen=True)
class Place:
    """Where a text of the town stands. `instead` is what is said there while the town has written nothing."""

    name: str
    says: str
    length: int
    hint: str = ""
    instead: str = ""


PLACES: dict[str, Place] = {}
"""Every place by name, in the order in which the page lists them."""


def define_text(place: Place) -> Place:
    """Let the town write there. Raises `ValueError` for a name that another place has."""
    if PLACES.setdefault(place.name, place) != place or len(place.name) > TEXT_NAME_LENGTH:
        raise ValueError(f"text {place.name} is defined twice, or its name is too long")
    return place


@dataclass(frozen=True)
class Wording:
    """A text in both languages; without an English one the French stands."""

    fr: str = ""
    en: str = ""

    @classmethod
    def read(cls, place: Place, fr: str, en: str) -> Wording:
        """As typed, lines kept. Raises `InvalidInput` naming ``fr`` or ``en`` where it is too long or alone."""
        found = cls(_plain(fr), _plain(en))
        long = {language for language in ("fr", "en") if len(getattr(found, language)) > place.length}
        faults = {language: lazy("This text is too long.") for language in sorted(long)}
        if found.en and not found.fr:
            faults["fr"] = lazy("Please write the French text too: it stands for both where there is only one.")
        if faults:
            raise InvalidInput(fields=faults)
        return found

    @property
    def spoken(self) -> str:
        """In the language of the moment."""
        return (self.en or self.fr) if current_locale() == "en" else self.fr


def _plain(text: str) -> str:
    lines = (single_spaced(line) for line in text.strip().splitlines())
    return "\n".join(lines)


class TownText(Base):
    """A text that the town has written, and who wrote it."""

    __tablename__ = "town_text"

    name: Mapped[str] = mapped_column(String(TEXT_NAME_LENGTH), primary_key=True)
    fr: Mapped[str] = mapped_column(Text)
    en: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime]
    changed_by: Mapped[str | None] = mapped_column(IdColumn)
