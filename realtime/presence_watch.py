"""Presence kept up to date by the connections of this process, and told to whoever listens."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from realtime.presence import Change, Line, Presence, Standing
from realtime.sources import Connection
from realtime.tasks import Tasks

Changed = Callable[[Change], Awaitable[None]]

_log = logging.getLogger("realtime.presence")


class PresenceWatch:
    """Presence in the channels of this process. Owns the one task that waits for grace periods to end."""

    def __init__(
        self,
        *,
        worker: str,
        clock: Callable[[], datetime],
        grace: timedelta,
        tasks: Tasks,
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        """`worker` names this process among others."""
        self._presence = Presence(clock, grace)
        self._worker = worker
        self._clock = clock
        self._tasks = tasks
        self._sleep = sleep
        self._listeners: list[Changed] = []
        self._waiting = False

    def on_changed(self, listener: Changed) -> None:
        """Call `listener` when somebody arrives, is lost, or is gone."""
        self._listeners.append(listener)

    def present(self, channel: str) -> Mapping[str, Standing]:
        """Everybody here or lost in a channel."""
        return self._presence.present(channel)

    async def arrive(self, connection: Connection, channel: str, who: str) -> None:
        """Count a connection as `who` being in a channel, until it departs or ends."""
        await self._tell([self._presence.arrive(channel, who, self._line(connection))])

    async def depart(self, connection: Connection, channel: str, who: str) -> None:
        """`who` leaves a channel on purpose with this connection."""
        await self._tell([self._presence.depart(channel, who, self._line(connection))])

    async def connection_ended(self, connection: Connection) -> None:
        """The hub's word that a connection is over."""
        changes = self._presence.lose(self._line(connection))
        if changes and not self._waiting:
            self._waiting = True
            self._tasks.start(self._expire(), "presence")
        await self._tell(changes)

    async def _expire(self) -> None:
        try:
            while (due := self._presence.next_expiry()) is not None:
                await self._sleep(max(0.0, (due - self._clock()).total_seconds()))
                await self._tell(self._presence.expire())
        finally:
            self._waiting = False

    async def _tell(self, changes: Sequence[Change | None]) -> None:
        for change in filter(None, changes):
            for listener in self._listeners:
                try:
                    await listener(change)
                except Exception:  # noqa: BLE001 - the edge to the features: one that fails must not stop the others
                    _log.exception("a listener failed on %s being %s", change.who, change.standing.state)

    def _line(self, connection: Connection) -> Line:
        return Line(self._worker, connection.sid)
