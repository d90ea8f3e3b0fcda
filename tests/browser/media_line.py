"""A line for sound and picture that a test can cut: carries UDP from an address of its own to the media worker's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

ADDRESS = "127.0.0.2"
"""Where browsers are told to send; the worker listens on the machine's other addresses at the same port."""

Client = tuple[str, int]


class MediaLine(asyncio.DatagramProtocol):
    """Carries each client's datagrams in a socket of its own, so that the worker tells them apart."""

    def __init__(self, worker: Client) -> None:
        self._worker = worker
        self._ways: dict[Client, _Way] = {}
        self._cut: set[Client] = set()
        self._is_closed_to_newcomers = False
        self._transport: asyncio.DatagramTransport | None = None

    @property
    def clients(self) -> tuple[Client, ...]:
        """Everybody who has sent something, in the order of their first datagram."""
        return tuple(self._ways)

    def cut(self, client: Client) -> None:
        """Drop everything from and to a client, and keep newcomers out: it would come back as one."""
        self._cut.add(client)
        self._is_closed_to_newcomers = True

    def mend(self) -> None:
        """Carry everything again."""
        self._cut.clear()
        self._is_closed_to_newcomers = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Client) -> None:
        if addr in self._cut or (addr not in self._ways and self._is_closed_to_newcomers):
            return
        if addr not in self._ways:
            self._ways[addr] = way = _Way(self, addr)
            loop = asyncio.get_running_loop()
            way.opening = loop.create_task(loop.create_datagram_endpoint(lambda: way, remote_addr=self._worker))
        self._ways[addr].send(data)

    def give_back(self, data: bytes, client: Client) -> None:
        """What the worker sends to a client."""
        if client not in self._cut and self._transport is not None:
            self._transport.sendto(data, client)

    def close(self) -> None:
        for way in self._ways.values():
            way.close()
        if self._transport is not None:
            self._transport.close()


class _Way(asyncio.DatagramProtocol):
    def __init__(self, line: MediaLine, client: Client) -> None:
        self._line, self._client = line, client
        self._transport: asyncio.DatagramTransport | None = None
        self.opening: asyncio.Task[object] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Client) -> None:
        self._line.give_back(data, self._client)

    def send(self, data: bytes) -> None:
        # What comes before the socket stands is lost, as on any network; it is sent again.
        if self._transport is not None:
            self._transport.sendto(data)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@asynccontextmanager
async def media_line(worker: Client) -> AsyncIterator[MediaLine]:
    """A line to a media worker, on `ADDRESS` and the worker's own port."""
    line = MediaLine(worker)
    await asyncio.get_running_loop().create_datagram_endpoint(lambda: line, local_addr=(ADDRESS, worker[1]))
    try:
        yield line
    finally:
        line.close()
        # The sockets are closed in the next turn of the loop.
        await asyncio.sleep(0)
