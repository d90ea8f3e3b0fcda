"""The hubs of other workers: what is told to them, what is heard from them, and which of them are alive.

Every hub numbers what it tells and says the number again with each beat of its heart, so that whoever missed something
knows, whatever the relay lost. A hub that is silent for too long, while others are heard, is dead.
"""

from __future__ import annotations

import asyncio
import json
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from realtime.counters import Counters
from realtime.limits import Limits
from realtime.messages import Json
from realtime.relay import Relay

_log = logging.getLogger("realtime.siblings")

News = Mapping[str, Json]
"""One thing told: ``do`` says what, ``from`` who, the rest is its arguments."""

_BEAT = "beat"
_BYE = "bye"


class Listener(Protocol):
    """What a hub does about the others."""

    async def hear(self, news: News) -> None:
        """Another hub told something."""
        ...

    async def missed(self, worker: str) -> None:
        """Something that a hub told did not arrive here, or this is the first that is heard of it."""
        ...

    async def vanished(self, worker: str, at: float | None) -> None:
        """A hub has ended or died; `at` is when it last told that it lives, in seconds since 1970."""
        ...

    async def restored(self) -> None:
        """The relay was away and carries again."""
        ...

    async def beating(self) -> None:
        """This hub is about to tell that it lives: the moment for what is told in turns."""
        ...


@dataclass
class _Heard:
    """What is known of one other hub."""

    number: int
    """Of the last thing it told."""
    at: float
    """When it was last heard, on our own steady clock."""
    told_at: float | None = None
    """When it last beat, as it said itself."""


class Siblings:
    """This hub among those of the other workers. Alone without a relay: then telling is free."""

    def __init__(
        self,
        relay: Relay | None,
        counters: Counters,
        limits: Limits,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
    ) -> None:
        """`clock` counts seconds steadily, `wall` since 1970. Nothing is heard before `join`."""
        self._relay = relay
        self._counters = counters
        self._limits = limits
        self._clock = clock
        self._wall = wall
        self.me = secrets.token_hex(8)
        """This worker's name among the others; a new one at each start."""
        self._listener: Listener | None = None
        self._end: Callable[[], Awaitable[None]] | None = None
        self._number = 0
        self._heard: dict[str, _Heard] = {}
        self._together_since: float | None = None

    @property
    def is_joined(self) -> bool:
        """Whether the other hubs are reached, or there are none."""
        return self._relay is None or self._relay.is_up

    @property
    def is_alone(self) -> bool:
        """Whether this process is all there is."""
        return self._relay is None

    @property
    def are_known(self) -> bool:
        """Whether everybody alive has had the time to be heard since the relay last carried."""
        if self._relay is None:
            return True
        since = self._together_since
        return self._relay.is_up and since is not None and self._clock() - since >= 2 * self._limits.beat_s

    async def join(self, listener: Listener) -> None:
        """Hear what others tell from now on."""
        self._listener = listener
        if self._relay is not None:
            self._together_since = self._clock()
            self._end = await self._relay.subscribe(self._receive, self._restored)

    async def part(self) -> None:
        """Say that this hub ends, and hear no more."""
        if self._end is not None:
            await self.tell(do=_BYE)
            await self._end()
            self._end = None

    async def tell(self, **news: Json) -> None:
        """Tell every other hub. A relay that fails is logged: the caller's commit stands, catching up repairs."""
        if self._relay is None:
            return
        if news["do"] != _BEAT:
            self._number += 1
        try:
            await self._relay.publish(json.dumps({"from": self.me, "n": self._number, **news}).encode())
        except Exception:  # noqa: BLE001 - the edge to the relay: its trouble must not fail a use case that committed
            self._counters.relay_failures += 1
            _log.exception("telling the other workers failed: %s", news.get("do"))

    async def beat(self) -> None:
        """Tell that this hub lives and judge who does not, until cancelled."""
        while True:
            began = self._clock()
            if self._listener is not None:
                await self._listener.beating()
            await self.tell(do=_BEAT, at=self._wall())
            await asyncio.sleep(self._limits.beat_s)
            # Whoever could not run did not hear either: what the others said meanwhile is still to be read.
            if self._clock() - began < 2 * self._limits.beat_s:
                await self._judge()

    async def _judge(self) -> None:
        since = self._together_since
        if self._relay is None or not self._relay.is_up or since is None:
            return
        for worker, heard in tuple(self._heard.items()):
            if self._clock() - max(heard.at, since) > self._limits.silent_s:
                await self._lose(worker)

    async def _lose(self, worker: str) -> None:
        heard = self._heard.pop(worker, None)
        if self._listener is not None:
            await self._listener.vanished(worker, heard.told_at if heard else None)

    async def _restored(self) -> None:
        self._together_since = self._clock()
        if self._listener is not None:
            await self._listener.restored()

    async def _receive(self, message: bytes) -> None:
        news = json.loads(message)
        worker, number = news["from"], news["n"]
        if worker == self.me or self._listener is None:
            return
        if news["do"] == _BYE:
            await self._lose(worker)
            return
        is_fresh = await self._note(worker, number, news)
        if news["do"] != _BEAT and is_fresh:
            await self._listener.hear(news)

    async def _note(self, worker: str, number: int, news: News) -> bool:
        """Bring up to date what is known of a worker; whether `news` was not heard before."""
        heard = self._heard.get(worker)
        is_beat = news["do"] == _BEAT
        expected = None if heard is None else heard.number + (0 if is_beat else 1)
        if heard is None:
            heard = self._heard[worker] = _Heard(number, self._clock())
        is_fresh = expected is None or number >= expected
        heard.at = self._clock()
        heard.number = max(heard.number, number)
        if is_beat and isinstance(at := news.get("at"), int | float):
            heard.told_at = float(at)
        if self._listener is not None and is_fresh and number != expected:
            await self._listener.missed(worker)
        return is_fresh
