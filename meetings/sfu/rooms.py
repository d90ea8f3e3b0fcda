"""Rooms and the seats in them: who is here, what may flow, who is shown where. Knows no process and no controller."""

import logging
from collections.abc import Callable

from .connection import Connection
from .limits import TokenBucket
from .messages import (
    Notification,
    PeerCondition,
    PeerConnected,
    PeerGone,
    PeerLost,
    PeerReturned,
    PeerState,
    Permissions,
    RoomState,
    SlotsAssigned,
    SlotState,
    Source,
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
    Wanted,
)
from .negotiation import VOICES
from .publishing import Layer, Track
from .selection import Stage, choose
from .speakers import SpeakerBoard

logger = logging.getLogger(__name__)

LOST_AFTER_S = 4.0
GONE_AFTER_S = 45.0
NEVER_CONNECTED_AFTER_S = 30.0
COMMANDS_PER_S, COMMANDS_AT_ONCE = 20, 40

Notify = Callable[[Notification], None]


class Peer:
    """A seat. It outlives the connections of the browser that holds it."""

    def __init__(self, name: str, room: "Room", permissions: Permissions) -> None:
        self.name, self.permissions = name, permissions
        self.wanted = Wanted()
        self.condition = PeerCondition.JOINING
        self.connection: Connection | None = None
        self.commands = TokenBucket(COMMANDS_PER_S, COMMANDS_AT_ONCE)
        self._room = room
        self._was_connected = False
        self._is_closed = False
        self._since = 0.0
        self._told: tuple[SlotState, ...] = ()

    def sit(self, connection: Connection, now: float) -> Connection | None:
        """Take a connection; returns the one that it replaces, which is to be closed."""
        replaced, self.connection = self.connection, None
        if replaced is not None:
            self._empty(replaced, "gone")
        if self.condition is PeerCondition.CONNECTED:
            self._room.notify(PeerLost(self._room.name, self.name, "replaced"))
        self.condition, self._since = PeerCondition.JOINING, now
        self.connection, self._is_closed = connection, False
        connection.belongs_to(self.name, self.permissions)
        return replaced

    def rise(self) -> Connection | None:
        """Give up the connection; returns it to be closed."""
        connection, self.connection = self.connection, None
        if connection is not None:
            self._empty(connection, "gone")
        return connection

    def _empty(self, connection: Connection, reason: str) -> None:
        for slot in connection.slots:
            slot.clear()
        for track in connection.tracks.values():
            self._mute(track, reason)

    def allow(self, permissions: Permissions) -> None:
        """Replace what may be published; what is no longer allowed stops with this call."""
        self.permissions = permissions
        if self.connection is None:
            return
        self.connection.belongs_to(self.name, permissions)
        for track in self.connection.tracks.values():
            if not track.allowed:
                self._mute(track, "revoked")

    def _mute(self, track: Track, reason: str) -> None:
        if track.is_live:
            track.started_at = None
            self._room.track_stopped(self, track, reason)

    # The connection's seat ----------------------------------------------------------------------------------------

    def connected(self, connection: Connection) -> None:
        """The transport stands."""
        if connection is not self.connection:
            return
        self.condition = PeerCondition.CONNECTED
        kind = PeerReturned if self._was_connected else PeerConnected
        self._was_connected = True
        self._room.notify(kind(self._room.name, self.name))
        self._room.reassign_all(connection.transport.heard_at)

    def closed(self, connection: Connection) -> None:
        """The browser closed its side: no need to wait for silence."""
        if connection is not self.connection:
            return
        self._is_closed = True
        self._empty(connection, "gone")
        if self.condition is PeerCondition.CONNECTED:
            self._lose("closed", connection.transport.heard_at)

    def track_started(self, track: Track, now: float) -> None:
        """The first packet of a source has come. Subscribers are found before it is forwarded: it may be a keyframe."""
        self._room.track_started(self, track, now)

    def layers_changed(self, now: float) -> None:
        """A source that flows has begun to come as another stream."""
        self._room.reassign_all(now)

    def voice_heard(self, level: int, now: float) -> None:
        """A packet of the microphone has come."""
        self._room.speakers.heard(self.name, level, now)

    # The clock ----------------------------------------------------------------------------------------------------

    def watch_over(self, now: float) -> str | None:
        """Look after silence; returns why the seat is to be freed, if it is."""
        if self.connection is None:
            return None
        for track in self.connection.tracks.values():
            if track.is_live and track.is_silent(now):
                self._mute(track, "silent")
        if self.condition is PeerCondition.JOINING:
            late = now - self._since > NEVER_CONNECTED_AFTER_S
            return ("lost" if self._was_connected else "never_connected") if late else None
        transport = self.connection.transport
        silent = transport.is_silent(now, LOST_AFTER_S)
        if self.condition is PeerCondition.CONNECTED and silent:
            self._lose("silence", now)
        elif self.condition is PeerCondition.LOST and not silent and not self._is_closed:
            self.condition = PeerCondition.CONNECTED
            self._room.notify(PeerReturned(self._room.name, self.name))
        return "lost" if self.condition is PeerCondition.LOST and now - self._since > GONE_AFTER_S else None

    def _lose(self, reason: str, now: float) -> None:
        self.condition, self._since = PeerCondition.LOST, now
        self._room.notify(PeerLost(self._room.name, self.name, reason))

    def track(self, source: Source) -> Track | None:
        """A source that flows now."""
        found = self.connection.tracks.get(source) if self.connection else None
        return found if found is not None and found.is_live else None

    def tell_slots(self) -> None:
        """Tell the viewer's page, if something has changed."""
        slots = self.slot_states()
        if slots != self._told:
            self._told = slots
            self._room.notify(SlotsAssigned(self._room.name, self.name, slots))

    def slot_states(self) -> tuple[SlotState, ...]:
        """The slots as they stand."""
        return tuple(slot.state() for slot in self.connection.slots) if self.connection else ()

    def state(self) -> PeerState:
        """The seat as controllers see it."""
        publishing = tuple(source for source in Source if self.track(source))
        return PeerState(self.name, self.condition, self.permissions, publishing, self.slot_states())


class Room:
    """The peers of a room, in order of joining."""

    def __init__(self, name: str, notify: Notify) -> None:
        self.name, self.notify = name, notify
        self.peers: dict[str, Peer] = {}
        self.speakers = SpeakerBoard(VOICES)
        self._speaking: tuple[str, ...] = ()
        self._dominant: str | None = None
        self._shown: Stage | None = None

    def seat(self, name: str, permissions: Permissions) -> Peer:
        """The peer of that name, newly allowed; made if there is none."""
        peer = self.peers.get(name)
        if peer is None:
            peer = self.peers[name] = Peer(name, self, permissions)
        peer.permissions = permissions
        return peer

    def unseat(self, name: str, reason: str, now: float) -> Connection | None:
        """Free a seat; returns the connection to be closed."""
        peer = self.peers.pop(name, None)
        if peer is None:
            return None
        connection = peer.rise()
        self.speakers.forget(name)
        self.notify(PeerGone(self.name, name, reason))
        self.reassign_all(now)
        return connection

    def track_started(self, peer: Peer, track: Track, now: float) -> None:
        """A source has begun to flow."""
        self.notify(TrackPublished(self.name, peer.name, track.source))
        if track.source is Source.MICROPHONE:
            self.speakers.settle(self._live(Source.MICROPHONE), now)
        self.reassign_all(now)

    def track_stopped(self, peer: Peer, track: Track, reason: str) -> None:
        """A source has stopped."""
        if track.source is Source.MICROPHONE:
            self.speakers.forget(peer.name)
        for viewer in self.peers.values():
            for slot in viewer.connection.slots if viewer.connection else ():
                if slot.source is track.source and slot.layer is not None and slot.layer.track is track:
                    slot.clear()
        self.notify(TrackMuted(self.name, peer.name, track.source, reason))

    def _live(self, source: Source) -> list[str]:
        return [name for name, peer in self.peers.items() if peer.track(source)]

    def _stage(self) -> Stage:
        screens = [
            (track.started_at or 0.0, name) for name, p in self.peers.items() if (track := p.track(Source.SCREEN))
        ]
        return Stage(
            voices=tuple(self.speakers.loudest),
            runner_up=self.speakers.runner_up,
            cameras=tuple(self._live(Source.CAMERA)),
            screens=tuple(name for _, name in sorted(screens)),
            dominant=self.speakers.dominant,
        )

    def reassign_all(self, now: float) -> None:
        """Fill the slots of every viewer anew."""
        stage = self._shown = self._stage()
        for peer in self.peers.values():
            self._reassign(peer, stage, now)

    def reassign(self, peer: Peer, now: float) -> None:
        """Fill the slots of one viewer anew."""
        self._reassign(peer, self._stage(), now)

    def _reassign(self, peer: Peer, stage: Stage, now: float) -> None:
        if peer.connection is None or peer.condition is PeerCondition.JOINING:
            return
        current = {slot.name: slot.publisher for slot in peer.connection.slots}
        chosen = choose(peer.name, stage, peer.wanted, current)
        for slot in peer.connection.slots:
            slot.assign(self._layer(chosen[slot.name], slot.source), now)

    def _layer(self, publisher: str | None, source: Source) -> Layer | None:
        track = self.peers[publisher].track(source) if publisher in self.peers else None
        return track.best_layer() if track else None

    def watch_over(self, now: float) -> list[Connection]:
        """Do what the clock demands; returns connections to be closed."""
        gone = [(name, reason) for name, peer in self.peers.items() if (reason := peer.watch_over(now))]
        freed = [self.unseat(name, reason, now) for name, reason in gone]
        self.speakers.settle(self._live(Source.MICROPHONE), now)
        if self._stage() != self._shown:
            self.reassign_all(now)
        for peer in self.peers.values():
            self._nudge(peer, now)
            peer.tell_slots()
        self._tell_speakers(now)
        return [each for each in freed if each is not None]

    def _nudge(self, peer: Peer, now: float) -> None:
        """Send keyframe requests that are due."""
        if peer.connection is None:
            return
        for slot in peer.connection.slots:
            slot.retry(now)
        for track in peer.connection.tracks.values():
            for layer in track.layers.values():
                layer.send_wanted_keyframe_request(now)

    def _tell_speakers(self, now: float) -> None:
        speaking, dominant = self.speakers.speaking(now), self.speakers.dominant
        if set(speaking) != set(self._speaking) or dominant != self._dominant:
            self._speaking, self._dominant = speaking, dominant
            self.notify(SpeakersChanged(self.name, speaking, dominant))

    def state(self) -> RoomState:
        """The room as controllers see it."""
        peers = tuple(peer.state() for peer in self.peers.values())
        return RoomState(self.name, peers, self._speaking, self._dominant)
