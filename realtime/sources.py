"""What the hub asks of the application: who is connecting, and what stands in a stream."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from realtime.messages import Json, Page, Problem


class Principal(Protocol):
    """Whoever an account stands for. The hub needs the id only."""

    @property
    def id(self) -> str:
        """Stable and unguessable; what `Hub.close_principal` is called with."""
        ...


@dataclass(frozen=True)
class Handshake:
    """The HTTP request that asks for a connection, header names in lower case."""

    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    client: str | None
    """Address of the peer as the server saw it; behind a reverse proxy that is the proxy's."""
    scheme: str
    """``ws`` or ``wss`` as the server saw it."""
    auth: Mapping[str, Json]
    """What the browser's script sent along (Socket.IO's ``auth``); empty while the origin is checked."""


@dataclass(frozen=True)
class Footing:
    """What somebody's right to be connected rests on: a stream that tells when it ends, read up to a number."""

    stream: str
    number: int


@dataclass(frozen=True)
class Ending:
    """An event of such a stream which ends connections that were identified before it."""

    number: int
    login: str | None
    """The sign-in that ended; None ends all that stand on the stream."""
    code: str
    """What the browser is told: ``signed-out``, ``access-changed``."""


@dataclass(frozen=True)
class Identity:
    """Who connects, as `authenticate` found out."""

    principal: Principal | None
    """None is a visitor without an account."""
    login: str | None
    """Id of the sign-in, what `Hub.close_login` is called with."""
    locale: str
    """Language of messages to this person, as in ``fr``."""
    footing: Footing | None = None
    """Taken in the same breath as the rest, so that whatever comes later is noticed."""


@dataclass(frozen=True)
class Connection:
    """One open connection of one browser tab."""

    sid: str
    principal: Principal | None
    login: str | None
    locale: str
    client: str | None
    """Address of the peer, see `Handshake.client`."""
    footing: Footing | None = None


Authenticate = Callable[[Handshake], Awaitable[Identity]]
"""Finds out who connects. Raising (`ConnectionRefused` or the application's own error) refuses the connection."""

OriginCheck = Callable[[str | None, Handshake], bool]
"""Whether pages of this origin may connect; None when the header is missing (every browser sends it)."""

Endings = Callable[[str, int], Awaitable[Sequence[Ending]]]
"""What in a stream ends connections, after a number, in order."""

Translate = Callable[[BaseException, Connection | None], Problem]
"""Writes an error to the log and makes the problem that the person reads. Connection None: it was being refused."""


class StreamSource(Protocol):
    """The application's event log as the hub reads it. Every method may raise; the hub tries again or tells."""

    async def audience(self, stream: str, connection: Connection) -> str | None:
        """Which audience of the stream this connection belongs to (``public``, ``staff``, …); None: refused."""
        ...

    async def head(self, stream: str) -> int:
        """Number of the stream's last event, 0 if it has none."""
        ...

    async def heads(self, streams: Collection[str]) -> Mapping[str, int]:
        """The same of many streams at once; one that has no event may be left out."""
        ...

    async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
        """At most `limit` events after a number, in order, as this audience may see them now."""
        ...

    def pages(self, stream: str, audiences: Sequence[str], after: int, limit: int) -> AsyncGenerator[tuple[str, Page]]:
        """The same for several audiences, read once: each with its page, in the order asked for, as it is made.

        What fails for one is raised when the others have theirs.
        """
        ...
