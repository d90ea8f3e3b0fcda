"""The cheap way to send to one peer: a socket that is connected to its address."""

import errno
import os
import socket
from typing import Protocol

from .limits import Counters, Drop

Data = bytes | bytearray | memoryview
_FULL = {errno.EAGAIN, errno.EINTR, errno.ENOBUFS}


class Reading(Protocol):
    """Whoever reads the socket."""

    def remove(self, readable: socket.socket) -> None:
        """Read it no more."""


class Lane:
    """A socket that is connected to one peer's address."""

    __slots__ = ("_counters", "_number", "_reading", "_socket")

    def __init__(self, lane: socket.socket, reading: Reading | None, counters: Counters) -> None:
        self._socket, self._reading, self._counters = lane, reading, counters
        self._number = lane.fileno()

    def send(self, data: Data) -> None:
        """Send at once; when the kernel is full or the way is closed, drop."""
        try:
            os.write(self._number, data)
        except OSError as error:
            self._counters[Drop.KERNEL_FULL if error.errno in _FULL else Drop.UNREACHABLE] += 1

    def close(self) -> None:
        """Give it back."""
        self._number = -1  # soon another socket's
        if self._reading is not None:
            self._reading.remove(self._socket)
        self._socket.close()
