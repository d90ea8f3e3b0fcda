"""Following streams: replay after a gap, then coalesced frames, read and encoded once for each audience.

A frame covers the numbers after `after` up to `upto`. Frames of one audience join without a gap; a follower is let
in at a number not below the audience's own, so that what it was given and the next frame join or overlap, never
leave a hole.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from typing import NamedTuple

from realtime.counters import Counters
from realtime.delivery import deliver
from realtime.errors import StreamRefused, TooManyStreams
from realtime.frames import event_frame
from realtime.limits import Limits
from realtime.messages import Encoded, Json, Page, StreamAdvanced
from realtime.peers import Peer
from realtime.shared_pages import SharedPages
from realtime.sources import StreamSource
from realtime.tasks import Tasks

_log = logging.getLogger("realtime.streams")

_RETRY_S = (0.5, 1.0, 2.0, 5.0)


class _Audience:
    """The followers of one stream who may see the same."""

    __slots__ = ("name", "peers", "pushed", "read", "waits")

    def __init__(self, name: str, number: int) -> None:
        self.name = name
        self.peers: set[Peer] = set()
        self.read = number
        """What was read of the stream for this audience."""
        self.pushed = number
        """What the last frame covered; lower than `read` when the events since concern others only."""
        self.waits = False
        """Whether a read that failed for it is tried again after a pause."""


class _Followed:
    """A stream that somebody follows here, and how far it was told to have gone."""

    __slots__ = ("audiences", "failures", "name", "running", "target")

    def __init__(self, name: str) -> None:
        self.name = name
        self.audiences: dict[str, _Audience] = {}
        self.target = 0
        self.running = False
        self.failures = 0
        """Pauses after reads that failed, one after the other."""

    @property
    def waits(self) -> bool:
        """Whether a read that failed is tried again after a pause."""
        return any(each.waits for each in self.audiences.values())

    def behind(self) -> dict[int, dict[str, _Audience]]:
        """Who has not been read for as far as that and does not wait, by the number up to which they were; the most
        numerous first."""
        found: dict[int, dict[str, _Audience]] = {}
        for audience in sorted(self.audiences.values(), key=lambda each: -len(each.peers)):
            if audience.read < self.target and not audience.waits:
                found.setdefault(audience.read, {})[audience.name] = audience
        return found


class _Arrival:
    """Somebody on their way in, and the head that was told meanwhile."""

    __slots__ = ("told",)

    def __init__(self) -> None:
        self.told = 0


class _Missed(NamedTuple):
    """What somebody missed, as JSON by page, and the number that they have with it."""

    encoded: Sequence[str]
    upto: int


class Streams:
    """Every stream that somebody connected to this process follows."""

    def __init__(
        self,
        *,
        source: StreamSource,
        limits: Limits,
        counters: Counters,
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`sleep` spaces the frames of a busy stream."""
        self._source = source
        self.pages = SharedPages(source)
        self._limits = limits
        self._counters = counters
        self._tasks = tasks
        self._sleep = sleep
        self._followed: dict[str, _Followed] = {}
        self._arriving: dict[str, list[_Arrival]] = {}

    async def follow(self, peer: Peer, stream: str, after: int | None) -> dict[str, Json]:
        """Give a connection what it missed and let it in. Raises `StreamRefused`, `TooManyStreams`.

        `after` None starts now. The caller sends the answer without awaiting anything in between.
        """
        name = await self._source.audience(stream, peer.connection)
        if name is None:
            raise StreamRefused(stream)
        self.leave(peer, stream)
        if len(peer.streams) >= self._limits.streams:
            raise TooManyStreams(stream)
        with self._arrival(stream) as arrival:
            head = await self._source.head(stream)
            start = head if after is None else after
            missed = None
            if 0 <= head - start <= self._limits.replay:
                missed = await self._missed(stream, name, start, head, arrival)
            if missed is None:
                return {"head": head, "upto": head, "entries": [], "reload": True}
            self._let_in(peer, stream, name, missed.upto)
        return {
            "head": max(head, missed.upto),
            "upto": missed.upto,
            "entries": Encoded(f"[{','.join(missed.encoded)}]"),
            "reload": False,
        }

    def leave(self, peer: Peer, stream: str) -> None:
        """Let a connection go. Harmless if it does not follow."""
        audience = self._audience(stream, peer.streams.pop(stream, ""))
        if audience is None:
            return
        audience.peers.discard(peer)
        if not audience.peers:
            followed = self._followed[stream]
            del followed.audiences[audience.name]
            if not followed.audiences:
                del self._followed[stream]

    def let_go(self, peers: Iterable[Peer], stream: str) -> None:
        """Let several connections go."""
        for peer in peers:
            self.leave(peer, stream)

    async def judge_anew(self, peers: Iterable[Peer], stream: str) -> None:
        """Let several connections go, and have them ask again from where they stand: a frame beyond it is a gap."""
        for peer in peers:
            audience = self._audience(stream, peer.streams.get(stream, ""))
            if audience is not None:
                beyond = audience.read + 1
                self.leave(peer, stream)
                await deliver(event_frame(StreamAdvanced(stream, beyond, beyond, ())), (peer,), self._counters)

    def advance(self, stream: str, head: int) -> None:
        """Have every audience of a stream read up to `head`: the first at once, then one frame an interval."""
        for arrival in self._arriving.get(stream, ()):
            arrival.told = max(arrival.told, head)
        followed = self._followed.get(stream)
        if followed is not None:
            followed.target = max(followed.target, head)
            self._go_on(followed)

    @property
    def followed(self) -> tuple[str, ...]:
        """Every stream that somebody follows, or is about to."""
        return tuple({*self._followed, *self._arriving})

    @contextmanager
    def _arrival(self, stream: str) -> Iterator[_Arrival]:
        """Hear how far the stream goes on while somebody is on their way in: nobody else may be following it yet."""
        arrival = _Arrival()
        arrivals = self._arriving.setdefault(stream, [])
        arrivals.append(arrival)
        try:
            yield arrival
        finally:
            arrivals.remove(arrival)
            if not arrivals:
                del self._arriving[stream]

    async def _missed(self, stream: str, audience: str, start: int, head: int, arrival: _Arrival) -> _Missed | None:
        """What stands between `start` and what the audience has been given by now; None if that is too much."""
        encoded: list[str] = []
        upto = start
        while upto < max(head, arrival.told, self._given(stream, audience)):
            page = await self.pages.page(stream, audience, upto, self._limits.page, head)
            if page.upto <= upto:
                # It may have been asked for just before the event that we know of.
                page = await self._source.page(stream, audience, upto, self._limits.page)
            if page.upto <= upto:
                break
            upto = page.upto
            if page.entries:
                encoded.append(page.encoded)
            if upto - start > 2 * self._limits.replay:
                return None
        return _Missed(encoded, upto)

    def _given(self, stream: str, name: str) -> int:
        audience = self._audience(stream, name)
        return audience.read if audience is not None else 0

    def _audience(self, stream: str, name: str) -> _Audience | None:
        followed = self._followed.get(stream)
        return followed.audiences.get(name) if followed is not None else None

    def _let_in(self, peer: Peer, stream: str, name: str, number: int) -> None:
        if peer.over:
            return
        followed = self._followed.setdefault(stream, _Followed(stream))
        audience = followed.audiences.setdefault(name, _Audience(name, number))
        audience.peers.add(peer)
        peer.streams[stream] = name

    def _go_on(self, followed: _Followed) -> None:
        if not followed.running and followed.behind():
            followed.running = True
            self._tasks.start(self._push_until_target(followed), f"stream-{followed.name}")

    async def _push_until_target(self, followed: _Followed) -> None:
        try:
            while behind := followed.behind():
                pushed = [await self._push_from(followed, after, behind[after]) for after in behind]
                if not followed.waits:
                    followed.failures = 0
                if any(pushed):
                    await self._sleep(self._limits.frame_interval_s)
                elif followed.behind().keys() == behind.keys():
                    _log.warning("stream %s ends at %s, told %d", followed.name, [*behind], followed.target)
                    return
        finally:
            followed.running = False

    async def _push_from(self, followed: _Followed, after: int, audiences: Mapping[str, _Audience]) -> bool:
        """Read once for all who have the same, and give each theirs as soon as it is there; whether any got one."""
        pushed, stream = False, followed.name
        try:
            async with aclosing(self._source.pages(stream, tuple(audiences), after, self._limits.page)) as pages:
                async for name, page in pages:
                    if page.upto > after:
                        audiences[name].read = page.upto
                        pushed |= await self._push(stream, audiences[name], page)
        except Exception:  # noqa: BLE001 - the edge to the application: a database that restarts loses no frame
            self._counters.source_failures += 1
            _log.exception("reading stream %s failed", stream)
            self._try_later(followed, [each for each in audiences.values() if each.read <= after])
        return pushed

    def _try_later(self, followed: _Followed, failed: Iterable[_Audience]) -> None:
        """Have the audiences for whom it failed wait for a pause: they hold no other up."""
        is_first = not followed.waits
        for audience in failed:
            audience.waits = True
        if is_first and followed.waits:
            self._tasks.start(self._go_on_later(followed), f"stream-{followed.name}-again")

    async def _go_on_later(self, followed: _Followed) -> None:
        pause = _RETRY_S[min(followed.failures, len(_RETRY_S) - 1)]
        followed.failures += 1
        await self._sleep(pause)
        for audience in followed.audiences.values():
            audience.waits = False
        self._go_on(followed)

    async def _push(self, stream: str, audience: _Audience, page: Page) -> bool:
        # Events for others cost this audience nothing, until its number would lag so far that a return means a reload.
        if not page.entries and page.upto - audience.pushed < self._limits.replay // 2:
            return False
        push = StreamAdvanced(stream, audience.pushed, page.upto, page.entries)
        audience.pushed = page.upto
        await deliver(event_frame(push), tuple(audience.peers), self._counters)
        # Drawing many screens must not hold up who waits for an answer.
        await asyncio.sleep(0)
        return True
