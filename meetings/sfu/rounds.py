"""When the worker reads: at once while there is little to do, in rounds a few milliseconds apart once there is more.

To be woken for every packet costs more than the packet: the kernel switches, and everything has left the processor's
caches. A round takes all that has come meanwhile.
"""

import asyncio
import selectors
import socket
import time
from collections.abc import Callable

LONGEST_WAIT_S = 0.0075
"""How long it may take a packet until it leaves: it waits for its round, and in it for the packets before it."""
LONGER_NEXT_TIME = 1.4
"""The next round may take so many times as long as the last: it has more to read, and is not alone on its machine."""
SHARE_BUSY = 0.1
"""A round is followed by so long a rest that rounds take this share of the time, as far as packets may wait. Four
people never make one wait."""
_SHORTEST_REST_S = 0.0005

MOST_AT_ONCE = 128
"""Datagrams of one socket in one round."""

Drain = Callable[[socket.socket, int], None]


class ReadingRounds:
    """Owns the sockets of a worker as far as reading goes. all_read: called when all that had come has been read."""

    def __init__(self, loop: asyncio.AbstractEventLoop, all_read: Callable[[], None]) -> None:
        self._loop, self._all_read = loop, all_read
        self._selector = selectors.DefaultSelector()
        self._number = self._selector.fileno()
        self._rest: asyncio.TimerHandle | None = None
        self._pausing: tuple[float, asyncio.Future[None]] | None = None
        loop.add_reader(self._number, self._round)

    def add(self, readable: socket.socket, drain: Drain) -> None:
        """Call `drain` in every round in which something waits in `readable`, with how much it may take of it."""
        self._selector.register(readable, selectors.EVENT_READ, drain)

    def remove(self, readable: socket.socket) -> None:
        """Read it no more; it is still open."""
        self._selector.unregister(readable)

    def close(self) -> None:
        """Read nothing more."""
        if self._rest is not None:
            self._rest.cancel()
        self._loop.remove_reader(self._number)
        self._selector.close()

    async def pause(self, until: float) -> None:
        """Return at `until` of the loop's clock; while there are rounds, with the last one before it: whoever is awake
        already need not be woken. For one caller at a time."""
        wait_s = until - self._loop.time()
        if self._rest is None or wait_s <= 0:
            await asyncio.sleep(max(0.0, wait_s))
            return
        awake = self._loop.create_future()
        self._pausing = until, awake
        at_the_latest = self._loop.call_at(until, _wake, awake)
        try:
            await awake
        finally:
            at_the_latest.cancel()
            self._pausing = None

    def _round(self) -> None:
        began = time.monotonic()
        try:
            is_busy = self._read(1)
            if is_busy:  # most sockets had one datagram, and to ask all of them at once for more costs less
                self._read(MOST_AT_ONCE)
        finally:
            self._all_read()
        took = time.monotonic() - began
        rest = min(LONGEST_WAIT_S - LONGER_NEXT_TIME * took, took / SHARE_BUSY) - took if is_busy else 0.0
        if rest > _SHORTEST_REST_S:
            if self._rest is None:
                self._loop.remove_reader(self._number)
            self._rest = self._loop.call_later(rest, self._round)
        elif self._rest is not None:
            self._rest = None
            self._loop.add_reader(self._number, self._round)
        if self._pausing is not None and self._pausing[0] <= self._loop.time() + max(rest, _SHORTEST_REST_S):
            _wake(self._pausing[1])

    def _read(self, at_most: int) -> bool:
        """Take so many datagrams of each socket; False when there were none."""
        ready = self._selector.select(0)
        for key, _ in ready:
            key.data(key.fileobj, at_most)
        return bool(ready)


def _wake(pausing: asyncio.Future[None]) -> None:
    if not pausing.done():
        pausing.set_result(None)
