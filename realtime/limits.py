"""How much one connection may ask of the portal, and how that is counted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Every bound of the live channel in one place. Times in seconds, sizes in bytes unless the name says otherwise."""

    frame_bytes: int = 65_536
    """Largest message a browser may send. Set Hypercorn's ``websocket_max_message_size`` to the same."""
    messages_burst: int = 40
    messages_per_s: float = 10.0
    """Allowance of one connection; what goes beyond is refused, not queued."""
    faults_burst: int = 20
    faults_per_s: float = 0.2
    """How many malformed, unknown or refused-as-too-many messages are answered before the connection is ended."""
    inbox: int = 32
    """Messages of one connection waiting for their turn; they are carried out one after the other."""
    outbox_frames: int = 512
    outbox_bytes: int = 1_048_576
    """What may wait for one slow reader; beyond it the connection is shed and resumes by number."""
    streams: int = 32
    """Streams that one connection may follow."""
    replay: int = 500
    """Events that are replayed after a gap; who missed more is told to load a snapshot."""
    page: int = 200
    """Events that are read from the source at once."""
    frame_interval_s: float = 0.1
    """Least time between two frames of one stream to one audience."""
    connections: int = 10_000
    visitors: int = 8_000
    """Connections without a sign-in: the rest is kept for people who have one."""
    connections_per_principal: int = 40
    connections_per_address: int = 1_000
    """A whole hall may share one. This machine's own address is not counted: it may be that of a reverse proxy."""
    connect_s: float = 10.0
    """Time to say who one is after the websocket opened."""
    command_s: float = 30.0
    """Time a handler has."""
    close_s: float = 3.0
    """Time a closing connection has to take its last message before it is cut."""
    ping_interval_s: float = 15.0
    ping_timeout_s: float = 10.0
    """A line is dead at the latest after their sum."""
    catch_up_s: float = 2.0
    """Between two looks at the heads of all streams that matter here, for what no other worker told."""
    beat_s: float = 1.0
    """Between two signs of life to the other workers."""
    silent_s: float = 5.0
    """A worker that is not heard for this long is dead."""


class Allowance:
    """A token bucket: `burst` at once, `per_s` on average. Time is passed in."""

    __slots__ = ("_at", "_burst", "_left", "_per_s")

    def __init__(self, burst: float, per_s: float, now: float) -> None:
        """Full at `now` (seconds on any steadily rising clock)."""
        self._burst = burst
        self._per_s = per_s
        self._left = burst
        self._at = now

    def take(self, now: float) -> bool:
        """Whether one more is allowed; takes it if so."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_s)
        self._at = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True
