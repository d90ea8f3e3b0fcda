"""A controller's end of the control interface: one connection to one media worker, kept up and re-attached."""

import asyncio
import itertools
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from . import wire
from .channel import ControlChannel, ControlRefusedError, open_channel
from .messages import (
    Allow,
    Answered,
    CloseRoom,
    Command,
    EndSource,
    Join,
    Leave,
    Notification,
    Permissions,
    Refused,
    Reply,
    RestartIce,
    Snapshot,
    Source,
    TakeSnapshot,
    Wanted,
    Watch,
)

logger = logging.getLogger(__name__)

REPLY_TIMEOUT_S = 5.0
RETRY_FIRST_S = 0.1
RETRY_LONGEST_S = 0.5
"""A worker that was started anew is found within this: its people are waiting to hear each other again."""


class WorkerUnavailableError(ConnectionError):
    """The worker cannot be reached now, or went away before it answered."""


class CommandRefusedError(Exception):
    """The worker refused a command; `code` is one of `messages.RefusalCode`."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(f"{refused.code}: {refused.message}")
        self.code = refused.code


@dataclass(frozen=True, slots=True)
class WorkerAttached:
    """The connection stands; `snapshot` is the state from which the notifications that follow go on.

    A `snapshot.boot` other than the last one means that the worker was started anew and holds no seats.
    """

    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class WorkerDetached:
    """The connection to the worker is lost; the client is trying again."""


Listener = Callable[[Notification | WorkerAttached | WorkerDetached], None]


class WorkerClient:
    """Talks to one media worker. Use as an asynchronous context manager, or `start` and `stop` it.

    `listener` is called in the event loop, in order, for every notification and every change of attachment. It must
    not block. What it raises is logged and goes no further.
    """

    def __init__(self, host: str, port: int, secret: bytes, listener: Listener) -> None:
        self._host, self._port, self._secret = host, port, secret
        self._listener = listener
        self._task: asyncio.Task[None] | None = None
        self._channel: ControlChannel | None = None
        self._attached = asyncio.Event()
        self._is_stopping = False
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Reply]] = {}

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def start(self) -> None:
        """Begin to connect; returns at once."""
        self._is_stopping = False
        self._task = asyncio.create_task(self._keep_up(), name="media worker client")

    async def stop(self) -> None:
        """Close the connection and wait for the end of the task."""
        if self._task is None:
            return
        self._is_stopping = True
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self._task = None

    @property
    def is_attached(self) -> bool:
        """Whether commands can be sent now."""
        return self._attached.is_set()

    async def wait_attached(self) -> None:
        """Wait until commands can be sent."""
        await self._attached.wait()

    async def join(self, room: str, peer: str, grant: str, sdp_offer: str) -> str:
        """Seat a peer; returns the SDP answer. Raises CommandRefusedError or WorkerUnavailableError, as all do."""
        return await self._negotiate(Join(room, peer, grant, sdp_offer))

    async def restart_ice(self, room: str, peer: str, sdp_offer: str) -> str:
        """Renew a seated peer's ICE credentials; returns the SDP answer."""
        return await self._negotiate(RestartIce(room, peer, sdp_offer))

    async def allow(self, room: str, peer: str, permissions: Permissions) -> None:
        """Replace what a peer may publish, at once."""
        await self._ask(Allow(room, peer, permissions))

    async def end_source(self, room: str, peer: str, source: Source) -> None:
        """Say that a peer's page has stopped a source, so that nobody waits for its silence."""
        await self._ask(EndSource(room, peer, source))

    async def leave(self, room: str, peer: str) -> None:
        """Unseat a peer; no error when it is not there."""
        await self._ask(Leave(room, peer))

    async def close_room(self, room: str) -> None:
        """Unseat everybody; no error when there is no such room."""
        await self._ask(CloseRoom(room))

    async def watch(self, room: str, peer: str, wanted: Wanted) -> None:
        """Say what a viewer's page shows."""
        await self._ask(Watch(room, peer, wanted))

    async def snapshot(self) -> Snapshot:
        """Ask for rooms, peers, slots and counters as they stand."""
        reply = await self._ask(TakeSnapshot())
        if not isinstance(reply, Snapshot):
            raise ControlRefusedError(f"a snapshot was asked, {type(reply).__name__} came")
        return reply

    async def _negotiate(self, command: Join | RestartIce) -> str:
        reply = await self._ask(command)
        if not isinstance(reply, Answered):
            raise ControlRefusedError(f"an answer was asked, {type(reply).__name__} came")
        return reply.sdp_answer

    async def _ask(self, command: Command) -> Reply:
        if self._channel is None or not self.is_attached:
            raise WorkerUnavailableError("the media worker is not attached")
        return await self._exchange(self._channel, command)

    async def _exchange(self, channel: ControlChannel, command: Command) -> Reply:
        number = next(self._numbers)
        waiting: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        try:
            channel.send(wire.encode(command, number))
            async with asyncio.timeout(REPLY_TIMEOUT_S):
                reply = await waiting
        except TimeoutError as error:
            raise WorkerUnavailableError("the media worker did not answer in time") from error
        finally:
            del self._waiting[number]
        if isinstance(reply, Refused):
            raise CommandRefusedError(reply)
        return reply

    async def _keep_up(self) -> None:
        pause = RETRY_FIRST_S
        while True:
            try:
                async with asyncio.timeout(REPLY_TIMEOUT_S):
                    channel = await open_channel(self._host, self._port, self._secret)
            except OSError as error:
                level = logging.WARNING if isinstance(error, ControlRefusedError) else logging.DEBUG
                logger.log(level, "media worker %s:%s not reached: %s", self._host, self._port, error)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_LONGEST_S)
                continue
            pause = RETRY_FIRST_S
            try:
                await self._attend(channel)
            finally:
                channel.abort()
            await asyncio.sleep(pause)

    async def _attend(self, channel: ControlChannel) -> None:
        """Attach, then hand out replies and notifications until the connection ends."""
        reading = asyncio.create_task(self._read(channel), name="media worker client reader")
        try:
            snapshot = await self._exchange(channel, TakeSnapshot())
            if isinstance(snapshot, Snapshot):
                self._channel = channel
                self._attached.set()
                self._tell(WorkerAttached(snapshot))
                await reading
        except (OSError, EOFError, wire.MalformedMessageError, CommandRefusedError) as error:
            logger.warning("media worker %s:%s detached: %s", self._host, self._port, error)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)
            was_attached, self._channel = self.is_attached, None
            self._attached.clear()
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(WorkerUnavailableError("the media worker went away"))
            if was_attached and not self._is_stopping:
                self._tell(WorkerDetached())

    async def _read(self, channel: ControlChannel) -> None:
        kinds = {**wire.REPLIES, **wire.NOTIFICATIONS}
        try:
            while True:
                number, message = wire.decode(await channel.receive(), kinds)
                if number is None:
                    self._tell(message)
                elif (waiting := self._waiting.get(number)) and not waiting.done():
                    waiting.set_result(message)
        finally:
            for waiting in self._waiting.values():
                if not waiting.done():
                    waiting.set_exception(WorkerUnavailableError("the media worker went away"))

    def _tell(self, message: Notification | WorkerAttached | WorkerDetached) -> None:
        try:
            self._listener(message)
        except Exception:  # an edge: a listener's mistake must not cut the connection for everybody else
            logger.exception("listener failed on %s", type(message).__name__)
