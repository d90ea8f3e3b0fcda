"""The live channel: the only Socket.IO server, and what features and the portal see of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from realtime.admission import Admission
from realtime.asgi import AsgiApp, with_live_channel
from realtime.catch_up import CatchUp
from realtime.connections import Closed, Connections
from realtime.counters import Counters
from realtime.delivery import deliver
from realtime.engine import Engine
from realtime.footings import Footings
from realtime.frames import Frame, event_frame
from realtime.hearing import Hearing
from realtime.inbox import Handler, Inbox
from realtime.limits import Limits
from realtime.messages import (
    ConnectionCheck,
    ConnectionClosed,
    Json,
    Message,
    Push,
    StreamAdvanced,
    StreamFollow,
    StreamLeave,
)
from realtime.peers import Peer, Peers
from realtime.presence_watch import PresenceWatch
from realtime.relay import Relay
from realtime.siblings import Siblings
from realtime.sources import Authenticate, Ending, Endings, OriginCheck, StreamSource, Translate
from realtime.streams import Streams
from realtime.tasks import Tasks

_log = logging.getLogger("realtime.hub")

M = TypeVar("M", bound=Message)


def _utc_now() -> datetime:
    return datetime.now(UTC)


async def _nothing_ends(stream: str, after: int) -> tuple[Ending, ...]:
    return ()


class Hub:
    """Owns every connection of this process. Features register their messages; nothing is switched over centrally."""

    def __init__(
        self,
        *,
        authenticate: Authenticate,
        origins: OriginCheck,
        source: StreamSource,
        translate: Translate,
        endings: Endings = _nothing_ends,
        limits: Limits | None = None,
        relay: Relay | None = None,
        presence_grace: timedelta = timedelta(seconds=30),
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = _utc_now,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`relay` joins the hubs of several workers; without one this process is alone.

        `endings` reads what ends people's connections, see `Identity.footing`. `clock` counts seconds for allowances,
        `now` dates presence, `sleep` spaces frames.
        """
        self.limits = limits or Limits()
        self.counters = Counters()
        self._peers = Peers()
        self._commands = Tasks()
        self._pushing = Tasks()
        self._admission = Admission(
            authenticate=authenticate,
            origins=origins,
            translate=translate,
            limits=self.limits,
            peers=self._peers,
            counters=self.counters,
            clock=clock,
        )
        self._streams = Streams(
            source=source, limits=self.limits, counters=self.counters, tasks=self._pushing, sleep=sleep
        )
        self._connections = Connections(
            peers=self._peers, admission=self._admission, streams=self._streams, counters=self.counters
        )
        self._inbox = self._connections.inbox = Inbox(
            limits=self.limits,
            translate=translate,
            counters=self.counters,
            tasks=self._commands,
            clock=clock,
            end=self._connections.end,
        )
        self._footings = Footings(peers=self._peers, endings=endings, end=self._connections.end, tasks=self._pushing)
        self._catching_up = CatchUp(
            source=source,
            wanted=lambda: {*self._streams.followed, *self._peers.footings},
            advanced=self._advance_here,
            interval_s=self.limits.catch_up_s,
        )
        self._siblings = Siblings(relay, self.counters, self.limits, clock=clock, wall=lambda: now().timestamp())
        self.presence = PresenceWatch(
            siblings=self._siblings, clock=now, grace=presence_grace, tasks=self._pushing, sleep=sleep
        )
        self._hearing = Hearing(
            presence=self.presence,
            catching_up=self._catching_up,
            advance=self._advance_here,
            close=self._connections.close,
            unfollow=lambda principal, stream: self._streams.let_go(self._peers.of_principal(principal), stream),
            judge_anew=self._judge_anew_here,
            send=self._send_here,
        )
        self.on_closed(self.presence.connection_ended)
        self._engine = Engine(self._connections, self.limits)
        self._pushes: set[type[Push]] = {StreamAdvanced, ConnectionClosed}
        self._sending = asyncio.Lock()
        self._register_own()

    # What features register

    def on(self, message: type[M], handler: Handler[M]) -> None:
        """Register a message from the browser. Raises `ValueError` if the name is taken."""
        self._inbox.on(message, lambda peer, parsed: handler(peer.connection, parsed))

    def announces(self, *pushes: type[Push]) -> None:
        """Register pushes that a feature sends: `send` refuses others, and the protocol document lists them."""
        self._pushes.update(pushes)

    def on_closed(self, listener: Closed) -> None:
        """Call `listener` after each connection that ended, however it ended."""
        self._connections.listeners.append(listener)

    @property
    def messages(self) -> tuple[type[Message], ...]:
        """Every registered message from the browser."""
        return self._inbox.messages

    @property
    def pushes(self) -> frozenset[type[Push]]:
        """Every registered push."""
        return frozenset(self._pushes)

    # What features do

    async def send(
        self,
        push: Push,
        *,
        channel: str | None = None,
        sid: str | None = None,
        principal: str | None = None,
        everywhere: bool = True,
    ) -> None:
        """Send to every connection in a channel, to one connection, or to all of a principal: give exactly one.

        Reaches connections of every worker; of this one only if not `everywhere`, for what each worker finds out by
        itself. It is not kept: what must not be missed is an event of a stream. Raises `ValueError` for a push that
        was not announced.
        """
        targets = {"channel": channel, "sid": sid, "principal": principal}
        given = [(kind, target) for kind, target in targets.items() if target is not None]
        if len(given) != 1 or type(push) not in self._pushes:
            raise ValueError(f"{push.name}: not announced, or not exactly one recipient")
        kind, target = given[0]
        frame = event_frame(push)
        if (not await self._send_here(kind, target, frame) or kind != "sid") and everywhere:
            await self._siblings.tell(do="send", kind=kind, target=target, frame=frame.text)

    def enter(self, sid: str, channel: str) -> bool:
        """Put a connection of this process into a channel; False if it has ended."""
        peer = self._peers.by_sid.get(sid)
        if peer is None:
            return False
        self._peers.enter(peer, channel)
        return True

    def leave(self, sid: str, channel: str) -> None:
        """Take a connection out of a channel."""
        peer = self._peers.by_sid.get(sid)
        if peer is not None:
            self._peers.leave(peer, channel)

    @property
    def connection_count(self) -> int:
        """Connections of this process."""
        return len(self._peers)

    @property
    def is_joined(self) -> bool:
        """Whether the other workers are reached, or there are none."""
        return self._siblings.is_joined

    # What the portal does

    async def close_principal(self, principal_id: str, code: str = "access-changed") -> None:
        """End every connection of a principal at once, in every worker: a ban, a lost role."""
        self._connections.close("principal", principal_id, code)
        await self._siblings.tell(do="close", kind="principal", target=principal_id, code=code)

    async def close_login(self, login_id: str, code: str = "signed-out") -> None:
        """End every connection of one sign-in at once, in every worker."""
        self._connections.close("login", login_id, code)
        await self._siblings.tell(do="close", kind="login", target=login_id, code=code)

    async def close_channel(self, channel: str, code: str) -> None:
        """End every connection in a channel at once, in every worker; the same person's others stay."""
        self._connections.close("channel", channel, code)
        await self._siblings.tell(do="close", kind="channel", target=channel, code=code)

    async def unfollow(self, principal_id: str, stream: str) -> None:
        """Let a principal follow a stream no longer, in every worker: who may read it has changed.

        A page that asks again is judged anew.
        """
        self._streams.let_go(self._peers.of_principal(principal_id), stream)
        await self._siblings.tell(do="unfollow", principal=principal_id, stream=stream)

    async def judge_anew(self, principal_id: str, stream: str) -> None:
        """Have a principal's pages follow a stream anew, in every worker: what they may see of it has changed.

        They go on from the event that they saw last, and notice nothing else.
        """
        await self._judge_anew_here(principal_id, stream)
        await self._siblings.tell(do="judge_anew", principal=principal_id, stream=stream)

    async def advance(self, stream: str, head: int) -> None:
        """Tell that a stream's last event is now `head`. Call after the commit; never waits for browsers."""
        self._advance_here(stream, head)
        await self._siblings.tell(do="advance", stream=stream, head=head)

    async def catch_up(self) -> None:
        """Read every stream that matters here up to its head, as the hub does by itself every few seconds."""
        await self._catching_up.now()

    def asgi(self, other: AsgiApp) -> AsgiApp:
        """The ASGI application: ``/socket.io/`` is the hub's, everything else (lifespan too) goes to `other`."""
        return with_live_channel(self._engine.handle, self._admission.refusal_status, other)

    async def start(self) -> None:
        """Begin to accept connections."""
        await self._siblings.join(self._hearing)
        self._pushing.start(self._catching_up.run(), "catch-up")
        if not self._siblings.is_alone:
            self._pushing.start(self._siblings.beat(), "beat")
        self._admission.is_open = True

    async def stop(self, drain_s: float = 5.0) -> None:
        """Tell every browser to come back, let running commands finish for `drain_s`, end all tasks.

        Call it when the server is asked to stop and before it waits for its connections to end.
        """
        self._admission.is_open = False
        await self._siblings.part()
        await self._connections.close_all(self.limits.close_s + 1.0)
        await self._pushing.close()
        await self._commands.close(drain_s)
        await self._streams.pages.close()

    def __len__(self) -> int:
        """How many are connected to this process."""
        return len(self._peers)

    def _register_own(self) -> None:
        async def follow(peer: Peer, message: StreamFollow) -> Mapping[str, Json]:
            return await self._streams.follow(peer, message.stream, message.after)

        async def leave(peer: Peer, message: StreamLeave) -> None:
            self._streams.leave(peer, message.stream)

        async def check(peer: Peer, message: ConnectionCheck) -> None:
            """Being answered is all there is to it."""

        self._inbox.on(StreamFollow, follow)
        self._inbox.on(StreamLeave, leave)
        self._inbox.on(ConnectionCheck, check)

    def _advance_here(self, stream: str, head: int) -> None:
        self._streams.advance(stream, head)
        self._admission.note_advanced(stream, head)
        self._footings.advance(stream, head)

    async def _judge_anew_here(self, principal_id: str, stream: str) -> None:
        await self._streams.judge_anew(self._peers.of_principal(principal_id), stream)

    async def _send_here(self, kind: str, target: str, frame: Frame) -> bool:
        if kind == "sid":
            peers = tuple(filter(None, [self._peers.by_sid.get(target)]))
        elif kind == "principal":
            peers = self._peers.of_principal(target)
        else:
            peers = self._peers.in_channel(target)
        # One after the other, so that two messages reach every member of a channel in the same order.
        async with self._sending:
            await deliver(frame, peers, self.counters)
        return bool(peers)
