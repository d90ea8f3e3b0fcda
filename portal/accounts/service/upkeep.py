"""The task that ends what is over, every few minutes."""

from __future__ import annotations

import asyncio

import structlog

from portal.accounts.service.retention import end_what_is_over
from portal.clock import Clock, civil_date
from portal.db import Database

log = structlog.get_logger(__name__)

PAUSE_S = 600.0


class Upkeep:
    """Owns its one task."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Look after the accounts of this database."""
        self._database = database
        self._clock = clock
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="upkeep of accounts")

    async def stop(self) -> None:
        """End."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        # No socket is older than the process: only days that begin from now on turn anybody's roles.
        seen = civil_date(self._clock())
        while True:
            try:
                today = civil_date(self._clock())
                await end_what_is_over(self._database, self._clock, since=seen)
                seen = today
            except Exception:
                log.exception("upkeep of accounts failed")
            await asyncio.sleep(PAUSE_S)
