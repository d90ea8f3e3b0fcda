"""One continuous stream out of many: how a slot keeps its numbers growing while its publisher or its layer changes.

Pure arithmetic; time comes in. Sequence numbers are extended (they do not wrap) until they are written.
"""

from bisect import bisect_right
from collections.abc import Callable
from struct import Struct

from .vp8 import Vp8Descriptor

_TIMESTAMP = 1 << 32
_RUNNING_NUMBERS = Struct("!HB").pack_into  # picture id and TL0PICIDX
_SPANS = 256  # of the numbers that were given out lately: a late or repeated packet is still found


class StreamRewriter:
    """Maps sequence numbers, timestamps and VP8's running numbers of the current source onto those of the slot.

    What is dropped on purpose (a temporal layer that the viewer does not get) leaves no gap: `skip` moves the offsets
    of all later packets. Each move begins a span of source numbers, so that a packet that comes late, or is asked for
    again, gets the number that was kept for it.
    """

    __slots__ = (
        "_at",
        "_clock_rate",
        "_picture_id",
        "_picture_offsets",
        "_skipped_picture",
        "_source_highest",
        "_span_offsets",
        "_spans",
        "_tl0",
        "_tl0_offset",
        "highest",
        "picture_offset",
        "sequence_offset",
        "timestamp",
        "timestamp_offset",
    )

    def __init__(self, clock_rate: int, first: tuple[int, int], first_picture_id: int = 0, first_tl0: int = 0) -> None:
        """Begin with the sequence number and the timestamp `first`; the former below 2**15, so that libsrtp at the
        other end does not guess a wrap (RFC 3711, 3.3.1)."""
        self._clock_rate = clock_rate
        self._at: float | None = None
        self.highest, self.timestamp = first[0] - 1, first[1]
        self.sequence_offset = self.timestamp_offset = self.picture_offset = self._tl0_offset = 0
        self._picture_id, self._tl0 = first_picture_id - 1, first_tl0 - 1
        self._source_highest = -1
        self._skipped_picture = -1
        self._spans: list[int] = []
        self._span_offsets: list[int] = []
        self._picture_offsets: list[int] = []

    def switch(self, sequence: int, timestamp: int, now: float, picture: Vp8Descriptor | None = None) -> None:
        """Go on with another source, whose packet `sequence` (extended) at `timestamp` follows what was sent last.

        picture: the descriptor of its first packet, for VP8. The timestamp moves on by the time that has passed, so
        that a player neither waits nor hurries.
        """
        elapsed = 0 if self._at is None else max(1, round((now - self._at) * self._clock_rate))
        self.sequence_offset = self.highest + 1 - sequence
        self.timestamp_offset = (self.timestamp + elapsed - timestamp) % _TIMESTAMP
        self._source_highest, self._skipped_picture = sequence - 1, -1
        if picture is not None:
            self.picture_offset = self._picture_id + 1 - picture.picture_id
            self._tl0_offset = self._tl0 + 1 - picture.tl0
        self._spans, self._span_offsets = [sequence], [self.sequence_offset]
        self._picture_offsets = [self.picture_offset]

    def skip(self, sequence: int, picture: Vp8Descriptor) -> bool:
        """Leave a packet out without a gap; False for one that comes late: its number is kept for it, so send it."""
        if sequence <= self._source_highest:
            return False
        self._source_highest = sequence
        self.sequence_offset -= 1
        if picture.picture_id != self._skipped_picture:
            self._skipped_picture = picture.picture_id
            self.picture_offset -= 1
        if self._spans[-1] == sequence:  # nothing was sent since the last one: the span moves on
            self._spans[-1] = sequence + 1
            self._span_offsets[-1] = self.sequence_offset
            self._picture_offsets[-1] = self.picture_offset
            return True
        self._spans.append(sequence + 1)
        self._span_offsets.append(self.sequence_offset)
        self._picture_offsets.append(self.picture_offset)
        if len(self._spans) > _SPANS:
            half = _SPANS // 2
            del self._spans[:half], self._span_offsets[:half], self._picture_offsets[:half]
        return True

    def map(self, sequence: int, timestamp: int, now: float) -> tuple[int, int, int] | None:
        """The slot's extended sequence number and timestamp and the picture id's offset; None for a packet from before
        the switch."""
        mapped_timestamp = timestamp + self.timestamp_offset & 0xFFFFFFFF
        if sequence > self._source_highest:
            self._source_highest = sequence
            self.highest = mapped = sequence + self.sequence_offset
            self.timestamp = mapped_timestamp
            self._at = now
            return mapped, mapped_timestamp, self.picture_offset
        place = bisect_right(self._spans, sequence) - 1
        if place < 0:
            return None
        return sequence + self._span_offsets[place], mapped_timestamp, self._picture_offsets[place]

    def source_of(self, mapped: int) -> tuple[int, int] | None:
        """The current source's number of what went out as `mapped` (16 bits), and its picture id's offset.

        None if it was another source's, or if it is too long ago.
        """
        extended = self.highest - ((self.highest - mapped) & 0xFFFF)
        for place in range(len(self._spans) - 1, -1, -1):
            sequence = extended - self._span_offsets[place]
            if sequence >= self._spans[place]:
                return sequence, self._picture_offsets[place]
        return None

    def write_picture(self, picture: Vp8Descriptor, offset: int, payload: bytearray, start: int, newest: bool) -> None:
        """Write the slot's picture id and TL0PICIDX into a payload that begins at `start` (RFC 7741, 4.2).

        newest: whether no later packet was sent.
        """
        at = picture.picture_id_offset
        picture_id = picture.picture_id + offset & 0x7FFF
        tl0 = picture.tl0 + self._tl0_offset & 0xFF
        if picture.picture_id_bits == 15 and picture.tl0_offset == at + 2:  # as browsers write it
            _RUNNING_NUMBERS(payload, start + at, 0x8000 | picture_id, tl0)
            if newest:
                self._picture_id, self._tl0 = picture_id, tl0
            return
        if picture.picture_id_bits == 15:
            payload[start + at], payload[start + at + 1] = 0x80 | picture_id >> 8, picture_id & 0xFF
        elif picture.picture_id_bits:
            picture_id &= 0x7F
            payload[start + at] = picture_id
        if picture.tl0_offset >= 0:
            payload[start + picture.tl0_offset] = tl0
        if newest:
            self._picture_id = picture_id if picture.picture_id_bits else self._picture_id
            self._tl0 = tl0 if picture.tl0_offset >= 0 else self._tl0


def random_start(random_below: Callable[[int], int]) -> tuple[int, int]:
    """A first sequence number below 2**15 and a first timestamp, from a source of randomness (RFC 3550, 5.1)."""
    return 1 + random_below((1 << 15) - 2), random_below(_TIMESTAMP)
