"""The fields that ask when help is of use: the third step of asking and offering, and of changing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError

from helpdesk.board.model import Day, Schedule, When, day_meant
from portal.errors import InvalidInput, fields_of
from portal.i18n import lazy

FIELDS = ("day", "on", "weekdays", "starts_on", "until", "capacity")
SEPARATOR = ","
"""Between the days of the week in one hidden field."""

Values = Mapping[str, str]


def when_given(values: Values, today: date) -> When:
    """What the fields say. Raises `InvalidInput` for each that does not fit."""
    day = _day(values)
    on = _date(values, "until" if day is Day.WEEKLY else "on")
    if day is Day.DATE and on is None:
        raise InvalidInput(fields={"on": lazy("Please give the date.")})
    given: dict[str, object] = {"by": day_meant(day, on, today)}
    if day is Day.WEEKLY:
        if not values.get("weekdays"):
            raise InvalidInput(fields={"weekdays": lazy("Please choose at least one.")})
        given |= {"weekdays": _weekdays(values), "starts_on": _date(values, "starts_on")}
    if values.get("capacity"):
        given["capacity"] = values["capacity"]
    try:
        when = When.model_validate(given)
    except ValidationError as error:
        # A fault of one day of the week is said where all of them stand.
        fields = {name.partition(".")[0]: words for name, words in fields_of(error).items()}
        raise InvalidInput(fields=fields) from error
    faults = when.schedule.faults(today)
    if faults:
        last = "until" if day is Day.WEEKLY else "on"
        raise InvalidInput(fields={last if name == "by" else name: words for name, words in faults.items()})
    return when


def values_of(schedule: Schedule, capacity: int) -> dict[str, str]:
    """What the fields hold for something that stands."""
    last = schedule.by.isoformat() if schedule.by else ""
    shown = {"day": Day.ANY.value, "capacity": str(capacity)}
    if schedule.weekdays:
        starts = schedule.starts_on.isoformat() if schedule.starts_on else ""
        days = SEPARATOR.join(schedule.weekdays)
        return {**shown, "day": Day.WEEKLY.value, "weekdays": days, "starts_on": starts, "until": last}
    return {**shown, "day": Day.DATE.value, "on": last} if last else shown


def _day(values: Values) -> Day:
    try:
        return Day(values.get("day", Day.ANY.value))
    except ValueError:
        raise InvalidInput(fields={"day": lazy("Please choose one of the answers offered.")}) from None


def _date(values: Values, name: str) -> date | None:
    try:
        return date.fromisoformat(values[name]) if values.get(name) else None
    except ValueError:
        raise InvalidInput(fields={name: lazy("This is not a date.")}) from None


def _weekdays(values: Values) -> tuple[int, ...]:
    try:
        return tuple(int(day) for day in values["weekdays"].split(SEPARATOR))
    except ValueError:
        raise InvalidInput(fields={"weekdays": lazy("Please choose one of the answers offered.")}) from None
