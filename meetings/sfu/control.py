"""The worker's end of the control interface: several controllers at once, each asks, all are told."""

import asyncio
import logging

from . import wire
from .channel import ControlChannel, ControlRefusedError, accept_channel
from .limits import Drop
from .messages import Command, Notification, RefusalCode, Refused, Reply
from .worker import Worker

logger = logging.getLogger(__name__)

HELLO_TIMEOUT_S = 5.0
MAX_STRANGERS = 16  # connections that have not proved anything yet
MAX_BACKLOG = 24 << 20
"""Bytes a controller may be behind, more than the longest answer, before it is cut off; it attaches again."""


class ControlServer:
    """Listens for controllers and lets them command a worker."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._server: asyncio.Server | None = None
        self._channels: set[ControlChannel] = set()
        self._strangers = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._worker: Worker | None = None

    async def open(self, host: str, port: int, worker: Worker) -> int:
        """Begin to listen; returns the port."""
        self._worker = worker
        self._server = await asyncio.start_server(self._accept, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Cut all connections and wait for their tasks."""
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def notify(self, notification: Notification) -> None:
        """Tell every controller. One that does not keep up is cut off."""
        frame = wire.encode(notification)
        for channel in tuple(self._channels):
            if channel.backlog > MAX_BACKLOG:
                logger.warning("controller cut off: it does not keep up")
                channel.abort()
                self._channels.discard(channel)
            else:
                channel.send(frame)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is None or self._worker is None or self._strangers >= MAX_STRANGERS:
            writer.transport.abort()
            return
        self._tasks.add(task)
        try:
            await self._attend(reader, writer, self._worker)
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _attend(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, worker: Worker) -> None:
        self._strangers += 1
        try:
            async with asyncio.timeout(HELLO_TIMEOUT_S):
                channel = await accept_channel(reader, writer, self._secret)
        except (OSError, EOFError, TimeoutError) as error:
            worker.counters[Drop.CONTROL_REFUSED] += 1
            logger.warning("controller refused: %s", error)
            writer.transport.abort()
            return
        finally:
            self._strangers -= 1
        self._channels.add(channel)
        try:
            await self._serve(channel, worker)
        except ControlRefusedError as error:
            worker.counters[Drop.CONTROL_REFUSED] += 1
            logger.warning("controller cut off: %s", error)
        except (OSError, EOFError):
            logger.info("controller left")
        finally:
            self._channels.discard(channel)
            channel.abort()

    async def _serve(self, channel: ControlChannel, worker: Worker) -> None:
        while True:
            frame = await channel.receive()
            number: int | None = None
            try:
                number, command = wire.decode(frame, wire.COMMANDS)
            except wire.MalformedMessageError as error:
                worker.counters[Drop.CONTROL_MALFORMED] += 1
                reply: Reply = Refused(RefusalCode.MALFORMED.value, str(error))
                number = wire.request_id(frame)
            else:
                reply = _carry_out(worker, command)
            if number is not None:
                channel.send(wire.encode(reply, number))
                await channel.drain()


def _carry_out(worker: Worker, command: Command) -> Reply:
    try:
        return worker.handle(command)
    except Exception:  # an edge: a mistake in one command must not cut off the controller
        logger.exception("command %s failed", type(command).__name__)
        return Refused(RefusalCode.INTERNAL.value, "the command failed; the worker's log says why")
