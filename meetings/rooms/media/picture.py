"""What the media worker has told so far, kept per room: a page that comes back is given it at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from meetings.sfu import (
    LayersWanted,
    LineChanged,
    Notification,
    PeerCondition,
    PeerConnected,
    PeerGone,
    PeerLost,
    PeerReturned,
    SlotsAssigned,
    SlotState,
    Snapshot,
    Source,
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
)
from realtime.messages import Json

_MISSED = "missed"
"""Why something is told late; pages are not told why."""

LINES = {PeerCondition.JOINING: "connecting", PeerCondition.CONNECTED: "connected", PeerCondition.LOST: "lost"}


@dataclass
class PeerPicture:
    """One person's media: how the line is, what is on, what they receive where, which of their layers are watched."""

    line: str = "connecting"
    on: set[Source] = field(default_factory=set)
    slots: tuple[SlotState, ...] = ()
    layers: dict[str, tuple[str, ...]] = field(default_factory=dict)
    shown: str = "all"
    is_weak: bool = False


@dataclass
class RoomPicture:
    """One room's media."""

    peers: dict[str, PeerPicture] = field(default_factory=dict)
    speaking: tuple[str, ...] = ()
    dominant: str | None = None

    def view(self, seat_id: str) -> dict[str, Json]:
        """The room's media as the page of one seat draws it."""
        own = self.peers.get(seat_id, PeerPicture())
        return {
            "peers": {
                peer: {
                    "line": picture.line,
                    "on": sorted(source.value for source in picture.on),
                    "is_weak": picture.is_weak,
                }
                for peer, picture in self.peers.items()
            },
            "speaking": self.speaking,
            "dominant": self.dominant,
            "slots": slots_view(own.slots),
            "layers": own.layers,
            "shown": own.shown,
        }


class MediaPicture:
    """All rooms' media, brought up to date by each notification; begun anew with each snapshot."""

    def __init__(self) -> None:
        """Nothing is known yet."""
        self._rooms: dict[str, RoomPicture] = {}

    def begin(self, snapshot: Snapshot) -> list[Notification]:
        """Take over the state of a worker that was just attached; what it has told nobody here since the last word."""
        before, self._rooms = self._rooms, _read(snapshot)
        return [
            each
            for room_id in dict.fromkeys((*before, *self._rooms))
            for each in _missed(room_id, before.get(room_id) or RoomPicture(), self.room(room_id))
        ]

    def room(self, room_id: str) -> RoomPicture:
        """What is known of a room; an empty picture of one that nobody sits in."""
        return self._rooms.get(room_id) or RoomPicture()

    def take(self, told: Notification) -> None:
        """Add one notification."""
        room = self._rooms.setdefault(told.room, RoomPicture())
        match told:
            case PeerConnected(_, peer) | PeerReturned(_, peer):
                self._peer(room, peer).line = "connected"
            case PeerLost(_, peer, _):
                self._peer(room, peer).line = "lost"
            case PeerGone(_, peer, _):
                room.peers.pop(peer, None)
                if not room.peers:
                    del self._rooms[told.room]
            case TrackPublished(_, peer, source):
                self._peer(room, peer).on.add(source)
            case TrackMuted(_, peer, source, _):
                self._peer(room, peer).on.discard(source)
            case SlotsAssigned(_, viewer, slots):
                self._peer(room, viewer).slots = slots
            case LayersWanted(_, peer, source, rids):
                self._peer(room, peer).layers[source.value] = rids
            case LineChanged(_, peer, shown, is_weak):
                self._peer(room, peer).shown = shown
                self._peer(room, peer).is_weak = is_weak
            case SpeakersChanged(_, speaking, dominant):
                room.speaking, room.dominant = speaking, dominant

    @staticmethod
    def _peer(room: RoomPicture, peer: str) -> PeerPicture:
        return room.peers.setdefault(peer, PeerPicture())


def _read(snapshot: Snapshot) -> dict[str, RoomPicture]:
    return {
        room.room: RoomPicture(
            {
                peer.peer: PeerPicture(
                    LINES[peer.condition], set(peer.publishing), peer.slots, peer.layers, peer.shown, peer.is_weak
                )
                for peer in room.peers
            },
            room.speaking,
            room.dominant,
        )
        for room in snapshot.rooms
    }


def _missed(room_id: str, before: RoomPicture, now: RoomPicture) -> Iterator[Notification]:
    """What leads from one picture of a room to the other, as a worker tells it."""
    for peer, picture in now.peers.items():
        yield from _missed_of(room_id, peer, before.peers.get(peer) or PeerPicture(), picture)
    if (before.speaking, before.dominant) != (now.speaking, now.dominant):
        yield SpeakersChanged(room_id, now.speaking, now.dominant)
    for peer in before.peers:
        if peer not in now.peers:
            yield PeerGone(room_id, peer, _MISSED)


def _missed_of(room_id: str, peer: str, before: PeerPicture, now: PeerPicture) -> Iterator[Notification]:
    if now.line not in {before.line, "connecting"}:
        is_lost = now.line == "lost"
        yield PeerLost(room_id, peer, _MISSED) if is_lost else PeerReturned(room_id, peer)
    for source in Source:
        if source in now.on - before.on:
            yield TrackPublished(room_id, peer, source)
        elif source in before.on - now.on:
            yield TrackMuted(room_id, peer, source, _MISSED)
        if (rids := now.layers.get(source.value)) is not None and rids != before.layers.get(source.value):
            yield LayersWanted(room_id, peer, source, rids)
    if before.slots != now.slots:
        yield SlotsAssigned(room_id, peer, now.slots)
    if (before.shown, before.is_weak) != (now.shown, now.is_weak):
        yield LineChanged(room_id, peer, now.shown, now.is_weak)


def slots_view(slots: tuple[SlotState, ...]) -> list[Json]:
    """Receiving slots as the page reads them: whose source arrives in which."""
    return [
        {
            "slot": slot.slot,
            "seat_id": slot.publisher,
            "source": slot.source.value if slot.source else None,
            "live": slot.live,
        }
        for slot in slots
    ]
