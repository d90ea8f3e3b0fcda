"""Repairs what was not heard: after the relay or the database was away, and by a look now and then."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection

from realtime.sources import StreamSource

_log = logging.getLogger("realtime.catch_up")


class CatchUp:
    """Compares the streams that matter to this process with their heads in the log."""

    def __init__(
        self,
        *,
        source: StreamSource,
        wanted: Callable[[], Collection[str]],
        advanced: Callable[[str, int], None],
        interval_s: float,
    ) -> None:
        """`wanted` names the streams; `advanced` is told every head, whether or not it is news."""
        self._source = source
        self._wanted = wanted
        self._advanced = advanced
        self._interval_s = interval_s
        self._soon = asyncio.Event()

    def soon(self) -> None:
        """Look without waiting for the interval."""
        self._soon.set()

    async def now(self) -> None:
        """Look once. Raises what the source raises."""
        wanted = self._wanted()
        if wanted:
            for stream, head in (await self._source.heads(wanted)).items():
                self._advanced(stream, head)

    async def run(self) -> None:
        """Look at every interval, until cancelled."""
        failures = 0
        while True:
            self._soon.clear()
            try:
                await self.now()
                failures = 0
            except Exception as error:  # noqa: BLE001 - the edge to the application: a database that restarts
                failures += 1
                if failures == 1:
                    _log.warning("the heads of the streams cannot be read: %r", error)
            try:
                async with asyncio.timeout(self._interval_s):
                    await self._soon.wait()
            except TimeoutError:
                continue
