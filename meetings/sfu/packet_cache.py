"""The recent packets of one incoming layer: NACKs of all its viewers are answered from here. Pure; time comes in."""

from .rtp import RtpPacket

CAPACITY = 512
"""Packets: a power of two. About three seconds of a large camera picture."""
KEPT_S = 1.0
"""A viewer that has not asked within this plays on without."""
LOOKS = 8
"""So many times within that span it is looked for what is too old: not with every packet."""


class PacketCache:
    """A ring by extended sequence number: at most `capacity` packets (a power of two), each for `kept_s` and then for
    another eighth of that at most, while packets come."""

    __slots__ = ("_at", "_capacity", "_kept_s", "_look_at", "_newest", "_oldest", "_ring")

    def __init__(self, capacity: int = CAPACITY, kept_s: float = KEPT_S) -> None:
        self._capacity, self._kept_s = capacity, kept_s
        self._ring: list[RtpPacket | None] = [None] * capacity
        self._at = [0.0] * capacity
        self._oldest = self._newest = -1
        self._look_at = 0.0

    def put(self, packet: RtpPacket, now: float) -> None:
        """Keep a packet by its `extended` number; one that is a whole ring older than the newest is not kept."""
        sequence = packet.extended
        if sequence == self._newest + 1 and sequence - self._oldest < self._capacity and self._newest >= 0:
            self._newest = sequence  # nearly always
        elif self._newest < 0:
            self._oldest = self._newest = sequence
        elif sequence > self._newest:
            self._make_room(sequence)
        elif sequence <= self._newest - self._capacity:
            return
        elif sequence < self._oldest:
            self._oldest = sequence
        place = sequence % self._capacity
        self._ring[place] = packet
        self._at[place] = now
        if now >= self._look_at:
            self._look_at = now + self._kept_s / LOOKS
            self.expire(now)

    def _make_room(self, sequence: int) -> None:
        """Empty the places of numbers that were skipped: they hold packets of the round before."""
        for skipped in range(max(self._newest + 1, sequence - self._capacity + 1), sequence):
            self._ring[skipped % self._capacity] = None
        self._newest = sequence
        self._oldest = max(self._oldest, sequence - self._capacity + 1)

    def expire(self, now: float) -> None:
        """Forget what is too old; the newest packet too, when nothing has followed it."""
        ring, capacity, limit = self._ring, self._capacity, now - self._kept_s
        while self._oldest <= self._newest:
            place = self._oldest % capacity
            if ring[place] is not None and self._at[place] >= limit:
                return
            ring[place] = None
            self._oldest += 1

    def get(self, sequence: int) -> RtpPacket | None:
        """A packet by its extended number, if it is still here."""
        packet = self._ring[sequence % self._capacity]
        return packet if packet is not None and packet.extended == sequence else None

    def latest(self) -> RtpPacket | None:
        """The newest packet, if it is still here."""
        return self.get(self._newest) if self._newest >= 0 else None

    def __len__(self) -> int:
        return sum(packet is not None for packet in self._ring)
