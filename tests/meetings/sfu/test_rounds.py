"""The worker is woken at once while there is little to do, and reads everything in rounds when there is more."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator

import pytest

from meetings.sfu.rounds import LONGEST_PERIOD_S, ReadingRounds


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a line of datagrams."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    for each in ends:
        each.setblocking(False)
    yield ends
    for each in ends:
        each.close()


async def test_a_busy_round_is_followed_by_a_rest_and_nothing_is_forgotten(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    rounds_of: list[list[bytes]] = []
    current: list[bytes] = []
    everything = asyncio.Event()

    def drain(readable: socket.socket) -> None:
        current.append(readable.recv(100))
        busy_until = time.monotonic() + LONGEST_PERIOD_S / 2
        while time.monotonic() < busy_until:
            pass

    def after() -> None:
        rounds_of.append(list(current))
        current.clear()
        if sum(map(len, rounds_of)) == 3:
            everything.set()

    rounds = ReadingRounds(asyncio.get_running_loop(), after)
    rounds.add(ours, drain)
    for number in range(3):
        theirs.send(bytes([number]))
    async with asyncio.timeout(10):
        await everything.wait()
    rounds.remove(ours)
    rounds.close()
    assert [each for found in rounds_of for each in found] == [b"\0", b"\1", b"\2"]


async def test_after_a_pause_the_next_datagram_wakes_it_again(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    heard: asyncio.Queue[bytes] = asyncio.Queue()
    ended = asyncio.Event()
    rounds = ReadingRounds(asyncio.get_running_loop(), ended.set)
    rounds.add(ours, lambda readable: heard.put_nowait(readable.recv(100)))
    for word in (b"first", b"second"):
        theirs.send(word)
        async with asyncio.timeout(10):
            assert await heard.get() == word
            ended.clear()
            await asyncio.sleep(LONGEST_PERIOD_S)
    rounds.close()


async def test_what_was_closed_is_not_read(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, theirs = pair
    read: list[bytes] = []
    rounds = ReadingRounds(asyncio.get_running_loop(), lambda: None)
    rounds.add(ours, lambda readable: read.append(readable.recv(100)))
    rounds.close()
    theirs.send(b"nobody listens")
    await asyncio.sleep(2 * LONGEST_PERIOD_S)
    assert read == []
