"""The line to one viewer: what is heard of it, what it is believed to take, and what follows for its pictures."""

from .ladder import ALLOWANCE, Allowance, Ladder, Rung
from .limits import Counters
from .line import LineEstimate, LossGauge
from .probing import Prober, ProbeState
from .resending import ResendBudget
from .rtcp import ReportBlock, to_ntp

USUAL_RTT_S = 0.1
"""Taken for the round trip until the first report."""
LONGEST_RTT_S = 2.0
VOICES_BPS = 60_000.0
"""One voice with its headers, and a second one now and then: sound is never given up, so every rung takes it."""
_RATE_S = 0.5
LONGEST_TICK_S = 0.2
AT_EASE_S, LOSS_AT_EASE = 0.02, 0.02
"""Of waiting: a quarter of what makes the estimate fall. Of loss: less than what does."""
_FORGET_LOSS_S = 5.0


class RateMeter:
    """A rate over the last moments, from a count that only grows."""

    __slots__ = ("_at", "_count", "bps")

    def __init__(self) -> None:
        self._at: float | None = None
        self._count = 0
        self.bps = 0.0

    def settle(self, octets: int, now: float) -> None:
        """Take the count as it stands; the rate is renewed a few times a second."""
        if self._at is None:
            self._at, self._count = now, octets
        elif now - self._at >= _RATE_S:
            self.bps = 8 * (octets - self._count) / (now - self._at)
            self._at, self._count = now, octets


class ViewerLine:
    """One viewer's line. `settle` it on the clock; everything else is told as it comes."""

    def __init__(self, counters: Counters) -> None:
        self.estimate, self.ladder, self.prober = LineEstimate(), Ladder(), Prober()
        self.budget = ResendBudget()
        self.rtt_s, self._has_rtt = USUAL_RTT_S, False
        self.loss = self.queue_s = 0.0
        self.sent = RateMeter()
        self._gauge = LossGauge()
        self._counters = counters
        self._loss_at = self._settled_at = -1e9
        self._sent_octets = 0
        self._credit = 0.0

    @property
    def rung(self) -> Rung:
        """How far down the viewer stands."""
        return self.ladder.rung

    @property
    def is_probing(self) -> bool:
        """Whether padding is being sent to try the line."""
        return self.prober.state is ProbeState.PROBING

    @property
    def is_at_ease(self) -> bool:
        """Whether it takes all that is wanted, nothing is being tried, and hardly anything waits or gets lost on it."""
        is_even = self.queue_s < AT_EASE_S and self.loss < LOSS_AT_EASE
        return is_even and self.rung is Rung.ALL and not self.is_probing

    @property
    def allowance(self) -> Allowance:
        """What the line lets through."""
        return ALLOWANCE[self.ladder.rung]

    def figures(self) -> dict[str, int]:
        """How the line stands, for operators; see messages.PeerState."""
        figures = {
            "sent_bps": round(self.sent.bps),
            "queue_ms": round(1000 * self.queue_s),
            "lost_down_permille": round(1000 * self.loss),
        }
        if self._has_rtt:
            figures["rtt_ms"] = round(1000 * self.rtt_s)
        estimate = self.estimate.bps
        return figures if estimate is None else {**figures, "estimate_bps": round(estimate)}

    def reported(self, blocks: tuple[ReportBlock, ...], now: float, wall_now: float) -> None:
        """Take the viewer's report on what we send. wall_now: seconds since 1970, the clock of our sender reports."""
        for block in blocks:
            if block.last_sender_report:
                at = to_ntp(wall_now) >> 16 & 0xFFFFFFFF
                rtt_s = ((at - block.last_sender_report - block.delay) & 0xFFFFFFFF) / 65536
                if rtt_s < LONGEST_RTT_S:
                    self.rtt_s += (rtt_s - self.rtt_s) / 4
                    self._has_rtt = True
        share = self._gauge.take(blocks)
        if share is not None:
            self.loss, self._loss_at = share, now
            self.estimate.loss_came(share, self.sent.bps, now)

    def queued(self, queue_s: float, arrived_bps: float, now: float) -> None:
        """Take how long pictures wait on the line, and at which rate they arrive; voices come on top."""
        self.queue_s = queue_s
        self.estimate.queue_came(queue_s, arrived_bps + VOICES_BPS, self.sent.bps, now)

    def settle(self, needs: tuple[float, ...], sent_octets: int, now: float) -> bool:
        """Choose the rung and the padding; True when the rung has changed. needs: bits a second of each rung."""
        self.sent.settle(sent_octets, now)
        if now - self._loss_at > _FORGET_LOSS_S:
            self.loss = 0.0
        estimate, before, failed = self.estimate.bps, self.ladder.rung, self.prober.failed
        if estimate is not None:  # otherwise there is nothing to compare them with
            needs = tuple(each + VOICES_BPS for each in needs)
        was_probing = self.prober.state is ProbeState.PROBING
        self.ladder.settle(estimate, needs, now, is_tried=was_probing)
        target = self.prober.settle(estimate, self.ladder.wanted_bps(needs), self.loss, now)
        if self.prober.state is ProbeState.PROBING and not was_probing:
            self._counters["probes_begun"] += 1
        if self.prober.failed > failed:
            self._counters["probes_failed"] += 1
        self.budget.follow(estimate)
        self._owe(target, sent_octets, now)
        return self.ladder.rung is not before

    def _owe(self, target_bps: float | None, sent_octets: int, now: float) -> None:
        """Keep account of what the target lets through and what went, padding of the last time included."""
        passed, self._settled_at = min(now - self._settled_at, LONGEST_TICK_S), now
        went, self._sent_octets = sent_octets - self._sent_octets, sent_octets
        if target_bps is None:
            self._credit = 0.0
            return
        bound = target_bps * LONGEST_TICK_S / 8
        self._credit = min(max(self._credit + target_bps * passed / 8 - went, -bound), bound)

    @property
    def padding_due(self) -> int:
        """How many bytes of padding are to be sent before `settle` is called again."""
        return max(0, int(self._credit))
