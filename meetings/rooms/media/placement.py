"""Which media worker holds which room. Pure: what the workers tell comes in, with the worker's number.

Nobody keeps a list of rooms: a room is where its people sit, and every web worker is told of all of them. What two web
workers do not know of each other yet they decide alike, since both take the least loaded worker and break ties by the
room's name. Should they still have put one room on two workers, all of them name the same one to be given up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b

from meetings.sfu import Notification, PeerConnected, PeerGone, PeerReturned, Snapshot

EQUAL_WITHIN = 8
"""Workers whose numbers of people differ by fewer than about so many count as equally loaded: what a web worker knows
is a moment old, and all are to choose the same one."""


@dataclass
class WorkerRooms:
    """One worker as it is known. Every seat costs it about the same: what it is sent is bounded by its slots."""

    is_attached: bool = False
    boot: str | None = None
    rooms: dict[str, set[str]] = field(default_factory=dict)

    @property
    def people(self) -> int:
        """All seats."""
        return sum(map(len, self.rooms.values()))

    def sit(self, room: str, peer: str) -> None:
        """Somebody is here."""
        self.rooms.setdefault(room, set()).add(peer)

    def rise(self, room: str, peer: str) -> None:
        """Somebody is not here any more; a room ends with its last."""
        self.rooms.get(room, set()).discard(peer)
        if not self.rooms.get(room):
            self.rooms.pop(room, None)


class Placement:
    """Rooms over all workers."""

    def __init__(self, workers: int) -> None:
        """Nothing is known yet."""
        self.workers = [WorkerRooms() for _ in range(workers)]

    def place_of(self, room: str) -> int | None:
        """The worker that holds a room: of those that are attached, the one with most of its people."""
        held = [number for number, each in enumerate(self.workers) if each.is_attached and room in each.rooms]
        return max(held, key=lambda number: (len(self.workers[number].rooms[room]), -number), default=None)

    def choose(self, room: str) -> int | None:
        """The worker that holds a room or is to hold it, the least loaded one.

        None when none is attached, or when the one that holds it is away and not yet given up.
        """
        place = self.place_of(room)
        if place is not None or any(room in each.rooms for each in self.workers):
            return place
        attached = [number for number, each in enumerate(self.workers) if each.is_attached]
        return min(attached, key=lambda number: self._load(room, number), default=None)

    def _load(self, room: str, number: int) -> tuple[int, bytes]:
        tie = blake2b(f"{room} {number}".encode(), digest_size=8).digest()
        return self.workers[number].people // EQUAL_WITHIN, tie

    def attached(self, number: int, snapshot: Snapshot) -> tuple[str, ...]:
        """Take over what a worker holds; returns the rooms that it held before and has lost, by ending in between, and
        that no other worker holds."""
        worker = self.workers[number]
        before, is_anew = worker.rooms, worker.boot != snapshot.boot
        worker.is_attached, worker.boot = True, snapshot.boot
        worker.rooms = {room.room: {peer.peer for peer in room.peers} for room in snapshot.rooms if room.peers}
        return tuple(room for room in before if self.place_of(room) is None) if is_anew else ()

    def detached(self, number: int) -> None:
        """A worker cannot be reached; what it holds may go on."""
        self.workers[number].is_attached = False

    def given_up(self, number: int) -> tuple[str, ...]:
        """A worker stays away: its rooms have no place any more. Returns them; none when it came back meanwhile."""
        worker = self.workers[number]
        if worker.is_attached:
            return ()
        rooms, worker.rooms = tuple(worker.rooms), {}
        return rooms

    def take(self, number: int, told: Notification) -> None:
        """Add what a worker tells."""
        match told:
            case PeerConnected(room, peer) | PeerReturned(room, peer):
                self.workers[number].sit(room, peer)
            case PeerGone(room, peer, _):
                self.workers[number].rise(room, peer)

    def doubled(self, room: str) -> dict[int, tuple[str, ...]]:
        """Workers that hold a room which is elsewhere, with the people there: they are to come over."""
        place = self.place_of(room)
        return {
            number: tuple(each.rooms[room])
            for number, each in enumerate(self.workers)
            if number != place and each.is_attached and room in each.rooms
        }
