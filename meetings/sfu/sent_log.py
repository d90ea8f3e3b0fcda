"""What was sent to a viewer when, until its browser tells when it arrived: from both, how long the line makes it wait.

The clocks of the two sides are not the same, so the shortest way ever seen lately counts as no waiting at all.
"""

REMEMBERED = 1024
"""Packets: a power of two. One to four seconds of pictures; a report comes within a quarter of one."""
WINDOW_S = 10.0
_RATE_S = 0.25


class SentLog:
    """Numbers outgoing packets (16 bits, transport-wide) and reads what the viewer reports of them. Time comes in.

    number: of the packet that went out last. notes: by number, when it went and the length of its payload; one note
    serves all viewers of a packet.
    """

    __slots__ = (
        "_acked",
        "_arrived_from",
        "_arrived_to",
        "_before",
        "_lately",
        "_since",
        "arrived_bps",
        "notes",
        "number",
        "queue_s",
    )

    def __init__(self) -> None:
        self.number = 0
        self.notes: list[tuple[float, int] | None] = [None] * REMEMBERED
        self._lately = self._before = float("inf")
        self._since = -1e9
        self._acked = 0
        self._arrived_from = self._arrived_to = 0.0
        self.queue_s = 0.0
        self.arrived_bps = 0.0

    def sent(self, size: int, now: float) -> int:
        """Note a packet that goes out; returns its number."""
        self.number = number = self.number + 1 & 0xFFFF
        self.notes[number % REMEMBERED] = now, size
        return number

    def arrived(self, arrivals: list[tuple[int, int]], now: float) -> bool:
        """Read a report (see transport_cc.read_feedback). True when `queue_s` and `arrived_bps` tell something new."""
        newest, notes = self.number, self.notes
        ways, octets, at = list[float](), 0, 0.0
        for number, at_us in arrivals:
            place = number % REMEMBERED
            note = notes[place]
            if note is not None and (newest - number) & 0xFFFF < REMEMBERED:
                notes[place] = None
                at = at_us * 1e-6
                ways.append(at - note[0])
                octets += note[1]
        if not ways:
            return False
        self._count(octets, at)
        if now - self._since > WINDOW_S:
            self._before, self._lately, self._since = self._lately, float("inf"), now
        ways.sort()
        self._lately = min(self._lately, ways[0])
        self.queue_s = ways[len(ways) // 2] - min(self._lately, self._before)
        return True

    def _count(self, octets: int, at: float) -> None:
        """Work out the rate of arrival over a quarter of a second or more of the other side's clock. octets: of one
        report; at: when the last of them arrived."""
        if not self._arrived_from or at < self._arrived_from or at - self._arrived_to > 2.0:
            self._acked, self._arrived_from = 0, at
        elif at - self._arrived_from >= _RATE_S:
            self.arrived_bps = 8 * (self._acked + octets) / (at - self._arrived_from)
            self._acked, self._arrived_from = 0, at
        else:
            self._acked += octets
        self._arrived_to = at
