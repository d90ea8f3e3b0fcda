"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import datetime, timedelta


class FixedClock:
    """A `portal.clock.Clock`: call it for the present instant."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **duration: float) -> None:
        """Let time pass: ``clock.advance(minutes=5)``, with the names of `datetime.timedelta`."""
        self.now += timedelta(**duration)
