"""All media workers as one: a room's people sit on one worker, whichever that is, and a dead worker's rooms move on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence

from meetings.rooms.media.placement import Placement
from meetings.sfu import (
    CommandRefusedError,
    Notification,
    Permissions,
    RefusalCode,
    Snapshot,
    WorkerAttached,
    WorkerClient,
    WorkerDetached,
    WorkerUnavailableError,
)

Told = Notification | WorkerAttached | WorkerDetached
Listener = Callable[[int, Told], None]
"""Called with the worker's number."""


class WorkerFleet:
    """The clients of all media workers, and what is known of their rooms. `start` and `stop` it.

    Whoever listens brings `placement` up to date, in the order of what it is told.
    """

    def __init__(self, addresses: Sequence[tuple[str, int]], secret: bytes, listener: Listener) -> None:
        """Know nothing yet of the workers at these control addresses."""
        self.placement = Placement(len(addresses))
        self._listener = listener
        self._workers = [
            WorkerClient(host, port, secret, self._ear(number)) for number, (host, port) in enumerate(addresses)
        ]

    def _ear(self, number: int) -> Callable[[Told], None]:
        return lambda told: self._listener(number, told)

    def __len__(self) -> int:
        return len(self._workers)

    def start(self) -> None:
        """Begin to attach."""
        for worker in self._workers:
            worker.start()

    async def stop(self) -> None:
        """Let go of all workers; what they forward goes on."""
        await asyncio.gather(*(worker.stop() for worker in self._workers))

    @property
    def is_whole(self) -> bool:
        """Whether every worker answers."""
        return all(worker.is_attached for worker in self._workers)

    @property
    def is_reachable(self) -> bool:
        """Whether any worker answers."""
        return any(worker.is_attached for worker in self._workers)

    async def join(self, room: str, peer: str, grant: str, sdp_offer: str) -> str:
        """Seat a peer where its room is, or on the least loaded worker; the SDP answer. Raises as the client's."""
        number = self.placement.choose(room)
        if number is None:
            raise WorkerUnavailableError("no media worker is attached")
        is_new = peer not in self.placement.workers[number].rooms.get(room, ())
        # Noted before it is so: whoever comes while we wait is to be sent to the same worker.
        self.placement.workers[number].sit(room, peer)
        try:
            return await self._workers[number].join(room, peer, grant, sdp_offer)
        except (CommandRefusedError, WorkerUnavailableError):
            if is_new:
                self.placement.workers[number].rise(room, peer)
            raise

    async def restart_ice(self, room: str, peer: str, sdp_offer: str) -> str:
        """Renew a seated peer's ICE credentials. Raises as the client's."""
        number = self.placement.place_of(room)
        if number is None:
            raise WorkerUnavailableError("the room's media worker is not attached")
        return await self._workers[number].restart_ice(room, peer, sdp_offer)

    async def allow(self, room: str, peer: str, permissions: Permissions) -> None:
        """Replace what a peer may publish, wherever it may sit. Raises as the client's."""
        await self._everywhere(worker.allow(room, peer, permissions) for worker in self._attached())

    async def leave(self, room: str, peer: str) -> None:
        """Unseat a peer, wherever it may sit."""
        await self._everywhere(worker.leave(room, peer) for worker in self._attached())

    async def close_room(self, room: str) -> None:
        """Unseat everybody, wherever the room may be."""
        await self._everywhere(worker.close_room(room) for worker in self._attached())

    def holder(self, room: str) -> WorkerClient:
        """The worker that holds a room. Raises WorkerUnavailableError when none is known to."""
        number = self.placement.place_of(room)
        if number is None:
            raise WorkerUnavailableError("no attached media worker holds the room")
        return self._workers[number]

    async def end_room_at(self, number: int, room: str) -> None:
        """Unseat everybody of a room on one worker, because it is on another one as well."""
        await self._workers[number].close_room(room)

    async def snapshots(self) -> dict[int, Snapshot]:
        """What every worker that answers says of itself, by its number."""
        numbers = [number for number, worker in enumerate(self._workers) if worker.is_attached]
        asked = (self._workers[number].snapshot() for number in numbers)
        found = await asyncio.gather(*asked, return_exceptions=True)
        return {number: each for number, each in zip(numbers, found, strict=True) if isinstance(each, Snapshot)}

    def _attached(self) -> list[WorkerClient]:
        attached = [worker for worker in self._workers if worker.is_attached]
        if not attached:
            raise WorkerUnavailableError("no media worker is attached")
        return attached

    @staticmethod
    async def _everywhere(asked: Iterable[Awaitable[None]]) -> None:
        """Ask all at once. Raises what one of them raised, unless it only does not know the peer."""
        for problem in await asyncio.gather(*asked, return_exceptions=True):
            is_unknown = isinstance(problem, CommandRefusedError) and problem.code == RefusalCode.UNKNOWN_PEER
            if isinstance(problem, BaseException) and not is_unknown:
                raise problem
