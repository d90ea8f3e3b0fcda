"""Rate limits that several web workers count together, so that four of them do not allow four times as much.

Each worker decides at once, from its own memory, and tells the others what it has taken; they take it too. For the
moment that this needs, somebody may get a few tries more. While Redis is away each worker counts for itself.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque

from portal.ids import new_id
from portal.relay import RedisRelay
from portal.security import Rate, RateLimiter
from realtime.relay import Relay

WAITING = 10_000
"""Tokens that wait to be told; the oldest are not told then."""
TOGETHER = 200
"""Tokens in one message."""


class SharedLimits:
    """One worker's part in it; owns a task."""

    def __init__(self, limits: RateLimiter, relay: Relay) -> None:
        """`limits` are this worker's own, `relay` reaches those of the others."""
        self._limits = limits
        self._relay = relay
        self._me = new_id()
        self._told: deque[list[str | float]] = deque(maxlen=WAITING)
        self._wake = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        limits.on_spent = self._spent
        limits.on_forgotten = self._forgotten

    async def start(self) -> None:
        """Begin to tell and to hear."""
        self._end = await self._relay.subscribe(self._hear, self._restored)
        self._tasks = [asyncio.create_task(self._tell(), name="shared limits")]

    async def stop(self) -> None:
        """End."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._end()

    def _spent(self, bucket: str, rate: Rate, command: str) -> None:
        self._told.append([bucket, rate.count, rate.per_s, command])
        self._wake.set()

    def _forgotten(self, bucket: str) -> None:
        self._told.append([bucket])
        self._wake.set()

    async def _tell(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._told:
                together = [self._told.popleft() for _ in range(min(len(self._told), TOGETHER))]
                await self._relay.publish(json.dumps({"from": self._me, "told": together}).encode())

    async def _hear(self, message: bytes) -> None:
        news = json.loads(message)
        if news["from"] == self._me:
            return
        for bucket, *spent in news["told"]:
            if spent:
                count, per_s, command = spent
                self._limits.heard_spent(bucket, Rate(count, per_s), command)
            else:
                self._limits.heard_forgotten(bucket)

    async def _restored(self) -> None:
        """What was not told meanwhile is not told any more: nothing is to be done."""


def shared_limits(limits: RateLimiter, redis_url: str, town: str) -> SharedLimits:
    """Limits shared by the workers of a town over Redis."""
    return SharedLimits(limits, RedisRelay(redis_url, f"{town}:limits"))
