"""The hubs of other workers: what is told to them and what is heard from them."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping

from realtime.counters import Counters
from realtime.relay import Relay

_log = logging.getLogger("realtime.siblings")

News = Mapping[str, str | int]
"""One thing told: ``do`` says what, the rest is its arguments."""

Hear = Callable[[News], Awaitable[None]]


class Siblings:
    """This hub among those of the other workers. Alone without a relay: then telling is free."""

    def __init__(self, relay: Relay | None, counters: Counters) -> None:
        """Nothing is heard before `join`."""
        self._relay = relay
        self._counters = counters
        self.me = secrets.token_hex(8)
        """This worker's name among the others; a new one at each start."""
        self._hear: Hear | None = None
        self._end: Callable[[], Awaitable[None]] | None = None

    async def join(self, hear: Hear) -> None:
        """Hear what others tell from now on."""
        self._hear = hear
        if self._relay is not None:
            self._end = await self._relay.subscribe(self._receive)

    async def part(self) -> None:
        """Hear no more."""
        if self._end is not None:
            await self._end()
            self._end = None

    async def tell(self, **news: str | int) -> None:
        """Tell every other hub. A relay that fails is logged: the caller's commit stands, `Hub.catch_up` repairs."""
        if self._relay is None:
            return
        try:
            await self._relay.publish(json.dumps({"from": self.me, **news}).encode())
        except Exception:  # noqa: BLE001 - the edge to the relay: its trouble must not fail a use case that committed
            self._counters.relay_failures += 1
            _log.exception("telling the other workers failed: %s", news.get("do"))

    async def _receive(self, message: bytes) -> None:
        news = json.loads(message)
        if news.pop("from") != self.me and self._hear is not None:
            await self._hear(news)
