"""Counting days the way the law does; no clock in here."""

from __future__ import annotations

import calendar
import datetime as dt
import re

_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def parse_day(written: str) -> dt.date:
    """Read a date written YYYY-MM-DD (ISO 8601, extended form only); raise ValueError otherwise."""
    if _ISO_DAY.fullmatch(written) is None:
        raise ValueError(written)
    return dt.date.fromisoformat(written)


def clear_days(sent_on: dt.date, meets_on: dt.date) -> int:
    """Count clear days (jours francs): neither the day of sending nor the day of meeting.

    Saturdays, Sundays and holidays count like any other day and never lengthen the period (CGCT L2121-11, L2121-12;
    AN questions 33389 and 31073, 10th legislature).
    """
    return max(0, (meets_on - sent_on).days - 1)


def months_after(day: dt.date, months: int) -> dt.date:
    """Return the same day some months later, or the last day of that month when it is shorter.

    Raises OverflowError past the last year of the calendar, as adding days does.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > dt.MAXYEAR:
        raise OverflowError(year)
    last = calendar.monthrange(year, month + 1)[1]
    return dt.date(year, month + 1, min(day.day, last))


def half_year(day: dt.date) -> tuple[dt.date, dt.date]:
    """Return the first and last day of the calendar half-year that holds the day."""
    if day.month <= 6:
        return dt.date(day.year, 1, 1), dt.date(day.year, 6, 30)
    return dt.date(day.year, 7, 1), dt.date(day.year, 12, 31)
