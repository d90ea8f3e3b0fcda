"""The live channel: the only Socket.IO server, and what features and the portal see of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

from realtime.limits import Limits
from realtime.messages import Json, Message, Push
from realtime.relay import Relay
from realtime.sources import Authenticate, Connection, OriginCheck, StreamSource, Translate

M = TypeVar("M", bound=Message)

Handler = Callable[[Connection, M], Awaitable[Mapping[str, Json] | None]]
"""Carries out one message. What it returns is the acknowledgement's body; what it raises is translated into one."""

Closed = Callable[[Connection], Awaitable[None]]
"""Told after a connection ended."""

AsgiApp = Callable[[Any, Any, Any], Awaitable[None]]


class Hub:
    """Owns every connection of this process. Features register their messages; nothing is switched over centrally."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        origins: OriginCheck,
        source: StreamSource,
        translate: Translate,
        limits: Limits | None = None,
        relay: Relay | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`relay` joins the hubs of several workers; without one this process is alone."""
        raise NotImplementedError

    def on(self, message: type[M], handler: Handler[M]) -> None:
        """Register a message from the browser. Raises `ValueError` if the name is taken."""
        raise NotImplementedError

    def announces(self, *pushes: type[Push]) -> None:
        """Register pushes that a feature sends: `send` refuses others, and the protocol document lists them."""
        raise NotImplementedError

    def on_closed(self, listener: Closed) -> None:
        """Call `listener` after each connection that ended, however it ended."""
        raise NotImplementedError

    async def send(
        self, push: Push, *, channel: str | None = None, sid: str | None = None, principal: str | None = None
    ) -> None:
        """Send to every connection in a channel, to one connection, or to all of a principal: give exactly one."""
        raise NotImplementedError

    def enter(self, sid: str, channel: str) -> bool:
        """Put a connection of this process into a channel; False if it has ended."""
        raise NotImplementedError

    def leave(self, sid: str, channel: str) -> None:
        """Take a connection out of a channel."""
        raise NotImplementedError

    async def close_principal(self, principal_id: str, code: str = "access_changed") -> None:
        """End every connection of a principal at once: a ban, a lost role."""
        raise NotImplementedError

    async def close_login(self, login_id: str, code: str = "signed_out") -> None:
        """End every connection of one sign-in at once."""
        raise NotImplementedError

    async def advance(self, stream: str, head: int) -> None:
        """Tell that a stream's last event is now `head`. Call after the commit; cheap, and never waits for browsers."""
        raise NotImplementedError

    def asgi(self, other: AsgiApp) -> AsgiApp:
        """The ASGI application: ``/socket.io/`` is the hub's, everything else (lifespan too) goes to `other`."""
        raise NotImplementedError

    async def start(self) -> None:
        """Begin to accept connections."""
        raise NotImplementedError

    async def stop(self) -> None:
        """Tell every browser to come back, let running commands finish, end all tasks."""
        raise NotImplementedError
