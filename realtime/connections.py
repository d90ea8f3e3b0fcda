"""The life of every connection of this process, from the engine's word to the features'."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from realtime.admission import Admission
from realtime.counters import Counters
from realtime.frames import event_frame
from realtime.inbox import Inbox
from realtime.links import Link, Scope
from realtime.messages import ConnectionClosed, Json
from realtime.peers import Peer, Peers
from realtime.sources import Connection
from realtime.streams import Streams

Closed = Callable[[Connection], Awaitable[None]]
"""Told after a connection ended."""

_SLOW_RETRY_MS = 2_000
_RESTART_SPREAD_MS = 4_000

_log = logging.getLogger("realtime.connections")


class Connections:
    """What the engine reports to (`realtime.engine.Receiver`) and what ends connections."""

    def __init__(self, *, peers: Peers, admission: Admission, streams: Streams, counters: Counters) -> None:
        """`inbox` is set before the first connection: it needs `end`."""
        self.inbox: Inbox
        self.listeners: list[Closed] = []
        self._peers = peers
        self._admission = admission
        self._streams = streams
        self._counters = counters
        self._sockets: dict[str, Peer] = {}
        """Until the socket is closed; a peer that was ended is no longer among `peers` but still here."""
        self._all_ended = asyncio.Event()

    async def connecting(self, sid: str, link: Link, scope: Scope, auth: dict[str, Json]) -> None:
        """Let a connection in, or raise `Refusal`."""
        self._sockets[sid] = await self._admission.admit(sid, link, scope, auth)

    def received(self, sid: str, name: str, arguments: list[Json], ack: int | None) -> None:
        """Take one event in."""
        peer = self._peers.by_sid.get(sid)
        if peer is not None:
            self.inbox.receive(peer, name, arguments, ack)

    def broken(self, sid: str | None, link: Link, why: str) -> None:
        """End a connection whose packets cannot be read: there is nothing to acknowledge."""
        self._counters.malformed += 1
        self._counters.abusive += 1
        _log.info("connection %s ended: %s", sid, why)
        self._end_link(sid, link, ConnectionClosed("malformed", None))

    def overflowed(self, sid: str | None, link: Link) -> None:
        """Shed a reader that is too slow: it comes back and resumes by number."""
        self._counters.shed += 1
        self._end_link(sid, link, ConnectionClosed("slow", _SLOW_RETRY_MS))

    async def ended(self, sid: str) -> None:
        """The socket is closed: tell the features."""
        peer = self._sockets.pop(sid, None)
        if peer is None:
            return
        self.end(peer, None)
        for listener in self.listeners:
            try:
                await listener(peer.connection)
            except Exception:  # noqa: BLE001 - the edge to the features: one that fails must not hide the end from others
                _log.exception("a listener failed at the end of connection %s", sid)
        if not self._sockets:
            self._all_ended.set()

    def end(self, peer: Peer, last: ConnectionClosed | None) -> None:
        """End a connection here and now; its socket takes the last message in its own time."""
        if peer.over:
            return
        peer.over = True
        peer.inbox.clear()
        for stream in tuple(peer.streams):
            self._streams.leave(peer, stream)
        self._peers.remove(peer)
        peer.link.end(event_frame(last) if last is not None else None)

    def close(self, kind: str, target: str, code: str) -> None:
        """End every connection of a ``principal`` or ``login``, those on their way in included, or in a ``channel``."""
        self._admission.note_closed(kind, target)
        of = {"principal": self._peers.of_principal, "login": self._peers.of_login, "channel": self._peers.in_channel}
        for peer in of[kind](target):
            self.end(peer, ConnectionClosed(code, None))

    async def close_all(self, timeout_s: float) -> None:
        """Send everybody away for a restart and wait until the sockets are closed."""
        peers = tuple(self._peers.by_sid.values())
        for place, peer in enumerate(peers):
            # Spread evenly: thousands that return in the same instant would fell the next start.
            self.end(peer, ConnectionClosed("restart", _RESTART_SPREAD_MS * place // len(peers)))
        if self._sockets:
            self._all_ended.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._all_ended.wait()
            except TimeoutError:
                _log.warning("%d sockets did not close in time", len(self._sockets))

    def _end_link(self, sid: str | None, link: Link, last: ConnectionClosed) -> None:
        peer = self._peers.by_sid.get(sid or "")
        if peer is not None:
            self.end(peer, last)
        else:
            link.end(event_frame(last))
