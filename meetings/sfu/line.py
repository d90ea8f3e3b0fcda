"""What a viewer's line takes: by how long packets wait on it, by the loss that it reports, by its own word. Pure.

The rules are those of Google's congestion control (draft-ietf-rmcat-gcc, 5.5 and 6) with a plain measure of delay. Loss
alone, at a steady few per cent as on a bad radio link, is no reason to send less.
"""

from .rtcp import ReportBlock

TOO_MUCH_LOSS = 0.10
TOO_MUCH_ON_A_CALM_LINE = 0.30
"""Where nothing waits, losses come from the air and not from too much being sent."""
CALM_KNOWN_S = 2.0
REACT_S = 0.5
HOLD_S = 4.0
GROWTH_PER_S = 1.6
LONG_QUEUE_S, SHORT_QUEUE_S = 0.080, 0.030
"""How long packets wait on the line: more than the first is too much is being sent, less than the second is calm."""
LASTING_S = 0.2
"""A keyframe makes a queue too, for a moment."""
BACK_OFF = 0.85
AHEAD = 1.15
"""An estimate runs no further ahead of what is really sent: nothing is known of the rest."""
AHEAD_BPS = 20_000.0
LEAST_BPS = 50_000.0


FEWEST = 100
"""Packets: of fewer than these, no share is worked out. Two of ten say nothing about a line."""


class LossGauge:
    """The share of packets lost lately, over all streams of one viewer."""

    __slots__ = ("_expected", "_known", "_lost")

    def __init__(self) -> None:
        self._known: dict[int, tuple[int, int]] = {}
        self._expected = self._lost = 0

    def take(self, blocks: tuple[ReportBlock, ...]) -> float | None:
        """Read a report; None until there is enough to tell."""
        for block in blocks:
            highest, before = self._known.get(block.ssrc, (block.highest, block.lost))
            self._known[block.ssrc] = block.highest, block.lost
            news = (block.highest - highest) & 0xFFFFFFFF
            if 0 < news < 0x8000:
                self._expected += news
                self._lost += min(max(block.lost - before, 0), news)
        if self._expected < FEWEST:
            return None
        share = self._lost / self._expected
        self._expected = self._lost = 0
        return share


class LineEstimate:
    """Bits a second that a viewer's line takes; None while nothing is known of it."""

    __slots__ = ("_at", "_calm_at", "_cut_at", "_limit", "_long_since", "_remb")

    def __init__(self) -> None:
        self._remb: float | None = None
        self._limit: float | None = None
        self._cut_at = self._calm_at = self._at = -1e9
        self._long_since: float | None = None

    @property
    def bps(self) -> float | None:
        """The estimate."""
        if self._limit is None or self._remb is None:
            return self._remb if self._limit is None else self._limit
        return min(self._remb, self._limit)

    def remb_came(self, bps: int) -> None:
        """Take the viewer's own estimate."""
        self._remb = max(float(bps), LEAST_BPS)

    def loss_came(self, share: float, sent_bps: float, now: float) -> None:
        """Take the share of packets lost lately, while `sent_bps` were sent."""
        is_calm = now - self._calm_at < CALM_KNOWN_S
        if share > (TOO_MUCH_ON_A_CALM_LINE if is_calm else TOO_MUCH_LOSS):
            if now - self._cut_at >= REACT_S:
                self._cut(min(sent_bps, self.bps or sent_bps) * (1 - 0.5 * share), now)
        elif now - self._cut_at >= HOLD_S:
            self._grow(sent_bps, now)
        self._at = now

    def queue_came(self, queue_s: float, arrived_bps: float, sent_bps: float, now: float) -> None:
        """Take how long packets wait on the line, and at which rate they leave it."""
        if queue_s <= LONG_QUEUE_S:
            self._long_since = None
            if queue_s < SHORT_QUEUE_S:
                self._calm_at = now
                if now - self._cut_at >= REACT_S:
                    self._grow(sent_bps, now)
        elif self._long_since is None:
            self._long_since = now
        elif now - self._long_since >= LASTING_S and now - self._cut_at >= REACT_S + min(queue_s, REACT_S):
            self._cut(BACK_OFF * min(arrived_bps, sent_bps), now)
        self._at = now

    def _cut(self, bps: float, now: float) -> None:
        self._limit = max(bps, LEAST_BPS)
        self._cut_at = now

    def _grow(self, sent_bps: float, now: float) -> None:
        if self._limit is None:
            return
        grown = self._limit * GROWTH_PER_S ** min(now - self._at, 5.0)
        self._limit = max(self._limit, min(grown, AHEAD * sent_bps + AHEAD_BPS))
        if self._remb is not None and self._limit >= self._remb:
            self._limit = None
