"""What browsers do, without browsers: followers of the board that keep their number, and people who post.

They keep to docs/live-protocol.md: a follower asks again from its number after each lost line, a command that was not
acknowledged is sent again with its id.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import random
import secrets
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage
from wsproto.utilities import ProtocolError

from tests.faults.town import PLACE, Town

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 10.0
OPEN_PATIENCE_S = 30.0
ANSWER_PATIENCE_S = 60.0
TITLE = "Panne"
"""With it begins the title of everything that is posted here."""

POSTED = "help_request.posted"


class LineLost(Exception):
    """The connection ended, or could not be opened."""

    def __init__(self, why: str, retry_after_s: float = 0.0) -> None:
        super().__init__(why)
        self.retry_after_s = retry_after_s


class Line:
    """One Socket.IO connection: answers by number, pushes to a handler."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, heard: Callable[[str, Any], None]):
        self._reader = reader
        self._writer = writer
        self._heard = heard
        self._protocol = WSConnection(ConnectionType.CLIENT)
        self._numbers = itertools.count()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self._opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._pieces: list[str] = []
        self.retry_after_s = 0.0
        self.ended = asyncio.Event()

    @property
    def port(self) -> int:
        """Our own end of it."""
        return int(self._writer.get_extra_info("sockname")[1])

    async def open(self, host: str, origin: str, cookie: str) -> None:
        """Shake hands for a websocket, then for Socket.IO. `read` must run."""
        headers = [(b"origin", origin.encode())] + ([(b"cookie", cookie.encode())] if cookie else [])
        target = "/socket.io/?EIO=4&transport=websocket"
        self._writer.write(self._protocol.send(Request(host=host, target=target, extra_headers=headers)))
        await self._opened

    async def ask(self, name: str, body: object) -> Any:
        """Send a message and wait for its answer. Raises `LineLost`."""
        if self.ended.is_set():
            raise LineLost("ended")
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        self._text(f"42{number}" + json.dumps([name, body]))
        try:
            async with asyncio.timeout(ANSWER_PATIENCE_S):
                return await answer
        except TimeoutError as error:
            raise LineLost(f"{name} was not answered") from error

    async def read(self) -> None:
        """Read until the connection ends."""
        try:
            while data := await self._reader.read(262_144):
                self._protocol.receive_data(data)
                for event in self._protocol.events():
                    match event:
                        case TextMessage(data=piece):
                            self._pieces.append(piece)
                            if event.message_finished:
                                self._take("".join(self._pieces))
                                self._pieces.clear()
                        case AcceptConnection():
                            pass
                        case _:
                            return
        except (OSError, ProtocolError):
            pass
        finally:
            self.ended.set()
            for waiting in (self._opened, *self._answers.values()):
                if not waiting.done():
                    waiting.set_exception(LineLost("ended", self.retry_after_s))
                    # Whoever waited may be gone as well.
                    waiting.exception()

    def _text(self, text: str) -> None:
        self._writer.write(self._protocol.send(TextMessage(text)))

    def _take(self, packet: str) -> None:
        if packet == "2":
            self._text("3")
        elif packet.startswith("0"):
            self._text("40")
        elif packet.startswith("40"):
            self._opened.set_result(None)
        elif packet.startswith("44"):
            told = json.loads(packet[2:]).get("data") or {}
            self.retry_after_s = (told.get("retry_after_ms") or 1000) / 1000
        elif packet.startswith("43"):
            number, bracket, rest = packet[2:].partition("[")
            answer = self._answers.pop(int(number), None)
            if answer is not None and not answer.done():
                answer.set_result(_answer_of(bracket + rest))
        elif packet.startswith("42"):
            name, body = json.loads(packet[2:])
            if name == "connection:closed":
                self.retry_after_s = (body["retry_after_ms"] or 0) / 1000
            self._heard(name, body)


@lru_cache(maxsize=8)
def _answer_of(text: str) -> Any:
    # Thousands who come back are given the same: browsers would read it each on a machine of their own.
    return json.loads(text)[0]


@asynccontextmanager
async def opened_line(town: Town, heard: Callable[[str, Any], None], cookie: str = "") -> AsyncIterator[Line]:
    """A connection that stands. Raises `LineLost`."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", town.port, limit=1 << 20)
    except OSError as error:
        raise LineLost("not reached") from error
    line = Line(reader, writer, heard)
    reading = asyncio.create_task(line.read())
    try:
        try:
            async with asyncio.timeout(OPEN_PATIENCE_S):
                await line.open(f"127.0.0.1:{town.port}", town.address, cookie)
        except TimeoutError as error:
            raise LineLost("not opened in time") from error
        yield line
    finally:
        writer.transport.abort()
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


class Pauses:
    """How long a client waits before it tries again: longer each time, by a random amount."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._failures = 0

    def reset(self) -> None:
        """It worked."""
        self._failures = 0

    async def wait(self, asked_s: float) -> None:
        """Wait at least what the portal asked for."""
        longest = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2**self._failures)
        self._failures += 1
        await asyncio.sleep(asked_s + longest * (0.5 + self._chance.random() / 2))


class Follower:
    """A page that shows the board. `seen` counts how often each title was shown to it."""

    def __init__(self, town: Town, chance: random.Random) -> None:
        self.seen: Counter[str] = Counter()
        self.listed: set[str] = set()
        """Titles from the list, where the page was told to load itself anew."""
        self.reloads = 0
        self.is_following = False
        self._town = town
        self._pauses = Pauses(chance)
        self._last: int | None = None
        self._may_connect = asyncio.Event()
        self._may_connect.set()
        self._line: Line | None = None
        self._asking: asyncio.Task[None] | None = None
        self._task = asyncio.create_task(self._run())

    @property
    def shown(self) -> int:
        """How many titles it has shown."""
        return len(self.seen.keys() | self.listed) if self.listed else len(self.seen)

    def missing(self, titles: Collection[str]) -> list[str]:
        """Which of these it was not shown."""
        return [title for title in titles if title not in self.seen and title not in self.listed]

    def doubled(self) -> int:
        """How many were shown more than once."""
        return sum(count - 1 for count in self.seen.values())

    def drop(self) -> None:
        """Lose the line and stay away."""
        self._may_connect.clear()
        if self._line is not None:
            self._line.ended.set()

    def come_back(self) -> None:
        """Connect again."""
        self._pauses.reset()
        self._may_connect.set()

    async def stop(self) -> None:
        """Close the page."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await self._may_connect.wait()
            asked_s = 0.0
            try:
                async with opened_line(self._town, self._heard) as self._line:
                    await self._follow(self._line)
                    self._pauses.reset()
                    await self._line.ended.wait()
                    asked_s = self._line.retry_after_s
            except LineLost as lost:
                asked_s = lost.retry_after_s
            finally:
                self.is_following = False
                self._line = None
                if self._asking is not None:
                    self._asking.cancel()
                    await asyncio.gather(self._asking, return_exceptions=True)
                    self._asking = None
            if self._may_connect.is_set():
                await self._pauses.wait(asked_s)

    async def _follow(self, line: Line) -> None:
        self.is_following = False
        while True:
            answer = await line.ask("stream:follow", {"stream": "board", "after": self._last})
            if not answer["ok"]:
                await asyncio.sleep(1)
            elif answer["reload"]:
                self.reloads += 1
                self._last = answer["head"]
                self.listed |= set(await asyncio.to_thread(self._town.titles_listed, TITLE))
            else:
                self._show(answer["entries"], answer["upto"])
                self.is_following = True
                return

    def _heard(self, name: str, body: Any) -> None:
        if name != "stream:advanced" or not self.is_following or self._last is None or self._line is None:
            return
        if body["upto"] <= self._last:
            return
        if body["after"] > self._last:
            self.is_following = False
            self._asking = asyncio.create_task(self._ask_again(self._line))
        else:
            self._show(body["entries"], body["upto"])

    async def _ask_again(self, line: Line) -> None:
        with contextlib.suppress(LineLost):
            await self._follow(line)

    def _show(self, entries: list[dict[str, Any]], upto: int) -> None:
        for entry in entries:
            if self._last is not None and entry["number"] <= self._last:
                continue
            title = entry["body"].get("card", {}).get("title", "")
            if entry["kind"] == POSTED and title.startswith(TITLE):
                self.seen[title] += 1
        self._last = upto


class Writer:
    """Somebody who asks for help, and does not give up before it is acknowledged."""

    def __init__(self, town: Town, cookie: str, category: str, chance: random.Random) -> None:
        self._town = town
        self._cookie = cookie
        self._category = category
        self._pauses = Pauses(chance)

    async def post(self, title: str) -> str:
        """Post once, however often it has to be sent; the id that was acknowledged."""
        body = {
            "command_id": secrets.token_hex(8),
            "category_id": self._category,
            "title": title,
            "details": "Du pain et du lait, avant ce soir.",
            **PLACE,
        }
        while True:
            asked_s = 0.0
            try:
                async with opened_line(self._town, lambda name, push: None, self._cookie) as line:
                    while not (answer := await line.ask("help_request:post", body))["ok"]:
                        asked_ms = answer["error"].get("retry_after_ms")
                        assert asked_ms is not None, answer
                        await asyncio.sleep(asked_ms / 1000)
                    self._pauses.reset()
                    return str(answer["id"])
            except LineLost as lost:
                asked_s = lost.retry_after_s
            await self._pauses.wait(asked_s)
