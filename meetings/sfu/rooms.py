"""Rooms: who is here and who is shown where. Knows no process and no controller."""

import logging
from collections.abc import Callable
from itertools import count

from .connection import Connection
from .messages import (
    Notification,
    PeerGone,
    Permissions,
    RoomState,
    Source,
    SpeakersChanged,
    TrackMuted,
    TrackPublished,
)
from .negotiation import SMALL, VOICES
from .peers import Peer
from .publishing import Track
from .selection import Lineup, Stage, choose
from .speakers import SpeakerBoard

logger = logging.getLogger(__name__)

CALM_TICKS, RESTING_TICKS = 2, 10
"""How often the clock comes to a peer that has nothing to wait for, and to one that only watches, on a line at ease."""
MEASURE_TICKS, FEEDBACK_TICKS, REPORT_TICKS = 20, 2, 20
"""How often each peer is measured, told when its packets came, and sent reports, of which that is a part then."""

Notify = Callable[[Notification], None]


class Room:
    """The peers of a room, in order of joining."""

    def __init__(self, name: str, notify: Notify) -> None:
        self.name, self.notify = name, notify
        self.peers: dict[str, Peer] = {}
        self.speakers = SpeakerBoard(VOICES)
        self._lineup = Lineup(SMALL + 1)  # the small slots and the large one
        self._speaking: tuple[str, ...] = ()
        self._dominant: str | None = None
        self._shown: Stage | None = None
        self._turns: set[str] = set()
        """Viewers whose slots are filled anew when the clock comes to them."""
        self._phases = count()

    def seat(self, name: str, permissions: Permissions) -> Peer:
        """The peer of that name, newly allowed; made if there is none."""
        peer = self.peers.get(name)
        if peer is None:
            peer = self.peers[name] = Peer(name, self, permissions, next(self._phases))
        elif permissions.version >= peer.permissions.version:
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
            self.speakers.fell_silent(peer.name)
        for viewer in self.peers.values():
            if viewer.connection is not None:
                viewer.connection.viewer.drop(track)
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
            cameras=self._lineup.settle(self._live(Source.CAMERA), self.speakers.spoke_at),
            screens=tuple(name for _, name in sorted(screens)),
            dominant=self.speakers.dominant,
        )

    def reassign_all(self, now: float) -> None:
        """Fill the slots of every viewer anew."""
        stage = self._shown = self._stage()
        self._turns.clear()
        for peer in self.peers.values():
            self._reassign(peer, stage, now)

    def reassign(self, peer: Peer, now: float) -> None:
        """Fill the slots of one viewer anew."""
        self._reassign(peer, self._stage(), now)

    def _reassign(self, peer: Peer, stage: Stage, now: float) -> None:
        if peer.connection is None or not peer.is_served:
            return
        viewer = peer.connection.viewer
        chosen = choose(peer.name, stage, peer.wanted, viewer.shown())
        tracks = {slot.name: self._track(chosen[slot.name], slot.source) for slot in viewer.slots}
        viewer.choose(tracks, stage.cameras, peer.wanted, now)

    def _track(self, publisher: str | None, source: Source) -> Track | None:
        return self.peers[publisher].track(source) if publisher in self.peers else None

    def layers_changed(self, track: Track, now: float) -> None:
        """A layer has begun to flow or ceased to: let those who are shown the track have the right one."""
        for peer in self.peers.values():
            if peer.connection is not None and peer.connection.viewer.shows(track):
                peer.connection.viewer.settle(now)

    def watch_over(self, now: float) -> None:
        """Do what the clock demands for the room as a whole, every tick.

        When somebody else speaks, each viewer is shown it at the viewer's own step of the tick: all at once would hold
        everybody's packets.
        """
        self.speakers.settle(self._live(Source.MICROPHONE), now)
        stage = self._stage()
        if stage != self._shown:
            self._shown = stage
            self._turns = set(self.peers)
        self._tell_speakers(now)

    def can_wait(self, peer: Peer, tick: int) -> bool:
        """Whether the clock may leave out a peer: it comes to each of them every tick while something is late, being
        repaired, tried or shown anew, otherwise more rarely."""
        turn = tick + peer.phase
        if turn % RESTING_TICKS == 0 or peer.name in self._turns:
            return False
        return peer.is_resting or (turn % CALM_TICKS != 0 and peer.is_calm)

    def look_after(self, peer: Peer, tick: int, now: float) -> None:
        """Do what the clock demands for one peer; what is needed more rarely, not for all in the same tick."""
        if peer.name in self._turns and self._shown is not None:
            self._turns.remove(peer.name)
            self._reassign(peer, self._shown, now)
        turn = tick + peer.phase
        self._nudge(peer, now)
        if turn % MEASURE_TICKS == 0:
            self._measure(peer, now)
        if peer.connection is not None and turn % REPORT_TICKS == 0:
            peer.connection.send_reports(now)
        elif peer.connection is not None and turn % FEEDBACK_TICKS == 0:
            peer.connection.send_feedback()
        peer.tell_slots()
        peer.tell_line()

    def _measure(self, peer: Peer, now: float) -> None:
        """Measure what a peer publishes, and fit what it receives to its tiles and its line; a few peers a tick."""
        if peer.connection is not None:
            for track in peer.connection.tracks.values():
                track.measure(now)
            peer.connection.viewer.settle(now)

    def _nudge(self, peer: Peer, now: float) -> None:
        """Send keyframe requests that are due."""
        if peer.connection is None:
            return
        peer.connection.keep_up(now)
        for slot in peer.connection.news.waiting:
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
