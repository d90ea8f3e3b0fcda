"""What was sent lately in a voice slot, as it went out, to be sent once more on demand.

Browsers have no retransmission stream for Opus, so a lost voice packet comes again under its own number. Under GCM
the same number must never carry other bytes: the encrypted datagram itself is kept, and nothing is encrypted twice.
"""

KEPT = 32
"""Packets of 20 ms: a power of two. What is older than half a second has been concealed long ago."""


class SentVoices:
    """A ring of datagrams by the slot's 16-bit sequence number."""

    __slots__ = ("_datagrams", "_numbers")

    def __init__(self) -> None:
        self._numbers = [-1] * KEPT
        self._datagrams = [b""] * KEPT

    def keep(self, number: int, datagram: bytes) -> None:
        """Keep a datagram."""
        place = number % KEPT
        self._numbers[place], self._datagrams[place] = number, datagram

    def get(self, number: int) -> bytes | None:
        """The datagram of that number, if it is still here."""
        place = number % KEPT
        return self._datagrams[place] if self._numbers[place] == number else None
