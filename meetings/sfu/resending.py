"""What a viewer may ask for again: a few times each, not twice within a round trip, and within a budget of bytes.

A NACK of 16 bytes can name 17 packets of 1,200: without a budget it would be an amplifier. Pure; time comes in.
"""

from .limits import TokenBucket

TIMES = 4
KNOWN = 1024
SHORTEST_WAIT_S = 0.010
SHARE = 0.25
"""Of a line's estimate: repairs must not take the place of what is being repaired."""
LEAST_BPS, MOST_BPS = 128_000, 2_000_000
BURST_S = 1.0


class ResendLedger:
    """How often each packet of a slot has been sent again, by its number in the slot."""

    __slots__ = ("_sent",)

    def __init__(self) -> None:
        self._sent: dict[int, tuple[int, float]] = {}

    def may_send(self, sequence: int, now: float, rtt_s: float) -> bool:
        """Whether to send it once more; counts it when so."""
        times, at = self._sent.get(sequence, (0, -1e9))
        if times >= TIMES or now - at < max(SHORTEST_WAIT_S, 0.8 * rtt_s):
            return False
        self._sent.pop(sequence, None)
        self._sent[sequence] = times + 1, now
        if len(self._sent) > KNOWN:
            del self._sent[next(iter(self._sent))]
        return True


class ResendBudget:
    """How many bytes a viewer may be sent again, over all its slots."""

    __slots__ = ("_bucket",)

    def __init__(self) -> None:
        self._bucket = _bucket(MOST_BPS)

    def follow(self, estimate_bps: float | None) -> None:
        """Let the budget be a share of what the line takes; None while that is unknown."""
        self._bucket.change(*_rates(MOST_BPS if estimate_bps is None else SHARE * estimate_bps))

    def take(self, now: float, size: int) -> bool:
        """Take `size` bytes if they are there."""
        return self._bucket.take(now, size)


def _rates(bps: float) -> tuple[float, float]:
    rate = min(max(bps, LEAST_BPS), MOST_BPS) / 8
    return rate, rate * BURST_S


def _bucket(bps: float) -> TokenBucket:
    return TokenBucket(*_rates(bps))
