"""One continuous stream out of many: how a slot keeps its numbers growing while its publisher changes.

Pure arithmetic; time comes in. Sequence numbers are extended (they do not wrap) until they are written.
"""

from collections.abc import Callable

from .vp8 import Vp8Descriptor

_TIMESTAMP = 1 << 32


class StreamRewriter:
    """Maps sequence numbers and timestamps of the current source onto those of the slot."""

    __slots__ = ("_at", "_clock_rate", "_first", "highest", "sequence_offset", "timestamp", "timestamp_offset")

    def __init__(self, clock_rate: int, first_sequence: int, first_timestamp: int) -> None:
        """Start below 2**15, so that libsrtp at the other end does not guess a wrap (RFC 3711, 3.3.1)."""
        self._clock_rate = clock_rate
        self._at: float | None = None
        self._first = 0
        self.highest = first_sequence - 1
        self.timestamp = first_timestamp
        self.sequence_offset = self.timestamp_offset = 0

    def switch(self, sequence: int, timestamp: int, now: float) -> None:
        """Go on with another source, whose packet `sequence` (extended) at `timestamp` follows what was sent last.

        The timestamp moves on by the time that has passed, so that a player neither waits nor hurries.
        """
        elapsed = 0 if self._at is None else max(1, round((now - self._at) * self._clock_rate))
        self._first = sequence
        self.sequence_offset = self.highest + 1 - sequence
        self.timestamp_offset = (self.timestamp + elapsed - timestamp) % _TIMESTAMP

    def map(self, sequence: int, timestamp: int, now: float) -> tuple[int, int] | None:
        """The slot's extended sequence number and timestamp; None for a packet from before the switch."""
        if sequence < self._first:
            return None
        mapped = sequence + self.sequence_offset
        mapped_timestamp = (timestamp + self.timestamp_offset) % _TIMESTAMP
        if mapped > self.highest:
            self.highest = mapped
            self.timestamp = mapped_timestamp
            self._at = now
        return mapped, mapped_timestamp

    def source_sequence(self, mapped: int) -> int | None:
        """The current source's number of what went out as `mapped` (16 bits); None if it was another source's."""
        extended = self.highest - ((self.highest - mapped) & 0xFFFF)
        sequence = extended - self.sequence_offset
        return sequence if sequence >= self._first else None


class Vp8Rewriter:
    """Maps picture ids and TL0PICIDX of the current source onto those of the slot (RFC 7741, 4.2)."""

    __slots__ = ("_picture_id", "_picture_id_offset", "_tl0", "_tl0_offset")

    def __init__(self, first_picture_id: int, first_tl0: int) -> None:
        self._picture_id, self._tl0 = first_picture_id - 1, first_tl0 - 1
        self._picture_id_offset = self._tl0_offset = 0

    def switch(self, descriptor: Vp8Descriptor) -> None:
        """Go on with another source, whose keyframe has this descriptor."""
        self._picture_id_offset = self._picture_id + 1 - descriptor.picture_id
        self._tl0_offset = self._tl0 + 1 - descriptor.tl0

    def write(self, descriptor: Vp8Descriptor, payload: bytearray, start: int, *, newest: bool) -> None:
        """Write the slot's numbers into a payload that begins at `start`; `newest` if no later packet was sent."""
        if bits := descriptor.picture_id_bits:
            picture_id = (descriptor.picture_id + self._picture_id_offset) & ((1 << bits) - 1)
            at = start + descriptor.picture_id_offset
            if bits == 15:
                payload[at] = 0x80 | picture_id >> 8
                payload[at + 1] = picture_id & 0xFF
            else:
                payload[at] = picture_id
            if newest:
                self._picture_id = picture_id
        if descriptor.tl0_offset >= 0:
            tl0 = (descriptor.tl0 + self._tl0_offset) & 0xFF
            payload[start + descriptor.tl0_offset] = tl0
            if newest:
                self._tl0 = tl0


def random_start(random_below: Callable[[int], int]) -> tuple[int, int]:
    """A first sequence number below 2**15 and a first timestamp, from a source of randomness (RFC 3550, 5.1)."""
    return 1 + random_below((1 << 15) - 2), random_below(_TIMESTAMP)
