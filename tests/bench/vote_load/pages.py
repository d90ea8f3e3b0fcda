"""The pages that follow a sitting, in a process of their own: lean websockets that note when a question is shown.

Started with a port, a stream and a file of one cookie line for each connection (empty: the public). Prints
``connected``; then each line on standard input is a command: ``cut SEED`` loses a fifth of the connections, which come
back as browsers do, ``shown NUMBER`` answers with the nanoseconds (of this machine's monotonic clock) at which each
page had the last byte of the first push that shows question NUMBER, 0 for a page that has not shown it.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

QUESTION = re.compile(rb"Scrutin (\d+) du banc")
PARTS_CUT = 5
"""One connection in so many is cut."""
LONGEST_AWAY_S = 1.0
CONNECTING_AT_ONCE = 40
PONG = b"\x81\x81\x00\x00\x00\x003"


def masked_text(text: bytes) -> bytes:
    """A text frame with the zero mask."""
    size = len(text)
    assert size < 65536
    head = bytes((0x81, 0x80 | size)) if size < 126 else bytes((0x81, 0x80 | 126)) + size.to_bytes(2)
    return head + b"\0\0\0\0" + text


class Page(asyncio.Protocol):
    """One page, over as many connections as it takes."""

    def __init__(self, port: int, stream: str, cookie: str) -> None:
        self.shown: dict[int, int] = {}
        """When each question was first shown."""
        self.upto: int | None = None
        self.follows: asyncio.Future[None]
        self._port, self._stream, self._cookie = port, stream, cookie
        self._rest, self._is_open = b"", False
        self._transport: asyncio.Transport | None = None

    async def connect(self) -> None:
        """Follow from the number it holds; again until it does."""
        loop = asyncio.get_running_loop()
        while True:
            self.follows = loop.create_future()
            self._rest, self._is_open = b"", False
            try:
                await loop.create_connection(lambda: self, "127.0.0.1", self._port)
                async with asyncio.timeout(20):
                    return await self.follows
            except (OSError, TimeoutError):
                await asyncio.sleep(0.5)

    def cut(self) -> None:
        """Lose the line."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's are none by inheritance.
        self._transport = cast("asyncio.Transport", transport)
        host = f"127.0.0.1:{self._port}"
        lines = [
            "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
            f"Host: {host}",
            f"Origin: http://{host}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ]
        lines += [f"Cookie: {self._cookie}"] if self._cookie else []
        self._transport.write("\r\n".join((*lines, "", "")).encode())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.follows.done():
            self.follows.set_exception(error or ConnectionError("refused"))

    def data_received(self, data: bytes) -> None:
        now = time.monotonic_ns()
        data = self._rest + data
        start = 0
        if not self._is_open:
            start = data.find(b"\r\n\r\n") + 4
            if start < 4:
                self._rest = data
                return
            assert data.startswith(b"HTTP/1.1 101 "), data[:200]
            self._is_open = True
        while (end := self._frame(data, start, now)) > start:
            start = end
        self._rest = data[start:]

    def _frame(self, data: bytes, start: int, now: int) -> int:
        if len(data) < start + 2:
            return start
        size, begin = data[start + 1], start + 2
        if size >= 126:
            begin += 2 if size == 126 else 8
            size = int.from_bytes(data[start + 2 : begin])
        if len(data) < begin + size:
            return start
        self._take(data[begin : begin + size], now)
        return begin + size

    def _take(self, content: bytes, now: int) -> None:
        assert self._transport is not None
        if content == b"2":
            self._transport.write(PONG)
        elif content.startswith(b"0"):
            self._transport.write(masked_text(b"40"))
        elif content.startswith(b"40"):
            asked = json.dumps({"stream": self._stream, "after": self.upto})
            self._transport.write(masked_text(f'420["stream:follow",{asked}]'.encode()))
        elif content.startswith((b"430", b'42["stream:advanced"')):
            self._note(content, now)

    def _note(self, content: bytes, now: int) -> None:
        for number in {int(found) for found in QUESTION.findall(content)}:
            self.shown.setdefault(number, now)
        if content.startswith(b"430"):
            answer = json.loads(content[3:])[0]
            assert answer["ok"], answer
            self.upto = answer["head"] if answer["reload"] else answer["upto"]
            if answer["reload"]:
                self.connection_again()
            elif not self.follows.done():
                self.follows.set_result(None)
        else:
            self.upto = max(self.upto or 0, int(UPTO.findall(content)[-1]))

    def connection_again(self) -> None:
        """Told to load itself anew: it follows from the head, as a page that was loaded does."""
        assert self._transport is not None
        asked = json.dumps({"stream": self._stream, "after": self.upto})
        self._transport.write(masked_text(f'420["stream:follow",{asked}]'.encode()))


UPTO = re.compile(rb'"upto":(\d+)')


async def cut_some(pages: list[Page], chance: random.Random) -> None:
    """Cut a fifth of the pages at once; each comes back after a moment of its own."""

    async def one(page: Page) -> None:
        page.cut()
        await asyncio.sleep(chance.uniform(0, LONGEST_AWAY_S))
        await page.connect()

    await asyncio.gather(*[one(page) for page in chance.sample(pages, len(pages) // PARTS_CUT)])


async def run(port: int, stream: str, cookies: list[str]) -> None:
    """Connect all, then obey."""
    pages = [Page(port, stream, cookie) for cookie in cookies]
    turns = asyncio.Semaphore(CONNECTING_AT_ONCE)

    async def one(page: Page) -> None:
        async with turns:
            await page.connect()

    await asyncio.gather(*[one(page) for page in pages])
    print("connected", flush=True)
    cutting: set[asyncio.Task[None]] = set()
    while line := await asyncio.to_thread(sys.stdin.readline):
        command, number = line.split()
        if command == "cut":
            cutting.add(asyncio.create_task(cut_some(pages, random.Random(int(number)))))
            print("cut", flush=True)
        else:
            print(json.dumps([page.shown.get(int(number), 0) for page in pages]), flush=True)


if __name__ == "__main__":
    uvloop.run(run(int(sys.argv[1]), sys.argv[2], Path(sys.argv[3]).read_text().split("\n")))
