"""Pages of streams that several ask for at once, read once.

After a restart or a long tunnel thousands come back with the same number: whoever asks while a page is being read gets
that page. Nothing is kept once it was read, so that what was erased since is never replayed.
"""

from __future__ import annotations

import asyncio

from realtime.messages import Page
from realtime.sources import StreamSource

_Key = tuple[str, str, int, int]


class SharedPages:
    """Reads pages from a source; owns the reads under way."""

    def __init__(self, source: StreamSource) -> None:
        """Nothing is being read yet."""
        self._source = source
        self._reading: dict[_Key, asyncio.Task[Page]] = {}

    async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
        """As `StreamSource.page`. Raises what the source raises."""
        key = (stream, audience, after, limit)
        reading = self._reading.get(key)
        if reading is None:
            reading = asyncio.create_task(self._source.page(*key), name=f"realtime-page-{stream}")
            self._reading[key] = reading
            reading.add_done_callback(lambda done: self._done(key, done))
        # Whoever goes away must not take the page from the others.
        return await asyncio.shield(reading)

    async def close(self) -> None:
        """End the reads under way."""
        under_way = list(self._reading.values())
        for reading in under_way:
            reading.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _done(self, key: _Key, reading: asyncio.Task[Page]) -> None:
        del self._reading[key]
        if not reading.cancelled():
            reading.exception()  # raised to whoever waits; nobody may
