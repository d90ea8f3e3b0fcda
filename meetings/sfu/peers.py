"""Seats: who sits where, over which connection, and what may flow from there."""

from typing import TYPE_CHECKING

from .connection import Connection
from .limits import TokenBucket
from .messages import (
    LayersWanted,
    LineChanged,
    PeerCondition,
    PeerConnected,
    PeerLost,
    PeerReturned,
    PeerState,
    Permissions,
    SlotsAssigned,
    SlotState,
    Source,
    Wanted,
)
from .publishing import Track

if TYPE_CHECKING:
    from .rooms import Room

LOST_AFTER_S = 4.0
SERVED_WHILE_LOST_S = 10.0
"""A browser behind a line that has stopped one way still plays; who is not heard for longer is sent nothing more, long
before the 30 seconds after which nothing may be sent without consent (RFC 7675, 5.1)."""
GONE_AFTER_S = 45.0
NEVER_CONNECTED_AFTER_S = 30.0
COMMANDS_PER_S, COMMANDS_AT_ONCE = 20, 40


class Peer:
    """A seat. It outlives the connections of the browser that holds it.

    phase: tells its turn apart from those of the others when something is done once in so many ticks.
    """

    def __init__(self, name: str, room: "Room", permissions: Permissions, phase: int = 0) -> None:
        self.name, self.permissions, self.phase = name, permissions, phase
        self.wanted = Wanted()
        self.condition = PeerCondition.JOINING
        self.connection: Connection | None = None
        self.commands = TokenBucket(COMMANDS_PER_S, COMMANDS_AT_ONCE)
        self._room = room
        self._was_connected = False
        self._is_closed = self._is_unheard = False
        self._since = 0.0
        self._told: tuple[SlotState, ...] = ()
        self._told_line = ("all", False)

    def sit(self, connection: Connection, now: float) -> Connection | None:
        """Take a connection; returns the one that it replaces, which is to be closed."""
        replaced, self.connection = self.connection, None
        if replaced is not None:
            self._empty(replaced, "gone")
        if self.condition is PeerCondition.CONNECTED:
            self._room.notify(PeerLost(self._room.name, self.name, "replaced"))
        self.condition, self._since = PeerCondition.JOINING, now
        self.connection = connection
        self._is_closed = self._is_unheard = False
        connection.belongs_to(self.name, self.permissions)
        return replaced

    def rise(self) -> Connection | None:
        """Give up the connection; returns it to be closed."""
        connection, self.connection = self.connection, None
        if connection is not None:
            self._empty(connection, "gone")
        return connection

    def _empty(self, connection: Connection, reason: str) -> None:
        connection.viewer.clear()
        for track in connection.tracks.values():
            self._mute(track, reason)

    def allow(self, permissions: Permissions) -> None:
        """Replace what may be published, unless something newer is known; what is not allowed any more stops now."""
        if permissions.version < self.permissions.version:
            return
        self.permissions = permissions
        if self.connection is None:
            return
        self.connection.belongs_to(self.name, permissions)
        for track in self.connection.tracks.values():
            if not track.allowed:
                self._mute(track, "revoked")

    def end(self, source: Source, now: float) -> None:
        """The page has stopped a source: nobody waits for silence. What is still on its way starts nothing anew."""
        track = self.connection.tracks.get(source) if self.connection else None
        if track is not None:
            track.ended_at = now
            self._mute(track, "stopped")

    def _mute(self, track: Track, reason: str) -> None:
        if track.is_live:
            track.stop()
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
        """The first packet of a source has come. Its viewers are found before it is forwarded: it may be a keyframe."""
        self._room.track_started(self, track, now)

    def layers_changed(self, track: Track, now: float) -> None:
        """Another layer of a source has begun to flow. Its viewers are found before its first packet is forwarded."""
        self._room.layers_changed(track, now)

    def voice_heard(self, level: int, now: float) -> None:
        """A packet of the microphone has come."""
        self._room.speakers.heard(self.name, level, now)

    # The clock ----------------------------------------------------------------------------------------------------

    @property
    def is_calm(self) -> bool:
        """Whether nothing that comes or goes here needs a look many times a second."""
        return self.connection is None or self.connection.is_calm

    @property
    def is_resting(self) -> bool:
        """Whether it publishes nothing, and gets what it wants on a line at ease, as its page has been told."""
        connection = self.connection
        return connection is None or (connection.is_resting and not connection.news.has_changed)

    @property
    def is_served(self) -> bool:
        """Whether anything is to be sent there: not before its transport stands, nor to who has gone or is unheard."""
        return self.condition is not PeerCondition.JOINING and not (self._is_closed or self._is_unheard)

    def watch_over(self, now: float) -> str | None:
        """Look after silence; returns why the seat is to be freed, if it is."""
        if self.connection is None:
            return None
        for track in self.connection.tracks.values():
            self._watch_track(track, now, self.connection.waited_s)
        if self.condition is PeerCondition.JOINING:
            late = now - self._since > NEVER_CONNECTED_AFTER_S
            return ("lost" if self._was_connected else "never_connected") if late else None
        transport = self.connection.transport
        silent = transport.is_silent(now, LOST_AFTER_S)
        if self.condition is PeerCondition.CONNECTED and silent:
            self._lose("silence", now)
        elif self.condition is PeerCondition.LOST and not silent and not self._is_closed:
            self._return(now)
        elif self.condition is PeerCondition.LOST and now - self._since > SERVED_WHILE_LOST_S and not self._is_unheard:
            self._is_unheard = True
            self.connection.viewer.clear()
        return "lost" if self.condition is PeerCondition.LOST and now - self._since > GONE_AFTER_S else None

    def _return(self, now: float) -> None:
        self.condition = PeerCondition.CONNECTED
        self._room.notify(PeerReturned(self._room.name, self.name))
        if self._is_unheard:
            self._is_unheard = False
            self._room.reassign(self, now)

    def _watch_track(self, track: Track, now: float, waited_s: float) -> None:
        if not track.is_live:
            return
        if track.is_silent(now):
            self._mute(track, "silent")
            return
        if track.source is Source.MICROPHONE:  # no layers to settle, and nobody pauses a voice
            return
        if track.settle(now, waited_s):
            self._room.layers_changed(track, now)
        if track.settle_demand(now):
            self._room.notify(LayersWanted(self._room.name, self.name, track.source, track.demand.told))

    def _lose(self, reason: str, now: float) -> None:
        self.condition, self._since = PeerCondition.LOST, now
        self._room.notify(PeerLost(self._room.name, self.name, reason))

    def track(self, source: Source) -> Track | None:
        """A source that flows now."""
        found = self.connection.tracks.get(source) if self.connection else None
        return found if found is not None and found.is_live else None

    def tell_slots(self) -> None:
        """Tell the viewer's page, if something has changed."""
        if self.connection is None or not self.connection.news.take_change():
            return
        slots = self.slot_states()
        if slots != self._told:
            self._told = slots
            self._room.notify(SlotsAssigned(self._room.name, self.name, slots))

    def tell_line(self) -> None:
        """Tell how much the line takes, if that has changed."""
        line = self._line()
        if line != self._told_line:
            self._told_line = line
            self._room.notify(LineChanged(self._room.name, self.name, *line))

    def _line(self) -> tuple[str, bool]:
        if self.connection is None:
            return "all", False
        return self.connection.downlink.shown.name.lower(), self.connection.weakness.is_weak

    def slot_states(self) -> tuple[SlotState, ...]:
        """The slots as they stand."""
        return tuple(slot.state() for slot in self.connection.slots) if self.connection else ()

    def state(self) -> PeerState:
        """The seat as controllers see it."""
        publishing = tuple(source for source in Source if self.track(source))
        tracks = self.connection.tracks.values() if self.connection else ()
        layers = {track.source.value: track.demand.told for track in tracks if track.demand.told}
        line = self.connection.line_figures() if self.connection else {}
        shown, is_weak = self._line()
        slots = self.slot_states()
        return PeerState(self.name, self.condition, self.permissions, publishing, slots, layers, shown, is_weak, line)
