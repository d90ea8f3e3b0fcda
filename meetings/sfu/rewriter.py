"""One continuous stream out of many: how a slot keeps its numbers growing while its publisher or its layer changes.

Pure arithmetic; time comes in. Sequence numbers are extended (they do not wrap) until they are written.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .rtp import RtpPacket
from .thinning import ThinnedStream
from .vp8 import Vp8Descriptor

_TIMESTAMP = 1 << 32
_SPANS = 32  # changes of the temporal layer within one layer: what came before so many is not asked for any more


@dataclass(slots=True)
class _Span:
    """From the layer's number `first` on, to which the slot gave `mapped`, `source` was followed with these offsets."""

    first: int
    mapped: int
    source: ThinnedStream
    sequence_offset: int
    picture_offset: int


class LateNumbers(NamedTuple):
    """What was kept for a packet that comes late: its sequence number, and what its picture id is moved by. is_empty:
    its picture is left out, so that only the number is to be filled."""

    sequence: int
    picture_offset: int
    is_empty: bool


class StreamRewriter:
    """The numbers of one slot, as offsets to those of the thinned stream that it follows.

    The offsets change only when another stream is followed: between two changes all that is left to do for a packet is
    to add them.
    """

    __slots__ = (
        "_at",
        "_clock_rate",
        "_highest",
        "_octets",
        "_packets",
        "_picture_id",
        "_source",
        "_spans",
        "_timestamp",
        "_tl0",
        "picture_offset",
        "sequence_offset",
        "timestamp_offset",
        "tl0_offset",
    )

    def __init__(self, clock_rate: int, first: tuple[int, int], first_picture_id: int = 0, first_tl0: int = 0) -> None:
        """Begin with the sequence number and the timestamp `first`; the former below 2**15, so that libsrtp at the
        other end does not guess a wrap (RFC 3711, 3.3.1)."""
        self._clock_rate = clock_rate
        self._at: float | None = None
        self._highest, self._timestamp = first[0] - 1, first[1]
        self.sequence_offset = self.timestamp_offset = self.picture_offset = self.tl0_offset = 0
        self._picture_id, self._tl0 = first_picture_id - 1, first_tl0 - 1
        self._packets = self._octets = 0
        self._source: ThinnedStream | None = None
        self._spans: list[_Span] = []

    @property
    def highest(self) -> int:
        """The highest sequence number that was given out."""
        return self._highest if self._source is None else self._source.number + self.sequence_offset

    @property
    def timestamp(self) -> int:
        """The timestamp of the newest packet."""
        if self._source is None or not self._source.packets:
            return self._timestamp
        return self._source.timestamp + self.timestamp_offset & 0xFFFFFFFF

    @property
    def counts(self) -> tuple[int, int]:
        """How many packets were given a number, and how many octets of payload they had, since the beginning."""
        if self._source is None:
            return self._packets, self._octets
        return self._packets + self._source.packets, self._octets + self._source.octets

    def follow(self, source: ThinnedStream, packet: RtpPacket, now: float) -> bool:
        """Go on with another layer, whose packet `packet` follows what was sent last; False when `source` has no number
        for that packet.

        `source` has not taken it yet. The timestamp moves on by the time that has passed, so that a player neither
        waits nor hurries.
        """
        numbered = source.number_of(packet.extended)
        if numbered is None:
            return False
        self.leave()
        elapsed = 0 if self._at is None else max(1, round((now - self._at) * self._clock_rate))
        number, moved = numbered
        self.sequence_offset = self._highest + 1 - number
        self.timestamp_offset = (self._timestamp + elapsed - packet.timestamp) % _TIMESTAMP
        picture = packet.picture
        if picture is not None:
            self.picture_offset = self._picture_id + 1 - (picture.picture_id + moved)
            self.tl0_offset = self._tl0 + 1 - picture.tl0
        self._spans.clear()
        self._begin(source, packet.extended, self._highest + 1)
        return True

    def retune(self, source: ThinnedStream, packet: RtpPacket) -> None:
        """Go on with another thinned stream of the same layer from `packet` on, its newest, as if nothing had changed.

        Neither stream has taken it yet.
        """
        before = self._source
        if before is None:
            return
        mapped = packet.extended + before.sequence_offset + self.sequence_offset
        picture_offset = self.picture_offset + before.picture_offset - source.picture_offset
        self.leave()
        self._highest = mapped - 1  # what is missing before it keeps its numbers
        self.sequence_offset = mapped - packet.extended - source.sequence_offset
        self.picture_offset = picture_offset
        self._begin(source, packet.extended, mapped)

    def _begin(self, source: ThinnedStream, first: int, mapped: int) -> None:
        self._source = source
        self._packets -= source.packets
        self._octets -= source.octets
        self._spans.append(_Span(first, mapped, source, self.sequence_offset, self.picture_offset))
        del self._spans[:-_SPANS]

    def leave(self) -> None:
        """Follow nothing, and remember where the numbers stand."""
        source = self._source
        if source is None:
            return
        self._highest, self._timestamp = self.highest, self.timestamp
        self._packets, self._octets = self.counts
        self._source = None
        if source.packets:
            self._at = source.at
        if source.picture_id is not None:
            self._picture_id = source.picture_id + self.picture_offset & 0x7FFF
        if source.tl0 is not None:
            self._tl0 = source.tl0 + self.tl0_offset & 0xFF

    def late(self, packet: RtpPacket) -> LateNumbers | None:
        """What was kept for a packet that comes late; None when it is from before the switch, or too old."""
        span = next((each for each in reversed(self._spans) if each.first <= packet.extended), None)
        numbered = span.source.number_of(packet.extended) if span is not None else None
        if span is None or numbered is None:
            return None
        self._packets += 1
        self._octets += packet.size
        is_empty = span.source.has_left_out(packet)
        return LateNumbers(numbered[0] + span.sequence_offset, numbered[1] + span.picture_offset, is_empty)

    def source_of(self, mapped: int) -> tuple[int, int] | None:
        """The current source's number of what went out as `mapped` (16 bits), and its picture id's offset.

        None if it was another source's, or if it is too long ago.
        """
        highest = self.highest
        extended = highest - ((highest - mapped) & 0xFFFF)
        span = next((each for each in reversed(self._spans) if each.mapped <= extended), None)
        found = span.source.source_of(extended - span.sequence_offset) if span is not None else None
        if span is None or found is None or found[0] < span.first:
            return None
        return found[0], found[1] + span.picture_offset

    def write_picture(self, picture: Vp8Descriptor, offset: int, payload: bytearray, start: int) -> None:
        """Write the slot's picture id, which is moved by `offset`, and TL0PICIDX into a payload that begins at `start`
        (RFC 7741, 4.2)."""
        at = picture.picture_id_offset
        picture_id = picture.picture_id + offset
        if picture.picture_id_bits == 15:
            payload[start + at], payload[start + at + 1] = 0x80 | picture_id >> 8 & 0x7F, picture_id & 0xFF
        elif picture.picture_id_bits:
            payload[start + at] = picture_id & 0x7F
        if picture.tl0_offset >= 0:
            payload[start + picture.tl0_offset] = picture.tl0 + self.tl0_offset & 0xFF


def random_start(random_below: Callable[[int], int]) -> tuple[int, int]:
    """A first sequence number below 2**15 and a first timestamp, from a source of randomness (RFC 3550, 5.1)."""
    return 1 + random_below((1 << 15) - 2), random_below(_TIMESTAMP)
