"""Many websocket clients in one process, as lean as they can be: they count what arrives and when.

They offer permessage-deflate as browsers do, and inflate what comes deflated. Started with a port, a number and a
stream; prints `connected` once all of them follow the stream. Each line on standard input asks for a line on standard
output: what came since, as `[[the note's own clock, ours when it came], ...]` in nanoseconds of this machine's
monotonic clock.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import zlib
from array import array
from typing import cast

import uvloop

AT = re.compile(rb'"at":(\d+)')
CONNECTING_AT_ONCE = 50

PONG = b"\x81\x81\x00\x00\x00\x003"
"""Engine.IO's answer to a ping as a masked frame; the mask is zero, so that what it carries is written as it is."""


def masked_text(text: bytes) -> bytes:
    """A short text frame with the zero mask."""
    assert len(text) < 126
    return bytes((0x81, 0x80 | len(text))) + b"\0\0\0\0" + text


CONNECT = masked_text(b"40")


def follow(stream: str) -> bytes:
    """The frame that asks to follow a stream from now on."""
    return masked_text(b'420["stream:follow",{"stream":"' + stream.encode() + b'","after":null}]')


class Swarm:
    """All clients of this process and what they have received."""

    def __init__(self, port: int, stream: str) -> None:
        self.port = port
        self.follow = follow(stream)
        self.arrivals = array("q")
        """Alternately when a note was written and when it came."""
        self.lost = 0

    async def connect(self, count: int) -> None:
        """Open all connections, a few at a time; returns when every one of them follows."""
        loop = asyncio.get_running_loop()
        turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def one() -> None:
            async with turns:
                _, client = await loop.create_connection(lambda: Client(self), "127.0.0.1", self.port)
                await client.follows

        await asyncio.gather(*[one() for _ in range(count)])

    def take(self, frame: bytes, now: int) -> None:
        """Note what one frame holds."""
        for at in AT.findall(frame):
            self.arrivals.append(int(at))
            self.arrivals.append(now)

    def report(self) -> str:
        """What came since the last report."""
        assert not self.lost, f"{self.lost} connections were lost"
        told = json.dumps(self.arrivals.tolist())
        del self.arrivals[:]
        return told


class Client(asyncio.Protocol):
    """One websocket."""

    def __init__(self, swarm: Swarm) -> None:
        self.follows: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._swarm = swarm
        self._rest = b""
        self._is_open = False
        self._inflate: zlib._Decompress | None = None
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        host = f"127.0.0.1:{self._swarm.port}"
        lines = (
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {host}",
            f"Origin: http://{host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
            "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        )
        self._transport.write("\r\n".join((*lines, "", "")).encode())

    def connection_lost(self, error: Exception | None) -> None:
        self._swarm.lost += 1
        if not self.follows.done():
            self.follows.set_exception(error or ConnectionError("refused"))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        data = self._rest + data if self._rest else data
        start = 0 if self._is_open else self._answered(data)
        while (end := self._frame(data, start, now)) > start:
            start = end
        self._rest = data[start:]

    def _answered(self, data: bytes) -> int:
        """The end of the handshake's answer; 0 while it is incomplete."""
        end = data.find(b"\r\n\r\n") + 4
        if end > 3:
            assert data.startswith(b"HTTP/1.1 101 "), data[:end]
            if b"permessage-deflate" in data[:end]:
                self._inflate = zlib.decompressobj(-zlib.MAX_WBITS)
            self._is_open = True
            return end
        return 0

    def _frame(self, data: bytes, start: int, now: int) -> int:
        """Take the frame that begins at `start`; returns its end, or `start` while it is incomplete."""
        if not self._is_open or len(data) < start + 2:
            return start
        size = data[start + 1]
        begin = start + 2
        if size >= 126:
            begin += 2 if size == 126 else 8
            size = int.from_bytes(data[start + 2 : begin])
        end = begin + size
        if len(data) < end:
            return start
        self._take(data[start], data[begin:end], now)
        return end

    def _take(self, head: int, content: bytes, now: int) -> None:
        if head & 0x40 and self._inflate is not None:
            content = self._inflate.decompress(content + b"\x00\x00\xff\xff")
        if content.startswith(b'42["stream:advanced"'):
            self._swarm.take(content, now)
        elif content == b"2":
            self._transport.write(PONG)
        elif content.startswith(b"0"):
            self._transport.write(CONNECT)
        elif content.startswith(b"40"):
            self._transport.write(self._swarm.follow)
        elif content.startswith(b"430"):
            assert b'"ok":true' in content, content
            self.follows.set_result(None)


async def run(port: int, count: int, stream: str) -> None:
    """Connect, then answer what is asked until standard input ends."""
    swarm = Swarm(port, stream)
    await swarm.connect(count)
    print("connected", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        print(swarm.report(), flush=True)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
