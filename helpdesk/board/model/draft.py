"""What a person writes before it is posted, parsed once: forms, the API and the socket all make a `Draft`."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    field_validator,
    model_validator,
)

from helpdesk.board.model.contact_details import ContactDetail, contact_detail_in
from helpdesk.board.model.posting import DETAILS_LENGTH, MAX_CAPACITY, TITLE_LENGTH
from helpdesk.board.model.schedule import Schedule
from portal.i18n import lazy

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")

_WORDS = {
    ContactDetail.TELEPHONE: lazy("Everybody will read this: please leave out the telephone number."),
    ContactDetail.EMAIL: lazy("Everybody will read this: please leave out the e-mail address."),
    ContactDetail.ADDRESS: lazy("Everybody will read this: please leave out the address. You give the place apart."),
}


_JOINERS = "\u200c\u200d"
"""They make one sign of several, as in some scripts and pictures; by themselves nobody sees them."""


def only_what_is_seen(value: object) -> object:
    """The text without signs that nobody sees: they leave a title empty, turn words round, hide a number."""
    if not isinstance(value, str):
        return value
    kept = "".join(char for char in value if char.isspace() or char in _JOINERS or _is_seen(char))
    return kept if kept.strip(f" \n\r\t{_JOINERS}") else ""


def _is_seen(char: str) -> bool:
    # Controls, marks that turn the direction of writing, code points that no sign has.
    return not unicodedata.category(char).startswith("C")


def free_of_contacts(value: str) -> str:
    """The text, if it holds no telephone number, e-mail or postal address. Raises `ValueError` with a sentence."""
    found = contact_detail_in(value)
    if found is not None:
        raise ValueError(_WORDS[found])
    return value


def _only_iso(value: object) -> object:
    """Pydantic would take a number for a count of seconds since 1970."""
    if value is None or isinstance(value, date) or (isinstance(value, str) and _ISO_DATE.fullmatch(value)):
        return value
    raise ValueError(lazy("This is not a date."))


CivilDate = Annotated[date, BeforeValidator(_only_iso)]
"""A date in Paris, written ``2026-05-04``."""

_Id = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]


class What(BaseModel):
    """First step: what it is about, in words that everybody will read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    category_id: _Id
    title: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=4, max_length=TITLE_LENGTH),
        BeforeValidator(only_what_is_seen),
    ]
    details: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=DETAILS_LENGTH),
        BeforeValidator(only_what_is_seen),
    ] = ""

    @field_validator("title", "details")
    @classmethod
    def holds_no_contact_detail(cls, value: str) -> str:
        """Refuse telephone numbers, e-mail and postal addresses."""
        return free_of_contacts(value)


class Where(BaseModel):
    """Second step: an address of the town's own file, or a point."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address_id: _Id | None = None
    longitude: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    latitude: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None

    @model_validator(mode="after")
    def is_one_place(self) -> Self:
        """Refuse none, half a point, or two places."""
        has_point = self.longitude is not None and self.latitude is not None
        has_half = (self.longitude is None) != (self.latitude is None)
        if has_half or has_point == (self.address_id is not None):
            raise ValueError(lazy("Please choose an address, or a point on the map."))
        return self


def _in_order(value: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(set(value)))


Weekdays = Annotated[tuple[Annotated[int, Field(ge=1, le=7)], ...], Field(max_length=7), AfterValidator(_in_order)]
"""Days of the week, Monday is 1 (ISO 8601)."""


class When(BaseModel):
    """Third step: until which day or on which days of the week, and for how many."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: CivilDate | None = None
    """The last day, in Paris; none: no date."""
    weekdays: Weekdays = ()
    """Of something weekly: on which days of the week."""
    starts_on: CivilDate | None = None
    """Of something weekly: from which day; it counts with `weekdays` only."""
    capacity: Annotated[int, Field(ge=1, le=MAX_CAPACITY)] = 1
    """Helpers wanted by a request, neighbours that an offer is for."""

    @property
    def schedule(self) -> Schedule:
        """When it is of use."""
        weekdays = "".join(str(day) for day in self.weekdays)
        return Schedule(self.by, weekdays, self.starts_on if weekdays else None)


class Revision(What, When):
    """What a request or an offer is to say from now on."""


class Draft(What, Where, When):
    """A request or an offer before it is posted."""


class Day(StrEnum):
    """A day as people say it."""

    TODAY = "today"
    TOMORROW = "tomorrow"
    THIS_WEEK = "this_week"
    NEXT_WEEK = "next_week"
    DATE = "date"
    WEEKLY = "weekly"
    """Every week: on days, and until a date, that are given apart."""
    ANY = "any"


def day_meant(day: Day, on: date | None, today: date) -> date | None:
    """The last day that is meant: “this week” ends on Sunday. `on` counts for `Day.DATE` and `Day.WEEKLY`."""
    sunday = today + timedelta(days=6 - today.weekday())
    return {
        Day.TODAY: today,
        Day.TOMORROW: today + timedelta(days=1),
        Day.THIS_WEEK: sunday,
        Day.NEXT_WEEK: sunday + timedelta(days=7),
        Day.DATE: on,
        Day.WEEKLY: on,
        Day.ANY: None,
    }[day]
