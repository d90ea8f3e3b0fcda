"""Pages of streams that many ask for within a moment, read and written as JSON once.

After a restart or a long tunnel thousands come back with the same number. A page is shared by those who ask for it
within a second, and only until the stream goes on: a change of what stands in it is an event, so nothing that was
erased since is replayed.
"""

from __future__ import annotations

import asyncio

from realtime.messages import Page
from realtime.sources import StreamSource

KEPT_S = 1.0
"""How long a page is shared after it was read."""

_Key = tuple[str, str, int, int, int]


class SharedPages:
    """Reads pages from a source; owns the reads under way."""

    def __init__(self, source: StreamSource, kept_s: float = KEPT_S) -> None:
        """Nothing is being read yet."""
        self._source = source
        self._kept_s = kept_s
        self._pages: dict[_Key, asyncio.Task[Page]] = {}

    async def page(self, stream: str, audience: str, after: int, limit: int, head: int) -> Page:
        """As `StreamSource.page`, of a stream whose head is known. Raises what the source raises."""
        key = (stream, audience, after, limit, head)
        page = self._pages.get(key)
        if page is None:
            read = self._source.page(stream, audience, after, limit)
            page = self._pages[key] = asyncio.create_task(read, name=f"realtime-page-{stream}")
            page.add_done_callback(lambda done: self._read(key, done))
        # Whoever goes away must not take the page from the others.
        return await asyncio.shield(page)

    async def close(self) -> None:
        """End the reads under way."""
        under_way = list(self._pages.values())
        for page in under_way:
            page.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _read(self, key: _Key, page: asyncio.Task[Page]) -> None:
        if page.cancelled() or page.exception() is not None:
            self._pages.pop(key, None)
        else:
            asyncio.get_running_loop().call_later(self._kept_s, self._pages.pop, key, None)
