"""Between engine and hub: what each may ask of the other."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any, Protocol

from realtime.frames import Frame
from realtime.messages import Json, Problem

Scope = MutableMapping[str, Any]
"""An ASGI connection scope."""


class Refusal(Exception):
    """Raised by `Receiver.connecting`: the browser is told the problem and the connection ends."""

    def __init__(self, problem: Problem, retry_after_ms: int | None) -> None:
        """`retry_after_ms` None: the browser shall not come back by itself."""
        super().__init__(problem.code)
        self.problem = problem
        self.retry_after_ms = retry_after_ms


class Link(Protocol):
    """One websocket as the hub sees it."""

    def post(self, frame: Frame) -> None:
        """Queue a frame. A reader too slow for its outbox is reported to `Receiver.overflowed` instead."""
        ...

    def end(self, last: Frame | None = None) -> None:
        """Take no more in, drop what waits, send `last` and close."""
        ...


class Receiver(Protocol):
    """What the engine tells the hub."""

    async def connecting(self, sid: str, link: Link, scope: Scope, auth: dict[str, Json]) -> None:
        """Let a connection in, or raise `Refusal`."""
        ...

    def received(self, sid: str, name: str, arguments: list[Json], ack: int | None) -> None:
        """Take one event in."""
        ...

    def broken(self, sid: str | None, link: Link, why: str) -> None:
        """A packet could not be read: end the link."""
        ...

    def overflowed(self, sid: str | None, link: Link) -> None:
        """The reader is too slow: end the link."""
        ...

    async def ended(self, sid: str) -> None:
        """A connection that was let in is over. Called once."""
        ...
