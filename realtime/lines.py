"""The way out of one websocket: straight to the transport where that is possible, as ASGI says where it is not."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from realtime.frames import Frame
from realtime.hypercorn_line import direct_line

Send = Callable[[Any], Awaitable[None]]
"""An ASGI websocket's `send`."""

_log = logging.getLogger("realtime.lines")


class Line(Protocol):
    """Takes frames, one after the other."""

    def write(self, frame: Frame) -> bool:
        """Send at once if that needs no waiting; False, having sent nothing, if it does."""
        ...

    async def drain(self) -> None:
        """Wait until the next frame can go."""
        ...

    async def send(self, frame: Frame) -> None:
        """Send after `drain`."""
        ...


class AsgiLine:
    """Through the server's `send`, which waits for a slow reader by itself."""

    __slots__ = ("_send",)

    def __init__(self, send: Send) -> None:
        """`send` of an accepted websocket."""
        self._send = send

    def write(self, frame: Frame) -> bool:
        """Never without waiting."""
        del frame
        return False

    async def drain(self) -> None:
        """`send` itself waits."""

    async def send(self, frame: Frame) -> None:
        """Send as ASGI says."""
        await self._send(frame.message)


def line_of(send: Send) -> Line:
    """The shortest way out of an accepted websocket."""
    direct = direct_line(send)
    if direct is None:
        _log.debug("no direct line: pushes to this connection cost several times as much")
    return direct or AsgiLine(send)
