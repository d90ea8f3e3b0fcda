"""Socket.IO packets as they leave, encoded once and shared by everyone who receives them.

Engine.IO 4 and Socket.IO 5: ``4`` is an Engine.IO message; within it ``2`` is an event, ``3`` an acknowledgement,
``1`` the end of the connection.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any

from pydantic_core import to_json

from realtime.messages import Encoded, Push


class Frame:
    """One encoded packet as it goes on the wire: a text frame of a server; never changed, so recipients share it."""

    __slots__ = ("_message", "size", "wire")

    def __init__(self, text: str) -> None:
        """`text` is the Engine.IO packet."""
        content = text.encode()
        self.size = len(content)
        self.wire = _text_header(self.size) + content
        self._message: Mapping[str, Any] | None = None

    @property
    def text(self) -> str:
        """The Engine.IO packet."""
        return self.wire[len(self.wire) - self.size :].decode()

    @property
    def message(self) -> Mapping[str, Any]:
        """The shape that an ASGI server takes."""
        if self._message is None:
            self._message = {"type": "websocket.send", "bytes": None, "text": self.text}
        return self._message


def _text_header(size: int) -> bytes:
    """The head of an unmasked, final text frame with so many bytes of content (RFC 6455, 5.2)."""
    if size < 126:
        return bytes((0x81, size))
    if size < 65_536:
        return b"\x81\x7e" + size.to_bytes(2)
    return b"\x81\x7f" + size.to_bytes(8)


def event_frame(push: Push) -> Frame:
    """Encode a push."""
    return Frame("42" + _json([push.name, push.body()]))


def ack_frame(ack: int, body: Mapping[str, object]) -> Frame:
    """Encode an acknowledgement of the message that the browser numbered `ack`. What is `Encoded` is taken as it is."""
    fields = (f"{_json(name)}:{value if isinstance(value, Encoded) else _json(value)}" for name, value in body.items())
    return Frame(f"43{ack}[{{{','.join(fields)}}}]")


DISCONNECT = Frame("41")
"""Ends the Socket.IO connection: the browser learns that the server wanted it."""

PING = Frame("2")


def _json(value: object) -> str:
    return to_json(value, inf_nan_mode="null").decode()


class Outbox:
    """Frames waiting for one reader, bounded by number and by size."""

    __slots__ = ("_bytes", "_frames", "_max_bytes", "_max_frames", "_waiter")

    def __init__(self, max_frames: int, max_bytes: int) -> None:
        """Both bounds hold at once; a single frame always fits into an empty outbox."""
        self._frames: deque[Frame] = deque()
        self._bytes = 0
        self._max_frames = max_frames
        self._max_bytes = max_bytes
        self._waiter: asyncio.Future[None] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits."""
        return not self._frames

    def put(self, frame: Frame) -> bool:
        """Append a frame; False, leaving it out, when the reader is too far behind."""
        if self._frames and (len(self._frames) >= self._max_frames or self._bytes + frame.size > self._max_bytes):
            return False
        self._frames.append(frame)
        self._bytes += frame.size
        self.wake()
        return True

    def take(self) -> Frame | None:
        """Remove the oldest frame; None when there is none."""
        if not self._frames:
            return None
        frame = self._frames.popleft()
        self._bytes -= frame.size
        return frame

    def clear(self) -> None:
        """Forget everything that waits."""
        self._frames.clear()
        self._bytes = 0

    def wake(self) -> None:
        """Let `wait` return."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def wait(self) -> None:
        """Return once something was put, or at the next `wake`. One reader at a time."""
        if self._frames:
            return
        self._waiter = asyncio.get_running_loop().create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None
