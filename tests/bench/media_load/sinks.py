"""Sockets that only count what arrives, for the floor."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.bench.media_load.clients import DRAIN_AT_ONCE, RECEIVE_BUFFER


@dataclass
class Sinks:
    """Some bound sockets."""

    sockets: list[socket.socket] = field(default_factory=list)
    packets: int = 0
    _buffer: bytearray = field(default_factory=lambda: bytearray(2048))

    @property
    def addresses(self) -> list[str]:
        """Of all of them, host:port."""
        names = [each.getsockname() for each in self.sockets]
        return [f"{host}:{port}" for host, port in names]

    def drain(self, sink: socket.socket) -> None:
        """Count what waits in one of them."""
        for _ in range(DRAIN_AT_ONCE):
            try:
                sink.recv_into(self._buffer)
            except OSError:
                return
            self.packets += 1


@asynccontextmanager
async def counting_sinks(host: str, count: int) -> AsyncIterator[Sinks]:
    """Sockets on free ports, read in this loop."""
    sinks, loop = Sinks(), asyncio.get_running_loop()
    for _ in range(count):
        sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sink.setblocking(False)
        sink.bind((host, 0))
        loop.add_reader(sink, sinks.drain, sink)
        sinks.sockets.append(sink)
    try:
        yield sinks
    finally:
        for sink in sinks.sockets:
            loop.remove_reader(sink)
            sink.close()
