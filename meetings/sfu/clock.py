"""What is done as time passes, spread over each tick so that packets never wait for all of it."""

import asyncio
import gc
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import count

from .connection import Connection
from .peers import Peer
from .rooms import Room

logger = logging.getLogger(__name__)

TICK_S = 0.05
STEPS, PEERS_A_STEP = 5, 8
"""A tick has so many steps at most, and fewer when there is hardly anybody."""


class Clock:
    """The clock of a worker. Once a tick it looks after every room and every peer, a few at each step.

    rooms: those of the worker; an empty one is taken out. free: gets the connection of whoever has lost the seat.
    pause: waits until a moment of the loop's clock, or about then.
    """

    def __init__(
        self,
        rooms: dict[str, Room],
        free: Callable[[Connection | None], None],
        pause: Callable[[float], Awaitable[None]],
    ) -> None:
        self._rooms, self._free, self._pause = rooms, free, pause
        self._was_busy = False

    async def run(self) -> None:
        """Go on until cancelled."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        for tick in count():
            self._tidy_up()
            work = self._work(tick)
            steps = min(STEPS, max(1, len(work) // PEERS_A_STEP))
            for step in range(steps):
                _carry_out(work[step::steps])
                await self._pause(began + TICK_S * (step + 1) / steps)
            began = max(began + TICK_S, loop.time() - TICK_S)  # what was missed for long is not made up for

    def _tidy_up(self) -> None:
        """Collect what garbage there is once everybody has gone: nobody waits for a packet."""
        if self._was_busy and not self._rooms:
            gc.collect()
        self._was_busy = bool(self._rooms)

    def _work(self, tick: int) -> list[Callable[[], None]]:
        work: list[Callable[[], None]] = []
        for room in self._rooms.values():
            work.append(partial(self._watch_over, room))
            work += [partial(self._look_after, room, peer, tick) for peer in room.peers.values()]
        return work

    def _watch_over(self, room: Room) -> None:
        if room.peers:
            room.watch_over(time.monotonic())
        elif self._rooms.get(room.name) is room:
            del self._rooms[room.name]

    def _look_after(self, room: Room, peer: Peer, tick: int) -> None:
        if room.peers.get(peer.name) is not peer or room.can_wait(peer, tick):  # gone since the tick began, or calm
            return
        now = time.monotonic()
        if reason := peer.watch_over(now):
            self._free(room.unseat(peer.name, reason, now))
        else:
            room.look_after(peer, tick, now)


def _carry_out(work: list[Callable[[], None]]) -> None:
    for each in work:
        try:
            each()
        except Exception:  # an edge: trouble with one room or one peer must not stop the clock of the others
            logger.exception("a part of the tick failed")
