"""A websocket client that speaks Engine.IO and Socket.IO frame by frame, so that tests can also speak them badly."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.connection import ConnectionState
from wsproto.events import (
    AcceptConnection,
    BytesMessage,
    CloseConnection,
    Message,
    RejectConnection,
    Request,
    TextMessage,
)
from wsproto.extensions import PerMessageDeflate

ORIGIN = "https://town.example"
PATIENCE_S = 10.0


class Rejected(Exception):
    """The handshake was answered with an HTTP status instead of a websocket."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


@dataclass
class Wire:
    """One open websocket. Text frames arrive in `frames`; None is the end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    protocol: WSConnection
    frames: asyncio.Queue[str | None] = field(default_factory=asyncio.Queue)
    close_code: int | None = None
    is_compressed: bool = False
    """Whether the server accepted permessage-deflate."""
    _reading: asyncio.Task[None] | None = None

    def send(self, event: Any) -> None:
        self.writer.write(self.protocol.send(event))

    def text(self, text: str) -> None:
        self.send(TextMessage(text))

    def binary(self, data: bytes) -> None:
        self.send(BytesMessage(data))

    async def next(self) -> str | None:
        """The next frame but pings, which are answered."""
        while True:
            frame = await asyncio.wait_for(self.frames.get(), PATIENCE_S)
            if frame != "2":
                return frame

    def read(self) -> None:
        """Begin to read; before this nothing is taken off the line."""
        self._reading = asyncio.create_task(self._read())

    async def _read(self) -> None:
        pieces: list[str] = []
        while True:
            for event in self.protocol.events():
                match event:
                    case Message(data=str(piece)):
                        pieces.append(piece)
                        if event.message_finished:
                            self._arrived("".join(pieces))
                            pieces.clear()
                    case CloseConnection():
                        self.close_code = event.code
                        if self.protocol.state is ConnectionState.REMOTE_CLOSING:
                            self.writer.write(self.protocol.send(event.response()))
            if not (data := await self.reader.read(65536)):
                break
            self.protocol.receive_data(data)
        self.frames.put_nowait(None)

    def _arrived(self, frame: str) -> None:
        if frame == "2":
            self.text("3")
        self.frames.put_nowait(frame)

    def stop_reading(self) -> None:
        """Take nothing more off the line, as a phone that fell asleep."""
        if self._reading is not None:
            self._reading.cancel()
        self.writer.transport.pause_reading()  # type: ignore[attr-defined]

    def go_on_reading(self) -> None:
        """Take up again what waits on the line."""
        self.writer.transport.resume_reading()  # type: ignore[attr-defined]
        self.read()

    async def close(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.wait([self._reading])
        self.writer.transport.abort()


async def open_wire(
    port: int,
    *,
    origin: str | None = ORIGIN,
    cookie: str = "",
    query: str = "",
    receive_buffer: int | None = None,
    tls: ssl.SSLContext | None = None,
) -> Wire:
    """Open the websocket, offering compression as browsers do. Raises `Rejected`."""
    line = socket.socket()
    line.setblocking(False)
    if receive_buffer is not None:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    await asyncio.get_running_loop().sock_connect(line, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=line, ssl=tls, server_hostname="localhost" if tls else None)
    protocol = WSConnection(ConnectionType.CLIENT)
    headers = [(b"origin", origin.encode())] if origin is not None else []
    headers += [(b"cookie", cookie.encode())] if cookie else []
    target = f"/socket.io/?{query or 'EIO=4&transport=websocket'}"
    offer = [PerMessageDeflate()]
    writer.write(
        protocol.send(Request(host=f"127.0.0.1:{port}", target=target, extra_headers=headers, extensions=offer))
    )
    while True:
        protocol.receive_data(await asyncio.wait_for(reader.read(65536), PATIENCE_S) or None)
        for event in protocol.events():
            match event:
                case AcceptConnection(extensions=accepted):
                    return Wire(reader, writer, protocol, is_compressed=bool(accepted))
                case RejectConnection(status_code=status):
                    writer.close()
                    raise Rejected(status)


@dataclass
class Browser:
    """What a browser's script sees: acknowledged messages out, named pushes in."""

    wire: Wire
    pushes: list[tuple[str, Any]] = field(default_factory=list)
    refused: Any = None
    sid: str = ""
    _numbers: itertools.count[int] = field(default_factory=itertools.count)
    _acks: dict[int, Any] = field(default_factory=dict)

    async def connect(self, auth: object = None) -> None:
        """Open the Socket.IO connection; `refused` holds the answer if there is none."""
        assert (await self.wire.next() or "").startswith("0{")
        self.wire.text("40" + (json.dumps(auth) if auth is not None else ""))
        answer = await self.wire.next() or ""
        if answer.startswith("44"):
            self.refused = json.loads(answer[2:])
        else:
            self.sid = json.loads(answer[2:])["sid"]

    def emit(self, name: str, body: object = None) -> int:
        """Send without waiting; returns the number of the acknowledgement."""
        number = next(self._numbers)
        arguments = [name] if body is None else [name, body]
        self.wire.text(f"42{number}" + json.dumps(arguments))
        return number

    async def ask(self, name: str, body: object = None) -> Any:
        """Send and wait for the acknowledgement."""
        number = self.emit(name, body)
        await self.until(lambda: number in self._acks)
        return self._acks[number]

    async def answer(self, number: int) -> Any:
        """The acknowledgement of an earlier `emit`."""
        await self.until(lambda: number in self._acks)
        return self._acks[number]

    async def pushed(self, name: str) -> Any:
        """The next push of a name that was not taken yet."""
        await self.until(lambda: any(found == name for found, _ in self.pushes))
        taken = next(item for item in self.pushes if item[0] == name)
        self.pushes.remove(taken)
        return taken[1]

    async def ended(self) -> None:
        """Wait until the server closed the connection."""
        while await self._take():
            pass

    async def until(self, holds: Callable[[], bool]) -> None:
        """Read until something holds; fails if the connection ends first."""
        while not holds():
            assert await self._take(), f"the connection ended; seen: {self.pushes}"

    async def _take(self) -> bool:
        frame = await self.wire.next()
        if frame is None:
            return False
        if frame.startswith("43"):
            number, bracket, rest = frame[2:].partition("[")
            self._acks[int(number)] = json.loads(bracket + rest)[0]
        elif frame.startswith("42"):
            name, body = json.loads(frame[2:])
            self.pushes.append((name, body))
        return True


@asynccontextmanager
async def browser(
    port: int, *, cookie: str = "", origin: str | None = ORIGIN, auth: object = None
) -> AsyncIterator[Browser]:
    """A connected browser."""
    wire = await open_wire(port, cookie=cookie, origin=origin)
    wire.read()
    tab = Browser(wire)
    try:
        await tab.connect(auth)
        yield tab
    finally:
        await wire.close()
