"""Who gets a layer's packets. The packet path: nothing here waits.

What is the same for several viewers is worked out once: by temporal layer (`thinning.py`), and by the ids of their
extensions (`heads.py`). What is left for one viewer, `departures.py` does.
"""

from typing import Protocol

from .departures import Departure
from .outgoing import OutgoingStream
from .rtp import RtpPacket
from .thinning import ThinnedStream


class Follower(Protocol):
    """Whoever waits for a packet with which it can begin, or change its temporal layer."""

    def turn(self, packet: RtpPacket, newest: int, now: float) -> None:
        """Begin or change with this packet, if it allows for it."""


class Fanout:
    """The viewers of one layer.

    turning: who looks at each packet with which one can begin, until it has what it waits for.
    """

    __slots__ = ("_thinned", "turning")

    def __init__(self) -> None:
        self._thinned: list[tuple[ThinnedStream, list[OutgoingStream]]] = []
        self.turning: list[Follower] = []

    @property
    def is_watched(self) -> bool:
        """Whether anybody gets this layer, or waits for it."""
        return bool(self._thinned or self.turning)

    def thinned(self, temporal: int, packet: RtpPacket, newest: int) -> ThinnedStream:
        """The stream up to a temporal layer that has a number for `packet`. newest: the newest of the layer so far."""
        for source, _ in self._thinned:
            if source.temporal == temporal and source.number_of(packet.extended) is not None:
                return source
        return ThinnedStream(temporal, packet.extended, newest)

    def add(self, stream: OutgoingStream, source: ThinnedStream) -> None:
        """Send a slot what `source` lets through."""
        for each, streams in self._thinned:
            if each is source:
                streams.append(stream)
                return
        self._thinned.append((source, [stream]))

    def remove(self, stream: OutgoingStream) -> None:
        """Send a slot nothing more. What nobody follows is not numbered any more either."""
        for place, (_, streams) in enumerate(self._thinned):
            if stream in streams:
                streams.remove(stream)
                if not streams:
                    del self._thinned[place]
                return

    def forward(self, packet: RtpPacket, newest: int, now: float) -> None:
        """Hand out a packet. newest: the newest number of the layer before it."""
        picture, is_late = packet.picture, packet.extended <= newest
        if self.turning and (picture is None or picture.starts_frame):
            for follower in tuple(self.turning):
                follower.turn(packet, newest, now)
        if is_late:
            for _, streams in self._thinned:
                for stream in streams:
                    stream.send_late(packet, now)
            return
        for source, streams in self._thinned:
            if source.take(packet, now):
                streams[0].path.departures.add(streams, Departure(packet, source, now))
