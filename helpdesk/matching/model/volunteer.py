"""Volunteers: what they offer, when they are on duty, how far they go. Only the public area of their home is kept."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import JSON, Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from portal.clock import civil_time
from portal.db import Base, IdColumn
from portal.i18n import lazy


class Part(StrEnum):
    """A part of the day."""

    MORNING = "am"
    AFTERNOON = "pm"
    EVENING = "eve"


BEGINS = {Part.MORNING: time(8), Part.AFTERNOON: time(12), Part.EVENING: time(18)}
ENDS = {Part.MORNING: time(12), Part.AFTERNOON: time(18), Part.EVENING: time(21)}

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SLOTS = tuple(f"{day}-{part.value}" for day in DAYS for part in Part)
"""When one can be on duty: a part of a day of the week."""


class Skill(StrEnum):
    """What a request may need beside willingness."""

    CAR = "car"
    LIFTING = "lifting"
    PHONE = "phone"
    """Helps over the telephone too."""


SPOKEN = {
    "fr": lazy("French"),
    "en": lazy("English"),
    "ar": lazy("Arabic"),
    "es": lazy("Spanish"),
    "pt": lazy("Portuguese"),
    "it": lazy("Italian"),
    "tr": lazy("Turkish"),
    "uk": lazy("Ukrainian"),
    "zh": lazy("Chinese"),
    "lsf": lazy("French sign language"),
}
"""Languages that can be named, by code."""


class Volunteer(Base):
    """A person who wants to be asked."""

    __tablename__ = "help_volunteer"
    __table_args__ = (Index("ix_help_volunteer_is_on", "is_on"),)

    person_id: Mapped[str] = mapped_column(IdColumn, primary_key=True)
    is_on: Mapped[bool]
    """The switch: off, and nobody asks."""
    away_until: Mapped[date | None] = mapped_column(Date)
    """The last day of a pause."""
    categories: Mapped[list[str]] = mapped_column(JSON)
    slots: Mapped[list[str]] = mapped_column(JSON)
    reach: Mapped[int]
    """The furthest `Step`."""
    cell_id: Mapped[str] = mapped_column(String(40))
    languages: Mapped[list[str]] = mapped_column(JSON)
    skills: Mapped[list[str]] = mapped_column(JSON)
    asked_at: Mapped[datetime | None]
    """The last time anybody asked."""
    helped_at: Mapped[datetime | None]
    """The last time an answer was accepted."""
    changed_at: Mapped[datetime]

    def is_away(self, day: date) -> bool:
        """Whether a pause holds on a day."""
        return self.away_until is not None and day <= self.away_until

    def is_on_duty(self, at: datetime) -> bool:
        """Whether this very hour is one of theirs."""
        return self.is_on and not self.is_away(civil_time(at).date()) and slot_of(at) in self.slots

    def is_on_duty_within(self, at: datetime, ahead: timedelta) -> bool:
        """Whether they are on duty now or at some hour of the time ahead."""
        hours = int(ahead / timedelta(hours=1))
        return any(self.is_on_duty(at + timedelta(hours=hour)) for hour in range(hours + 1))


def slot_of(at: datetime) -> str | None:
    """The slot of an instant, on the wall's clock; None at night."""
    here = civil_time(at)
    part = next((part for part in Part if BEGINS[part] <= here.time() < ENDS[part]), None)
    return f"{DAYS[here.weekday()]}-{part.value}" if part else None
