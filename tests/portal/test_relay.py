"""The relay over a real Redis that is killed and started again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from portal.relay import RedisRelay
from tests.faults.servers import Redis, redis_server


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[Redis]:
    with redis_server(tmp_path) as server:
        yield server


class Worker:
    """One process's place at the relay, and what it has heard."""

    def __init__(self, redis: Redis, town: str = "town") -> None:
        self.relay = RedisRelay(redis.url, town)
        self.heard: list[bytes] = []
        self.restorations = 0

    async def receive(self, message: bytes) -> None:
        self.heard.append(message)
        if message == b"bad":
            raise ValueError("not understood")

    async def restored(self) -> None:
        self.restorations += 1


@asynccontextmanager
async def subscribed(*workers: Worker) -> AsyncIterator[None]:
    ends = [await worker.relay.subscribe(worker.receive, worker.restored) for worker in workers]
    try:
        yield
    finally:
        for end in ends:
            await end()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110 - what is waited for has no event
            await asyncio.sleep(0.01)


async def test_relay_carries_messages_to_everybody_in_order(redis: Redis) -> None:
    one, two = Worker(redis), Worker(redis)

    async with subscribed(one, two):
        for number in range(500):
            await one.relay.publish(b"%d" % number)
        await until(lambda: len(one.heard) == len(two.heard) == 500)

    assert one.heard == two.heard == [b"%d" % number for number in range(500)]


async def test_relay_tells_nothing_of_before_and_nothing_of_another_town(redis: Redis) -> None:
    early, late, elsewhere = Worker(redis), Worker(redis), Worker(redis, "elsewhere")

    async with subscribed(early, elsewhere):
        await early.relay.publish(b"before")
        await until(lambda: early.heard)
        async with subscribed(late):
            await early.relay.publish(b"after")
            await until(lambda: late.heard)

    assert late.heard == [b"after"]
    assert elsewhere.heard == []


async def test_relay_goes_on_after_a_message_that_fails(redis: Redis) -> None:
    worker = Worker(redis)

    async with subscribed(worker):
        await worker.relay.publish(b"bad")
        await worker.relay.publish(b"good")
        await until(lambda: worker.heard == [b"bad", b"good"])


async def test_relay_keeps_what_is_published_while_redis_is_away_and_says_when_it_is_back(redis: Redis) -> None:
    one, two = Worker(redis), Worker(redis)

    async with subscribed(one, two):
        await one.relay.publish(b"first")
        await until(lambda: two.heard == [b"first"])
        redis.kill()
        await one.relay.publish(b"second")
        await until(lambda: not one.relay.is_up and not two.relay.is_up)
        redis.start()
        await until(lambda: two.heard == [b"first", b"second"])

        assert one.restorations == two.restorations == 1
        await until(lambda: one.relay.is_up)


async def test_relay_begins_when_redis_comes_later(redis: Redis) -> None:
    redis.kill()
    one, two = Worker(redis), Worker(redis)

    async with subscribed(one, two):
        assert not one.relay.is_up
        redis.start()
        await until(lambda: one.restorations == two.restorations == 1)
        await one.relay.publish(b"hello")
        await until(lambda: two.heard == [b"hello"])
