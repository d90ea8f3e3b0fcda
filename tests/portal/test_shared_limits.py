"""Several workers count together: what is taken at one is gone at the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from portal.errors import TooMany
from portal.relay import RedisRelay
from portal.security import Rate, RateLimiter
from portal.shared_limits import SharedLimits, shared_limits
from tests.faults.servers import redis_server

FIVE = Rate(5, 900)


class Worker:
    """A web worker's limits, at a clock that stands still."""

    def __init__(self, url: str, town: str = "town") -> None:
        self.limits = RateLimiter(lambda: 0.0, secret_key="secret")
        self.shared: SharedLimits = shared_limits(self.limits, url, town)

    def takes(self, count: int, key: str = "anna@mail.test") -> int:
        """Try so often; how many tries were allowed."""
        allowed = 0
        for _ in range(count):
            try:
                self.limits.spend("sign-in", key, FIVE)
            except TooMany:
                continue
            allowed += 1
        return allowed


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what it waits for comes through Redis
            await asyncio.sleep(0.01)


@pytest.fixture
async def workers(tmp_path: Path) -> AsyncIterator[tuple[Worker, Worker, Worker]]:
    """Two workers of a town, and one of another town on the same Redis."""
    with redis_server(tmp_path) as redis:
        async with AsyncExitStack() as stack:
            found = Worker(redis.url), Worker(redis.url), Worker(redis.url, "other")
            for worker in found:
                await worker.shared.start()
                stack.push_async_callback(worker.shared.stop)
            yield found


async def test_what_one_worker_took_is_gone_at_the_other_and_nowhere_else(
    workers: tuple[Worker, Worker, Worker],
) -> None:
    first, second, elsewhere = workers

    assert first.takes(9) == 5
    await until(lambda: peek(second) < 1)
    assert second.takes(9) == 0
    assert second.takes(1, "bruno@mail.test") == 1
    assert elsewhere.takes(9) == 5


async def test_command_that_is_sent_again_to_another_worker_takes_no_second_token(
    workers: tuple[Worker, Worker, Worker],
) -> None:
    first, second, _elsewhere = workers
    first.limits.spend("sign-in", "anna@mail.test", FIVE, "a-command")
    await until(lambda: peek(second) == 4)

    second.limits.spend("sign-in", "anna@mail.test", FIVE, "a-command")

    assert peek(second) == 4


async def test_bucket_that_one_refills_is_full_at_the_other(workers: tuple[Worker, Worker, Worker]) -> None:
    first, second, _elsewhere = workers
    first.takes(5)
    await until(lambda: peek(second) < 1)

    second.limits.forget("sign-in", "anna@mail.test")

    await until(lambda: peek(first) == 5)
    assert first.takes(9) == 5


def peek(worker: Worker) -> float:
    """Tokens left, none taken."""
    bucket = worker.limits._bucket("sign-in", "anna@mail.test")
    return worker.limits._buckets.get(bucket, (5.0, 0.0))[0]


async def test_redis_is_told_neither_names_nor_addresses(tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis:
        heard: list[bytes] = []
        listener = RedisRelay(redis.url, "town:limits")

        async def hear(message: bytes) -> None:
            heard.append(message)

        async def restored() -> None:
            pass

        end = await listener.subscribe(hear, restored)
        worker = Worker(redis.url)
        await worker.shared.start()
        worker.takes(1)
        await until(lambda: bool(heard))
        await worker.shared.stop()
        await end()

    assert b"anna" not in b"".join(heard)


async def test_worker_without_redis_counts_for_itself() -> None:
    worker = Worker("redis://127.0.0.1:1")
    await worker.shared.start()

    assert worker.takes(9) == 5

    await worker.shared.stop()
