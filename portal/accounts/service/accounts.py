"""What the use cases of accounts work with."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from portal.accounts.service.passwords import Passwords
from portal.clock import Clock
from portal.db import Database
from portal.security import RateLimiter


@dataclass(frozen=True)
class Accounts:
    """The parts of a portal that accounts need; made once by `portal.accounts.web.register`, or by a test."""

    database: Database
    clock: Clock
    limits: RateLimiter
    passwords: Passwords
    public_url: str
    """Where links in mails lead."""
    secret_key: str
    """Signs which browsers are known to an account."""
    town_name: Callable[[], Awaitable[str]]
    """The town as its mails are signed."""
    mail_written: Callable[[], None]
    """Told when mail was committed, so that it leaves at once."""
