"""The cheap way to send to one peer: a socket that is connected to its address."""

import errno
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Protocol

from .limits import Drop

Data = bytes | bytearray | memoryview
_FULL = {errno.EAGAIN, errno.EINTR, errno.ENOBUFS}


class Reading(Protocol):
    """Whoever reads the socket."""

    def remove(self, readable: socket.socket) -> None:
        """Read it no more."""


def why_dropped(error: OSError) -> Drop:
    """Why the kernel did not take a datagram: it is full, or the way is closed."""
    return Drop.KERNEL_FULL if error.errno in _FULL else Drop.UNREACHABLE


class Lane:
    """A socket that is connected to one peer's address. send: sends at once, or raises OSError; not to be called once
    it is closed, when its number is soon another socket's."""

    __slots__ = ("_reading", "_socket", "send")

    def __init__(self, lane: socket.socket, reading: Reading | None) -> None:
        self._socket, self._reading = lane, reading
        self.send: Callable[[Data], object] = partial(
            os.write, lane.fileno()
        )  # no call of ours in between: the packet path

    def close(self) -> None:
        """Give it back."""
        if self._reading is not None:
            self._reading.remove(self._socket)
        self._socket.close()
