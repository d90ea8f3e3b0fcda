"""A small application around a hub: people by cookie, streams in memory, a real Hypercorn in front."""

from __future__ import annotations

import asyncio
import socket
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config

from realtime.errors import ConnectionRefused
from realtime.handshake import AllowedOrigins
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.messages import Entry, Json, Page, Problem
from realtime.sources import Connection, Handshake, Identity
from tests.realtime.wire import ORIGIN


@dataclass(frozen=True)
class Person:
    id: str


async def authenticate(handshake: Handshake) -> Identity:
    """``who=anna.phone``: the person before the dot, the sign-in as a whole. ``banned`` is refused."""
    login = handshake.cookies.get("who")
    if login is None:
        return Identity(principal=None, login=None, locale="fr")
    person = login.partition(".")[0]
    if person == "banned":
        raise ConnectionRefused(person)
    return Identity(principal=Person(person), login=login, locale="en")


def translate(error: BaseException, connection: Connection | None) -> Problem:
    code = getattr(error, "code", "internal")
    fields: Mapping[str, str] | None = getattr(error, "fields", None)
    return Problem(code=code, message=f"{code} ({connection.locale if connection else '-'})", id="e1", fields=fields)


@dataclass
class Log:
    """Streams in memory. An event marked for staff is left out for the public."""

    events: defaultdict[str, list[tuple[str, Json]]] = field(default_factory=lambda: defaultdict(list))
    reads: list[tuple[str, str, int]] = field(default_factory=list)
    failing: int = 0

    def add(self, stream: str, text: str, *, staff_only: bool = False) -> int:
        self.events[stream].append(("staff" if staff_only else "public", text))
        return len(self.events[stream])

    async def audience(self, stream: str, connection: Connection) -> str | None:
        if stream == "secret":
            return None
        is_staff = connection.principal is not None and connection.principal.id.startswith("staff")
        return "staff" if is_staff else "public"

    async def head(self, stream: str) -> int:
        return len(self.events[stream])

    async def heads(self, streams: Collection[str]) -> Mapping[str, int]:
        return {stream: len(self.events[stream]) for stream in streams if stream in self.events}

    async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
        self.reads.append((stream, audience, after))
        if self.failing:
            self.failing -= 1
            raise ConnectionError("the database restarts")
        rows = list(enumerate(self.events[stream], start=1))[after : after + limit]
        entries = tuple(
            Entry(number, "said", {"text": text}) for number, (seen_by, text) in rows if seen_by in ("public", audience)
        )
        return Page(entries, rows[-1][0] if rows else after)

    async def pages(
        self, stream: str, audiences: Sequence[str], after: int, limit: int
    ) -> AsyncGenerator[tuple[str, Page]]:
        failed: Exception | None = None
        for audience in audiences:
            try:
                page = await self.page(stream, audience, after, limit)
            except Exception as error:  # noqa: BLE001 - raised when the others have theirs
                failed = failed or error
            else:
                yield audience, page
        if failed is not None:
            raise failed


async def nothing_else(scope: Any, receive: Any, send: Any) -> None:
    """Stands for the portal's pages."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    await send({"type": "http.response.start", "status": 204, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def make_hub(log: Log, **options: Any) -> Hub:
    """A hub over a log; `options` replace what it is made with."""
    usual: dict[str, Any] = {
        "authenticate": authenticate,
        "origins": AllowedOrigins([ORIGIN]),
        "source": log,
        "translate": translate,
        "limits": Limits(),
    }
    return Hub(**{**usual, **options})


@asynccontextmanager
async def served(hub: Hub, app: Any = nothing_else, tls: tuple[Path, Path] | None = None) -> AsyncIterator[int]:
    """Serve a hub with Hypercorn on a free port; yields the port. `tls` are the files of a certificate and its key."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    port = listener.getsockname()[1]
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.graceful_timeout = 0.5
    config.accesslog = config.errorlog = None
    if tls is not None:
        config.certfile, config.keyfile = map(str, tls)
    stopped = asyncio.Event()
    await hub.start()
    server = asyncio.create_task(serve(hub.asgi(app), config, shutdown_trigger=stopped.wait))
    try:
        yield port
    finally:
        await hub.stop(drain_s=0.05)
        stopped.set()
        await server
