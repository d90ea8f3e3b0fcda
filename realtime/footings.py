"""Ends the connections of people whose right to be connected has ended, as their stream in the event log tells.

A sign-out, a ban or a changed role is an event. It is noticed by every worker that hears "stream at n", and by one that
did not hear it when it catches up, so that no fault of the relay leaves anybody connected.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from realtime.messages import ConnectionClosed
from realtime.peers import Peer, Peers
from realtime.sources import Ending, Endings
from realtime.tasks import Tasks

_log = logging.getLogger("realtime.footings")


class Footings:
    """Judges connections anew when the stream that they stand on went on."""

    def __init__(
        self, *, peers: Peers, endings: Endings, end: Callable[[Peer, ConnectionClosed], None], tasks: Tasks
    ) -> None:
        """`endings` reads the application's log; `end` ends a connection."""
        self._peers = peers
        self._endings = endings
        self._end = end
        self._tasks = tasks
        self._judging: set[str] = set()

    def advance(self, stream: str, head: int) -> None:
        """Read what came up to `head` for the connections that stand on the stream."""
        if stream not in self._judging and self._behind(stream, head):
            self._judging.add(stream)
            self._tasks.start(self._judge(stream, head), f"footing-{stream}")

    def _behind(self, stream: str, head: int) -> tuple[Peer, ...]:
        return tuple(peer for peer in self._peers.standing_on(stream) if peer.stands_at < head)

    async def _judge(self, stream: str, head: int) -> None:
        try:
            while behind := self._behind(stream, head):
                after = min(peer.stands_at for peer in behind)
                endings = await self._endings(stream, after)
                for peer in self._peers.standing_on(stream):
                    self._apply(peer, after, head, endings)
        except Exception:  # noqa: BLE001 - the edge to the application: the next look at the heads tries again
            _log.exception("reading stream %s failed", stream)
        finally:
            self._judging.discard(stream)

    def _apply(self, peer: Peer, after: int, head: int, endings: Sequence[Ending]) -> None:
        if peer.stands_at < after:
            return
        for ending in endings:
            if ending.number > peer.stands_at and ending.login in (None, peer.connection.login):
                self._end(peer, ConnectionClosed(ending.code, None))
                return
        peer.stands_at = max(peer.stands_at, head)
