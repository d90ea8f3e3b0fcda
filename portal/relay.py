"""The relay between the web workers: a short stream in Redis that each of them writes to and reads.

A stream, not publish and subscribe: whoever was cut off for a moment reads on from where it was. Nothing in it counts
for longer than that; a Redis that starts empty loses what was on its way, and the hubs look it up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from realtime.relay import Receive, Restored

KEPT = 10_000
"""Messages that the stream holds, about: minutes of a busy town."""
WAITING = 10_000
"""Messages that wait in this process for a Redis that is away; the oldest go first."""
AT_ONCE = 200
FORGOTTEN_S = 3600
"""Nothing stays in Redis of a portal that is gone."""

Messages = list[tuple[bytes, dict[bytes, bytes]]]
Found = list[tuple[bytes, Messages]]
"""What Redis answers, by stream; its client's types leave open more than we ask for."""

_NOTHING = "0-0"
_PAUSE_S = 0.2
_FLUSH_S = 1.0

log = structlog.get_logger(__name__)


class RedisRelay:
    """One process's place at the relay. Owns a task that writes and one that reads."""

    def __init__(self, url: str, town: str) -> None:
        """`url` as ``redis://host:6379``; `town` tells portals apart that share a Redis."""
        # It tries again by itself, in order; within a command of the client that would only delay it.
        self._redis = Redis.from_url(
            url, socket_connect_timeout=2, socket_timeout=5, retry=Retry(NoBackoff(), 0), protocol=2
        )
        self._key = f"parvis:{town}:relay"
        self._waiting: deque[bytes] = deque(maxlen=WAITING)
        self._wake = asyncio.Event()
        self._is_reading = self._is_writing = False
        self._is_ending = False
        """The client may swallow a cancellation that comes with the end of a read: this ends the tasks then."""
        self._last: str | None = None
        """Id of the last message that was read; None before the first look: what stands there is old."""

    @property
    def is_up(self) -> bool:
        """Whether Redis takes our messages and gives those of others."""
        return self._is_reading and self._is_writing

    async def publish(self, message: bytes) -> None:
        """Take a message over; it is written as soon as Redis is there."""
        self._waiting.append(message)
        self._wake.set()

    async def subscribe(self, receive: Receive, restored: Restored) -> Callable[[], Awaitable[None]]:
        """Read from now on. Without Redis it begins when there is one; see `realtime.relay.Relay`."""
        begun = False
        with contextlib.suppress(RedisError, OSError):
            self._last = await self._newest()
            self._is_reading = self._is_writing = begun = True
        writing = asyncio.create_task(self._write(), name="relay writer")
        reading = asyncio.create_task(self._read(receive, restored, begun=begun), name="relay reader")

        async def end() -> None:
            self._is_ending = True
            reading.cancel()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_FLUSH_S):
                    while self._waiting:  # noqa: ASYNC110 - bounded by a second, once in a process's life
                        await asyncio.sleep(0.01)
            self._waiting.clear()
            self._wake.set()
            under_way = {reading, writing}
            while under_way:
                for task in under_way:
                    task.cancel()
                _, under_way = await asyncio.wait(under_way, timeout=_FLUSH_S)
            await self._redis.aclose()

        return end

    async def _write(self) -> None:
        while not (self._is_ending and not self._waiting):
            self._wake.clear()
            while self._waiting:
                batch = list(self._waiting)[:AT_ONCE]
                try:
                    await self._write_batch(batch)
                except (RedisError, OSError) as error:
                    self._away("writing", error)
                    await asyncio.sleep(_PAUSE_S)
                    continue
                self._is_writing = True
                # What was added meanwhile stands behind; if there was too much, what was written is gone already.
                while self._waiting and batch and self._waiting[0] is batch[0]:
                    self._waiting.popleft()
                    batch.pop(0)
            await self._wake.wait()

    async def _write_batch(self, batch: list[bytes]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for message in batch:
                pipeline.xadd(self._key, {b"m": message}, maxlen=KEPT, approximate=True)
            pipeline.expire(self._key, FORGOTTEN_S)
            await pipeline.execute()

    async def _read(self, receive: Receive, restored: Restored, *, begun: bool) -> None:
        while not self._is_ending:
            try:
                if not begun:
                    await self._resume(restored)
                    begun = True
                await self._read_on(receive)
            except (RedisError, OSError) as error:
                begun = self._is_reading = False
                self._away("reading", error)
                await asyncio.sleep(_PAUSE_S)

    async def _read_on(self, receive: Receive) -> None:
        last = self._last or _NOTHING
        found = cast("Found", await self._redis.xread({self._key: last}, count=AT_ONCE, block=1000))
        for _key, messages in found:
            for number, fields in messages:
                self._last = number.decode()
                await self._hand_on(receive, fields[b"m"])

    async def _resume(self, restored: Restored) -> None:
        newest = await self._newest()
        if self._last is None:
            self._last = newest
        elif _place(newest) < _place(self._last):
            # This Redis started anew, perhaps with an earlier clock: everything in it is news.
            self._last = _NOTHING
        self._is_reading = True
        log.info("relay carries")
        await restored()

    async def _newest(self) -> str:
        found = cast("Messages", await self._redis.xrevrange(self._key, count=1))
        return found[0][0].decode() if found else _NOTHING

    async def _hand_on(self, receive: Receive, message: bytes) -> None:
        try:
            await receive(message)
        except Exception:
            log.exception("a message of another worker failed")

    def _away(self, doing: str, error: Exception) -> None:
        if self._is_writing:
            log.warning("relay away", doing=doing, reason=type(error).__name__)
        self._is_writing = False


def _place(number: str) -> tuple[int, int]:
    milliseconds, _, sequence = number.partition("-")
    return int(milliseconds), int(sequence)
