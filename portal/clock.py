"""Time as an argument: instants are UTC, civil dates are those of Paris."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")

Clock = Callable[[], datetime]
"""Returns the present instant, aware, in UTC. Tests pass their own."""


def utc_now() -> datetime:
    """The system's present instant in UTC."""
    return datetime.now(UTC)


def civil_date(instant: datetime) -> date:
    """The calendar date in Paris at an instant."""
    return instant.astimezone(PARIS).date()


def civil_time(instant: datetime) -> datetime:
    """The instant as a clock on a wall in Paris shows it."""
    return instant.astimezone(PARIS)
