"""The only file that names private parts of python-socketio and python-engineio (tests/realtime/test_engine_seam.py).

Both libraries keep the handshake, the packet codec and the list of clients. Replaced is what costs or grows: one
bounded outbox and one writer instead of a task per recipient and emit, timers instead of a ping task per client, a
reader that ends the connection at the first packet it cannot read, and an exit that is O(1) instead of a walk over
all rooms. Polling is not offered.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import engineio
import socketio
from engineio import packet as engine_packet
from engineio.async_socket import AsyncSocket
from socketio import packet as socket_packet

from realtime.frames import DISCONNECT, PING, Frame, Outbox
from realtime.hypercorn_line import decline_compression
from realtime.limits import Limits
from realtime.lines import Line, Send, line_of
from realtime.links import Receiver, Refusal, Scope
from realtime.messages import Json

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]

_log = logging.getLogger("realtime.engine")


class Engine:
    """Socket.IO over websockets, handing what arrives to one receiver."""

    def __init__(self, receiver: Receiver, limits: Limits) -> None:
        """Nothing runs until a websocket arrives; every task belongs to the request that brought it."""
        self._server = _SocketServer(receiver, limits)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI request below the Socket.IO path until it is over."""
        await self._server.handle_request(scope, receive, send)


class _Manager(socketio.AsyncManager):  # type: ignore[misc]  # the library is untyped
    """The library's client list. It keeps the one room of all clients; `realtime.peers` keeps the channels."""

    def basic_enter_room(self, sid: str, namespace: str, room: str | None, eio_sid: str | None = None) -> None:
        """Enter the room of all; the library would also make a room for each client."""
        if room is None:
            super().basic_enter_room(sid, namespace, room, eio_sid=eio_sid)

    def basic_disconnect(self, sid: str, namespace: str, **_: object) -> None:
        """Leave the room of all; the library would walk over every room there is."""
        self.basic_leave_room(sid, namespace, None)
        for pending in (self.pending_connect, self.pending_disconnect):
            if sid in pending.get(namespace, ()):
                pending[namespace].remove(sid)


class _EngineServer(engineio.AsyncServer):  # type: ignore[misc]  # the library is untyped
    """Engine.IO with our socket in place of the library's."""

    limits: Limits
    receiver: Receiver

    def create_queue(self) -> Outbox:
        """The bounded outbox where the library has an unbounded queue."""
        return Outbox(self.limits.outbox_frames, self.limits.outbox_bytes)

    async def _handle_connect(self, environ: dict[str, Any], transport: str, jsonp_index: int | None = None) -> str:
        sid = self.generate_id()
        socket = self.sockets[sid] = _Socket(self, sid)
        await self._trigger_event("connect", sid, environ, run_async=False)
        send: Send = environ["asgi.send"]
        decline_compression(send)
        await send({"type": "websocket.accept"})
        try:
            await socket.run(environ["asgi.receive"], send)
        finally:
            self.sockets.pop(sid, None)
        return ""


class _Socket(AsyncSocket):  # type: ignore[misc]  # the library is untyped
    """One websocket: the request's own task reads, a second one writes, both end together."""

    queue: Outbox
    server: _EngineServer

    def __init__(self, server: _EngineServer, sid: str) -> None:
        super().__init__(server, sid)
        self.connected = self.upgraded = True
        self.client: str | None = None
        """The Socket.IO id, once this connection was let in."""
        self._limits = server.limits
        self._line: Line | None = None
        """The way out, once the websocket is accepted."""
        self._timer: asyncio.TimerHandle | None = None
        self._pinged = False
        self._reading: asyncio.Timeout | None = None
        self._writer: asyncio.Task[None] | None = None

    def post(self, frame: Frame) -> None:
        if self.closing or (self.queue.is_empty and self._line is not None and self._line.write(frame)):
            return
        if not self.queue.put(frame):
            self.server.receiver.overflowed(self.client, self)

    def end(self, last: Frame | None = None) -> None:
        if self.closing:
            return
        self.queue.clear()
        if last is not None:
            self.queue.put(last)
        self.finish()

    def finish(self) -> None:
        """Take no more in, write what waits, close."""
        self.queue.put(DISCONNECT)
        self.queue.wake()
        self.closing = self.closed = True
        self._after(self._limits.close_s, self.cut)

    async def send(self, pkt: engine_packet.Packet) -> None:
        """What the library itself sends: the answer to a request to connect."""
        self.post(Frame(pkt.encode()))

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """What the library calls to close."""
        self.end()

    async def run(self, receive: Receive, send: Send) -> None:
        """Read and write until either side ends the connection."""
        self._line = line_of(send)
        self.post(Frame(engine_packet.Packet(engine_packet.OPEN, self._parameters()).encode()))
        self._after(self._limits.connect_s, self.finish)
        writer = asyncio.create_task(self._write(self._line, send), name=f"realtime-writer-{self.sid}")
        self._writer = writer
        try:
            try:
                async with asyncio.timeout(None) as self._reading:
                    await self._read(receive)
            except TimeoutError:
                pass  # the writer is done, or was cut
            finally:
                self._reading = None
            await asyncio.wait([writer])
        finally:
            self.cut()
            self._after(None)
            await asyncio.wait([writer])
            await self.server.handlers["disconnect"](self.sid, self.server.reason.TRANSPORT_CLOSE)

    def admitted(self, client: str) -> None:
        """The connection was let in: from now on its line is watched."""
        self.client = client
        if not self.closing:
            self.schedule_ping()

    def schedule_ping(self) -> None:
        self._pinged = False
        self._after(self._limits.ping_interval_s, self._ping)

    def _ping(self) -> None:
        self._pinged = True
        self._after(self._limits.ping_timeout_s, self.cut)
        self.post(PING)

    def _after(self, seconds: float | None, call: Callable[[], None] | None = None) -> None:
        # One timer a connection: it waits for its identity, then for pings, then for its end, never for two of them.
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, call) if seconds is not None and call else None

    def cut(self) -> None:
        """End without a word: the other side is gone, or takes nothing and would hold the writer for ever."""
        self.closing = self.closed = True
        if self._writer is not None:
            self._writer.cancel()

    async def _read(self, receive: Receive) -> None:
        while not self.closing:
            event = await receive()
            if event["type"] != "websocket.receive":
                self.cut()
                return
            text = event.get("text")
            if text is None:
                self._broken("a binary frame")
            elif len(text) > self._limits.frame_bytes or len(text.encode()) > self._limits.frame_bytes:
                self._broken("a frame too large")
            elif text[:1] == "4":
                await self.server.handlers["message"](self.sid, text[1:])
            elif text == "3" and self._pinged:
                self.schedule_ping()
            elif text == "1":
                self.end()
            else:
                self._broken("not a packet of Engine.IO")

    async def _write(self, line: Line, send: Send) -> None:
        """Send what could not go at once, and the end."""
        try:
            while True:
                while not self.queue.is_empty:
                    await line.drain()
                    # Not taken before: as long as something waits, newer frames wait behind it.
                    if (frame := self.queue.take()) is not None:
                        await line.send(frame)
                if self.closing:
                    break
                await self.queue.wait()
            await send({"type": "websocket.close", "code": 1000, "reason": ""})
        finally:
            self.closing = self.closed = True
            if self._reading is not None:
                self._reading.reschedule(asyncio.get_running_loop().time())

    def _broken(self, why: str) -> None:
        self.server.receiver.broken(self.client, self, why)

    def _parameters(self) -> dict[str, Any]:
        return {
            "sid": self.sid,
            "upgrades": [],
            "pingInterval": int(self._limits.ping_interval_s * 1000),
            "pingTimeout": int(self._limits.ping_timeout_s * 1000),
            "maxPayload": self._limits.frame_bytes,
        }


class _SocketServer(socketio.AsyncServer):  # type: ignore[misc]  # the library is untyped
    """Socket.IO with one namespace, no binary events and no acknowledgements asked of browsers."""

    def __init__(self, receiver: Receiver, limits: Limits) -> None:
        super().__init__(
            client_manager=_Manager(),
            async_mode="asgi",
            transports=["websocket"],
            cors_allowed_origins=[],  # the hub checks origins before the request comes here
            monitor_clients=False,
            logger=_log,
            engineio_logger=_log,
        )
        self.eio.limits = limits
        self.eio.receiver = receiver
        self._receiver = receiver
        self.on("connect", self._admit)
        self.on("disconnect", self._gone)

    def _engineio_server_class(self) -> type[_EngineServer]:
        return _EngineServer

    async def _admit(self, sid: str, environ: dict[str, Any], auth: dict[str, Json] | None) -> None:
        socket = self.eio.sockets[self.manager.eio_sid_from_sid(sid, "/")]
        try:
            await self._receiver.connecting(sid, socket, environ["asgi.scope"], auth or {})
        except Refusal as refusal:
            told = {"error": refusal.problem.body(), "retry_after_ms": refusal.retry_after_ms}
            raise socketio.exceptions.ConnectionRefusedError(refusal.problem.message, told) from refusal
        except asyncio.CancelledError:
            # The library swallows it; without this the reader would go on after its request was cancelled.
            socket.cut()
            raise
        socket.admitted(sid)

    async def _gone(self, sid: str, reason: str) -> None:
        await self._receiver.ended(sid)

    async def _handle_eio_message(self, eio_sid: str, data: str) -> None:
        socket = self.eio.sockets[eio_sid]
        try:
            packet = self.packet_class(encoded_packet=data)
        except Exception as error:  # noqa: BLE001 - the library's decoder raises whatever a bad packet leads it to
            self._receiver.broken(socket.client, socket, f"unreadable packet: {type(error).__name__}")
            return
        match packet.packet_type, packet.data:
            case socket_packet.CONNECT, dict() | None if socket.client is None:
                await self._handle_connect(eio_sid, packet.namespace, packet.data)
                # The handshake's headers are not needed again, and they are most of a connection's memory.
                self.environ.pop(eio_sid, None)
                if socket.client is None:
                    socket.finish()
            case socket_packet.DISCONNECT, _:
                socket.end()
            case socket_packet.EVENT, [str(name), *arguments] if socket.client and packet.namespace in (None, "/"):
                self._receiver.received(socket.client, name, arguments, packet.id)
            case _:
                self._receiver.broken(socket.client, socket, "a packet that has no place here")
