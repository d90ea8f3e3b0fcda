"""The worker is woken at once while there is little to do, and reads everything in rounds when there is more."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from meetings.sfu.rounds import LONGEST_WAIT_S, ReadingRounds


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a line of datagrams."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for each in ends:
        each.setblocking(False)
    yield ends
    for each in ends:
        each.close()


@pytest.mark.parametrize("busy_s", [0.0, LONGEST_WAIT_S / 2, 2 * LONGEST_WAIT_S])
async def test_everything_is_read_in_order_however_long_a_round_takes(
    pair: tuple[socket.socket, socket.socket], busy_s: float
) -> None:
    ours, theirs = pair
    heard: asyncio.Queue[bytes] = asyncio.Queue()

    def drain(readable: socket.socket, at_most: int) -> None:
        assert at_most > 0
        heard.put_nowait(readable.recv(100))
        busy_until = time.monotonic() + busy_s
        while time.monotonic() < busy_until:
            pass

    rounds = ReadingRounds(asyncio.get_running_loop(), lambda: None)
    rounds.add(ours, drain)
    for number in range(3):
        theirs.send(bytes([number]))
    async with asyncio.timeout(10):
        assert [await heard.get() for _ in range(3)] == [b"\0", b"\1", b"\2"]
        theirs.send(b"after a pause")
        assert await heard.get() == b"after a pause"
    rounds.remove(ours)
    rounds.close()


async def test_what_was_closed_is_not_read(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    read: list[bytes] = []
    rounds = ReadingRounds(asyncio.get_running_loop(), lambda: None)
    rounds.add(ours, lambda readable, _: read.append(readable.recv(100)))
    rounds.close()
    theirs.send(b"nobody listens")
    await asyncio.sleep(0)
    assert read == []


async def test_whoever_pauses_goes_on_when_it_is_time_whether_or_not_anything_comes(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    loop = asyncio.get_running_loop()
    rounds = ReadingRounds(loop, lambda: None)

    def read(readable: socket.socket, _: int) -> None:
        readable.recv(100)
        busy_until = time.monotonic() + LONGEST_WAIT_S / 4
        while time.monotonic() < busy_until:
            pass

    rounds.add(ours, read)
    async with asyncio.timeout(10):
        await rounds.pause(loop.time() - 1)
        await rounds.pause(loop.time() + LONGEST_WAIT_S)  # nothing comes
        far = asyncio.create_task(rounds.pause(loop.time() + 3600))
        for _ in range(5):
            theirs.send(b"work for a round")
            await rounds.pause(loop.time() + LONGEST_WAIT_S)
        assert not far.done()
        far.cancel()
        await asyncio.wait([far])
    rounds.remove(ours)
    rounds.close()
