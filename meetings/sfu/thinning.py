"""A layer's packets up to one temporal layer, numbered without gaps: worked out once, for all viewers that get them.

What is left out on purpose leaves no gap. What is lost before us does, of its own size: a viewer asks for it again.
"""

from bisect import bisect_right
from collections import deque

from .rtp import RtpPacket
from .vp8 import Vp8Descriptor

_SPANS = 256  # of the numbers that were given out lately: a late or repeated packet is still found
_LEFT_OUT = 64  # pictures: more than come while a packet is late


class ThinnedStream:
    """One layer without the temporal layers above `temporal`. Sequence numbers are extended (they do not wrap).

    Each packet that is left out moves the offsets of all later ones, and begins a span of source numbers, so that a
    packet that comes late, or is asked for again, has the number that was kept for it.

    number, timestamp, at: of the newest packet that was not left out, and when it came. picture_id, tl0: of its
    picture; None while there was none that is numbered. packets, octets: how many were not left out.
    """

    __slots__ = (
        "_left_out",
        "_picture_offsets",
        "_span_offsets",
        "_spans",
        "at",
        "number",
        "octets",
        "packets",
        "picture_id",
        "picture_offset",
        "sequence_offset",
        "temporal",
        "timestamp",
        "tl0",
    )

    def __init__(self, temporal: int, first: int, newest: int) -> None:
        """Begin with the packet `first`. newest: the newest of the layer so far; what comes late before it was kept."""
        self.temporal, self.number = temporal, newest
        self.sequence_offset = self.picture_offset = 0
        self.timestamp, self.at = 0, 0.0
        self.picture_id: int | None = None
        self.tl0: int | None = None
        self.packets = self.octets = 0
        self._left_out: deque[int] = deque(maxlen=_LEFT_OUT)
        self._spans, self._span_offsets, self._picture_offsets = [first], [0], [0]

    def take(self, packet: RtpPacket, now: float) -> bool:
        """Number the layer's next packet, which is its newest; False when it is left out."""
        sequence = packet.extended
        picture = packet.picture
        if picture is not None:
            if picture.temporal > self.temporal:
                self._leave_out(sequence, picture)
                return False
            if picture.picture_id_bits:
                self.picture_id = picture.picture_id + self.picture_offset
            if picture.tl0_offset >= 0:
                self.tl0 = picture.tl0
        self.number = sequence + self.sequence_offset
        self.timestamp, self.at = packet.timestamp, now
        self.packets += 1
        self.octets += packet.size
        return True

    def _leave_out(self, sequence: int, picture: Vp8Descriptor) -> None:
        self.sequence_offset -= 1
        if not self._left_out or picture.picture_id != self._left_out[-1]:
            self._left_out.append(picture.picture_id)
            self.picture_offset -= 1
        if self._spans[-1] == sequence:  # nothing was kept since the last one: the span moves on
            self._spans[-1] = sequence + 1
            self._span_offsets[-1] = self.sequence_offset
            self._picture_offsets[-1] = self.picture_offset
            return
        self._spans.append(sequence + 1)
        self._span_offsets.append(self.sequence_offset)
        self._picture_offsets.append(self.picture_offset)
        if len(self._spans) > _SPANS:
            half = _SPANS // 2
            del self._spans[:half], self._span_offsets[:half], self._picture_offsets[:half]

    def number_of(self, sequence: int) -> tuple[int, int] | None:
        """The number of a packet that came before or is late, and what its picture id is moved by; None when it is from
        before the first, or from too long ago."""
        place = bisect_right(self._spans, sequence) - 1
        if place < 0:
            return None
        return sequence + self._span_offsets[place], self._picture_offsets[place]

    def has_left_out(self, packet: RtpPacket) -> bool:
        """Whether a packet belongs to a picture of which another packet was left out: it has a number, as nobody knew
        when it was missing what it would be, but its picture has none."""
        return packet.picture is not None and packet.picture.picture_id in self._left_out

    def source_of(self, number: int) -> tuple[int, int] | None:
        """The layer's own number of what was given `number`, and what its picture id is moved by; None when too old."""
        for place in range(len(self._spans) - 1, -1, -1):
            sequence = number - self._span_offsets[place]
            if sequence >= self._spans[place]:
                return sequence, self._picture_offsets[place]
        return None
