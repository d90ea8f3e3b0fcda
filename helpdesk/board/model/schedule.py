"""When help is of use: until some day, or every week on some days. Dates are civil dates in Paris."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from portal.i18n import lazy

FURTHEST_DAYS = 366
"""How far ahead a date may lie."""


@dataclass(frozen=True)
class Schedule:
    """One-off without a date, one-off until a date, or weekly."""

    by: date | None = None
    """The last day; None: no date, or every week until further notice."""
    weekdays: str = ""
    """Of something weekly: its days as digits in order, Monday is 1 (ISO 8601); empty: not weekly."""
    starts_on: date | None = None
    """Of something weekly that begins later: from which day."""

    @property
    def days(self) -> tuple[int, ...]:
        """The days of the week, Monday is 1."""
        return tuple(int(digit) for digit in self.weekdays)

    def next_day(self, today: date) -> date | None:
        """The first day from `today` on which something weekly is of use; None once there is none."""
        first = max(today, self.starts_on or today)
        day = next((first + timedelta(days=ahead) for ahead in range(7) if self._is_on(first, ahead)), None)
        return None if day is None or (self.by is not None and day > self.by) else day

    def from_today(self, today: date) -> Schedule:
        """Without a beginning that has come: what is stored and shown says “from” only of a day ahead."""
        starts = self.starts_on if self.weekdays and self.starts_on and self.starts_on > today else None
        return Schedule(self.by, self.weekdays, starts)

    def faults(self, today: date) -> dict[str, str]:
        """What is wrong with it, a sentence for each field."""
        latest = today + timedelta(days=FURTHEST_DAYS)
        too_far = lazy("This day is too far ahead: at most one year.")
        faults = {
            name: too_far for name, day in (("by", self.by), ("starts_on", self.starts_on)) if day and day > latest
        }
        if self.by is not None and self.by < today:
            faults["by"] = lazy("This day has passed.")
        if not faults and self.weekdays and self.next_day(today) is None:
            faults["by"] = lazy("None of these days of the week comes before this date.")
        return faults

    def _is_on(self, first: date, ahead: int) -> bool:
        return str((first + timedelta(days=ahead)).isoweekday()) in self.weekdays
