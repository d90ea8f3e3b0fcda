"""The cheap way to send to one peer: a socket of its own, and one call for all that leaves at a moment."""

import errno
import os
import socket
import sys
from functools import cache
from itertools import pairwise
from struct import Struct
from typing import Protocol

from .limits import Counters, Drop

AT_ONCE = 40
"""Datagrams: together they stay below the 64 KiB and the 64 segments that the kernel takes."""
_UDP_SEGMENT = 103 if sys.platform == "linux" else None  # Python's socket module does not name it
_SIZE = Struct("@H")
FORWARDED = "packets_forwarded"
"""Counts what is put, that is, media."""

Data = bytes | bytearray | memoryview


class Unsent(Protocol):
    """Something that waits to be sent."""

    def flush(self) -> None:
        """Send it."""


class Reading(Protocol):
    """Whoever reads the socket."""

    def remove(self, readable: socket.socket) -> None:
        """Read it no more."""


class Lane:
    """A socket that is connected to one peer's address.

    unsent: lanes in which something waits for `flush`, for whoever calls it; a lane enters itself.
    """

    __slots__ = ("_counters", "_cuts", "_number", "_reading", "_socket", "_unsent", "_waiting")

    def __init__(self, lane: socket.socket, reading: Reading | None, counters: Counters, unsent: list[Unsent]) -> None:
        self._socket, self._reading, self._counters, self._unsent = lane, reading, counters, unsent
        self._number = lane.fileno()
        self._waiting: list[bytearray] = []
        self._cuts = _UDP_SEGMENT is not None

    def send(self, data: Data) -> None:
        """Send at once; when the kernel is full or the way is closed, drop."""
        try:
            os.write(self._number, data)
        except OSError as error:
            self._count(error)

    def put(self, datagram: bytearray) -> None:
        """Send with the next `flush`."""
        waiting = self._waiting
        if not waiting:
            self._unsent.append(self)
        waiting.append(datagram)
        if len(waiting) >= AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Send what waits, in the order in which it came."""
        waiting, self._waiting = self._waiting, []
        self._counters[FORWARDED] += len(waiting)
        if len(waiting) == 1:
            self.send(waiting[0])
            return
        for run in _runs(waiting):
            if len(run) == 1 or not self._cuts:
                self._send_each(run)
            else:
                self._send_run(run)

    def _send_each(self, datagrams: list[bytearray]) -> None:
        for datagram in datagrams:
            self.send(datagram)

    def _send_run(self, run: list[bytearray]) -> None:
        """Give datagrams of one size to the kernel in one call; it cuts them apart again (UDP_SEGMENT in udp(7))."""
        try:
            self._socket.sendmsg(run, _cut_into(len(run[0])))
        except OSError as error:
            if error.errno in _CANNOT_CUT:  # not on this way
                self._cuts = False
                self._send_each(run)
            else:
                self._count(error, len(run))

    def _count(self, error: OSError, datagrams: int = 1) -> None:
        full = error.errno in _FULL
        self._counters[Drop.KERNEL_FULL if full else Drop.UNREACHABLE] += datagrams

    def close(self) -> None:
        """Give it back; what waits is not sent any more."""
        self._number = -1  # soon another socket's
        self._waiting = []
        if self._reading is not None:
            self._reading.remove(self._socket)
        self._socket.close()


_FULL = {errno.EAGAIN, errno.EINTR, errno.ENOBUFS}
_CANNOT_CUT = {errno.EINVAL, errno.EIO, errno.EMSGSIZE, errno.EOPNOTSUPP}


@cache
def _cut_into(size: int) -> list[tuple[int, int, bytes]]:
    """What tells the kernel to make datagrams of this size."""
    return [(socket.IPPROTO_UDP, _UDP_SEGMENT or 0, _SIZE.pack(size))]


def _runs(datagrams: list[bytearray]) -> list[list[bytearray]]:
    """Neighbours of one size; the last of a run may be shorter."""
    runs = [datagrams[:1]] if datagrams else []
    for before, datagram in pairwise(datagrams):
        run = runs[-1]
        if len(before) == len(run[0]) >= len(datagram):
            run.append(datagram)
        else:
            runs.append([datagram])
    return runs
