"""What comes in: allowance, parsing, one message after the other for each connection, one acknowledgement each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from realtime.counters import Counters
from realtime.errors import CommandTimedOut, LiveError, MalformedMessage, TooManyMessages, UnknownMessage
from realtime.frames import ack_frame
from realtime.limits import Limits
from realtime.messages import ConnectionClosed, Json, Message
from realtime.peers import Peer, Work
from realtime.sources import Connection, Translate
from realtime.tasks import Tasks

M = TypeVar("M", bound=Message)

Handler = Callable[[Connection, M], Awaitable[Mapping[str, Json] | None]]
"""Carries out one message. What it returns is the acknowledgement's body; what it raises is translated into one."""

EndPeer = Callable[[Peer, ConnectionClosed], None]


class Inbox:
    """Takes messages in for every connection of the hub."""

    def __init__(
        self,
        *,
        limits: Limits,
        translate: Translate,
        counters: Counters,
        tasks: Tasks,
        clock: Callable[[], float],
        end: EndPeer,
    ) -> None:
        """`end` ends a connection that abuses the channel."""
        self._limits = limits
        self._translate = translate
        self._counters = counters
        self._tasks = tasks
        self._clock = clock
        self._end = end
        self._handlers: dict[
            str, tuple[type[Message], Callable[[Peer, Any], Awaitable[Mapping[str, Json] | None]]]
        ] = {}

    @property
    def messages(self) -> tuple[type[Message], ...]:
        """Every registered message."""
        return tuple(message for message, _ in self._handlers.values())

    def on(self, message: type[M], handle: Callable[[Peer, M], Awaitable[Mapping[str, Json] | None]]) -> None:
        """Register a message. Raises `ValueError` if the name is taken."""
        if message.name in self._handlers:
            raise ValueError(f"{message.name} is registered twice")
        self._handlers[message.name] = (message, handle)

    def receive(self, peer: Peer, name: str, arguments: list[Json], ack: int | None) -> None:
        """Take one event in: queue it for its turn, or answer at once why not."""
        if peer.over:
            return
        try:
            if not peer.allowance.take(self._clock()):
                raise TooManyMessages(name)
            work = self._parse(peer, name, arguments, ack)
            if len(peer.inbox) >= self._limits.inbox:
                raise TooManyMessages(f"{name}: inbox full")
        except LiveError as error:
            self._refuse(peer, ack, error)
            return
        assert ack is not None  # noqa: S101 - `_parse` refuses a message that asks for no acknowledgement
        peer.inbox.append((work, ack))
        if not peer.busy:
            peer.busy = True
            self._tasks.start(self._carry_out(peer), f"inbox-{peer.connection.sid}")

    def _parse(self, peer: Peer, name: str, arguments: list[Json], ack: int | None) -> Work:
        if name not in self._handlers:
            raise UnknownMessage(name[:80])
        message, handle = self._handlers[name]
        if ack is None:
            raise MalformedMessage(f"{name} asks for no acknowledgement")
        if len(arguments) > 1:
            raise MalformedMessage(f"{name} has {len(arguments)} bodies", fields={"body": "more than one"})
        parsed = message.parse(arguments[0] if arguments else {})
        return lambda: handle(peer, parsed)

    def _refuse(self, peer: Peer, ack: int | None, error: LiveError) -> None:
        match error:
            case TooManyMessages():
                self._counters.limited += 1
            case UnknownMessage():
                self._counters.unknown += 1
            case _:
                self._counters.malformed += 1
        if not peer.faults.take(self._clock()):
            self._counters.abusive += 1
            self._end(peer, ConnectionClosed("abuse", None))
        elif ack is not None:
            self._answer_problem(peer, ack, error)

    async def _carry_out(self, peer: Peer) -> None:
        """One connection's messages in the order they came; a slow one delays its own sender only."""
        try:
            while peer.inbox and not peer.over:
                work, ack = peer.inbox.popleft()
                await self._carry_out_one(peer, work, ack)
        finally:
            peer.busy = False

    async def _carry_out_one(self, peer: Peer, work: Work, ack: int) -> None:
        try:
            async with asyncio.timeout(self._limits.command_s) as deadline:
                result = await work()
        except Exception as error:  # noqa: BLE001 - the edge: whatever a handler raises becomes an acknowledgement
            self._counters.failed += 1
            late = deadline.expired() and isinstance(error, TimeoutError)
            self._answer_problem(peer, ack, CommandTimedOut() if late else error)
        else:
            # No await between the handler's return and this: a push that it caused cannot overtake.
            self._counters.messages += 1
            peer.link.post(ack_frame(ack, {"ok": True, **(result or {})}))

    def _answer_problem(self, peer: Peer, ack: int, error: Exception) -> None:
        problem = self._translate(error, peer.connection)
        peer.link.post(ack_frame(ack, {"ok": False, "error": problem.body()}))
