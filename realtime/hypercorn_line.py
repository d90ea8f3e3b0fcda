"""The only file that names private parts of Hypercorn (tests/realtime/test_hypercorn_seam.py).

Hypercorn keeps the handshake, everything that arrives, control frames and the close. Replaced is the way out of a
text frame: its `send` deflates and frames each copy of it anew and passes it through five coroutines and a lock, which
is most of what a push to a thousand browsers costs (docs/decisions/0010-way-out-of-a-push.md). Here the frame goes to
the transport as it was encoded once; compression is declined, so that one copy fits all.

Both functions take the `send` of an ASGI websocket as Hypercorn made it. Where it is something else (another server,
a wrapper, HTTP/2) there is no direct line, and the caller sends as ASGI says.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from hypercorn.asyncio.tcp_server import TCPServer
from hypercorn.protocol.h11 import H11Protocol
from hypercorn.protocol.ws_stream import WSStream
from wsproto.connection import ConnectionState

from realtime.frames import Frame

UNSENT_BYTES = 65_536
"""What may wait in the transport, below asyncio's own mark for a writer to pause; beyond it frames wait in the outbox,
where they are counted."""


def decline_compression(send: object) -> None:
    """Have the handshake accept no extension (RFC 7692). Call it before the websocket is accepted."""
    stream = _owner(send, WSStream)
    if stream is not None:
        stream.handshake.extensions = None


def direct_line(send: object) -> DirectLine | None:
    """The way to the transport of an accepted websocket over HTTP/1.1."""
    stream = _owner(send, WSStream)
    protocol = _owner(stream.send, H11Protocol) if stream is not None else None
    server = _owner(protocol.send, TCPServer) if protocol is not None else None
    return DirectLine(stream, server.writer) if server is not None else None


class DirectLine:
    """One websocket's transport. Frames go out whole, so they mix with Hypercorn's control frames in any order."""

    __slots__ = ("_connection", "_transport", "_writer")

    def __init__(self, stream: Any, writer: asyncio.StreamWriter) -> None:
        """`stream` is Hypercorn's side of the websocket."""
        self._connection = stream.connection
        self._writer = writer
        self._transport = writer.transport

    def write(self, frame: Frame) -> bool:
        """Hand a frame to the transport; False when its reader takes so little that too much waits there already."""
        transport = self._transport
        if transport.is_closing() or self._connection.state is not ConnectionState.OPEN:
            # After a close frame nothing may follow (RFC 6455, 5.5.1); whoever reads is about to hear of the end.
            return True
        if transport.get_write_buffer_size() > UNSENT_BYTES:
            return False
        transport.write(frame.wire)
        return True

    async def drain(self) -> None:
        """Wait until the transport takes more."""
        # A line that broke meanwhile: whoever reads hears of it too, and ends the connection.
        with contextlib.suppress(ConnectionError):
            await self._writer.drain()

    async def send(self, frame: Frame) -> None:
        """Hand a frame over after `drain`."""
        self.write(frame)


def _owner(method: object, kind: type[Any]) -> Any:
    """The object whose bound method this is, if it is of the kind."""
    owner = getattr(method, "__self__", None)
    return owner if isinstance(owner, kind) else None
