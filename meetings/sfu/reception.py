"""What has been received of one stream, for receiver reports (RFC 3550, 6.4.1, A.3 and A.8). Pure; time comes in."""

from .rtcp import ReportBlock, SenderReport

CLOCKS_APART_S = 2.0
"""Between what a sender says of its clock and what its packets say: more is a mistake, or a lie."""
_MAX_LOST = (1 << 23) - 1


class SenderClock:
    """What to add to a publisher's clock to get ours: the least seen, that is, the quickest way through the network.

    One for all that a publisher sends, so that its voice and its picture keep their distance.
    """

    _DRIFT_S = 0.001  # let go a little with each report, since clocks drift apart

    def __init__(self) -> None:
        self.offset_s: float | None = None

    def observe(self, sent_at: float, arrived_at: float) -> None:
        """Take a sender report: its NTP time and our time, in seconds since 1970."""
        seen = arrived_at - sent_at
        self.offset_s = seen if self.offset_s is None else min(seen, self.offset_s + self._DRIFT_S)


class Reception:
    """Counts one stream. Times in seconds, `clock_rate` in hertz."""

    __slots__ = (
        "_clock_rate",
        "_expected_before",
        "_first",
        "_highest",
        "_jitter",
        "_received_before",
        "_report",
        "_report_at",
        "_transit",
        "received",
    )

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._first = self._highest = -1
        self.received = 0
        self._expected_before = self._received_before = 0
        self._jitter = 0.0
        self._transit: int | None = None
        self._report: SenderReport | None = None
        self._report_at = 0.0

    @property
    def way(self) -> int:
        """The last packet's arrival less its timestamp, in units of the stream's clock (32 bits)."""
        return self._transit or 0

    @property
    def expected(self) -> int:
        """How many packets were sent, as far as is known."""
        return self._highest - self._first + 1 if self._first >= 0 else 0

    def arrived(self, sequence: int, timestamp: int, now: float) -> None:
        """Count a packet by its extended sequence number."""
        if sequence > self._highest:
            self._highest = sequence
            if self._first < 0:
                self._first = sequence
        self.received += 1
        before, self._transit = self._transit, (int(now * self._clock_rate) - timestamp) & 0xFFFFFFFF
        if before is not None:
            distance = (self._transit - before) & 0xFFFFFFFF
            if distance > 0x80000000:
                distance = 0x100000000 - distance
            self._jitter += (distance - self._jitter) / 16

    def agrees_with(self, report: SenderReport, now: float) -> bool:
        """Whether a sender's clock says about what its packets say: one that is seconds off would move other people's
        voices and pictures in their viewers' players."""
        if self._transit is None:
            return False
        distance = (int(now * self._clock_rate) - self._transit - report.timestamp) & 0xFFFFFFFF
        return min(distance, 0x100000000 - distance) <= CLOCKS_APART_S * self._clock_rate

    def sender_reported(self, report: SenderReport, now: float) -> None:
        """Note the sender's clock."""
        self._report, self._report_at = report, now

    def block(self, ssrc: int, now: float) -> ReportBlock:
        """The report block since the last call."""
        expected = self.expected
        lately, arrived = expected - self._expected_before, self.received - self._received_before
        self._expected_before, self._received_before = expected, self.received
        missing = max(0, lately - arrived)
        last = self._report.ntp >> 16 & 0xFFFFFFFF if self._report else 0
        return ReportBlock(
            ssrc=ssrc,
            fraction_lost=min(255, (missing << 8) // lately) if lately > 0 else 0,
            lost=max(-_MAX_LOST, min(_MAX_LOST, expected - self.received)),
            highest=max(0, self._highest) & 0xFFFFFFFF,
            jitter=min(int(self._jitter), 0xFFFFFFFF),
            last_sender_report=last,
            delay=int((now - self._report_at) * 65536) & 0xFFFFFFFF if self._report else 0,
        )
