"""Finding out whether a line takes more than it is sent, with padding. Pure; time comes in.

A viewer's estimate is held near one and a half times what arrives: on a small layer it never grows far enough for a
large one. Padding up to the estimate, and no further, lets it grow by itself; a line that does not take it answers
with a lower estimate or with loss, and is left alone for a while, twice as long each time.
"""

from enum import Enum

CALM_S = 1.5
STUCK_S = 3.0
DROP = 0.90
FIRST_PAUSE_S, LONGEST_PAUSE_S = 3.0, 8.0
HEADROOM = 1.2
TOO_MUCH_LOSS = 0.08
"""More than was lost before the probe: a share of packets."""


class ProbeState(Enum):
    """What a prober is doing."""

    IDLE = "idle"
    PROBING = "probing"
    PAUSING = "pausing"


class Prober:
    """Decides how much is to be sent to one viewer in all, padding included."""

    __slots__ = ("_best", "_best_at", "_calm_since", "_last", "_loss_before", "_pause_s", "_until", "failed", "state")

    def __init__(self) -> None:
        self.state = ProbeState.IDLE
        self.failed = 0
        self._best = self._last = 0.0
        self._best_at = self._calm_since = self._until = -1e9
        self._loss_before = 0.0
        self._pause_s = FIRST_PAUSE_S

    def settle(self, estimate_bps: float | None, wanted_bps: float | None, loss: float, now: float) -> float | None:
        """Say how many bits a second are to be sent in all; None: no padding.

        wanted_bps: what the next better arrangement of pictures takes; None when there is no better one. loss: the
        share lost lately.
        """
        if estimate_bps is None or wanted_bps is None:
            self._idle(estimate_bps or 0.0, now)
            return None
        if self.state is ProbeState.PROBING:
            self._watch(estimate_bps, loss, now)
        elif self.state is ProbeState.PAUSING and now >= self._until:
            self.state = ProbeState.IDLE
        self._note(estimate_bps, now)
        if self.state is ProbeState.IDLE and now - self._calm_since >= CALM_S:
            self.state = ProbeState.PROBING
            self._best, self._best_at, self._loss_before = estimate_bps, now, loss
        return min(estimate_bps, wanted_bps * HEADROOM) if self.state is ProbeState.PROBING else None

    def _idle(self, estimate_bps: float, now: float) -> None:
        self.state, self._pause_s = ProbeState.IDLE, FIRST_PAUSE_S
        self._note(estimate_bps, now)

    def _note(self, estimate_bps: float, now: float) -> None:
        """Padding begins only when the estimate has not fallen for a moment."""
        if estimate_bps < self._last * 0.98:
            self._calm_since = now
        self._last = estimate_bps

    def _watch(self, estimate_bps: float, loss: float, now: float) -> None:
        if estimate_bps > self._best:
            self._best, self._best_at = estimate_bps, now
        fell = estimate_bps < DROP * self._best
        if fell or loss > self._loss_before + TOO_MUCH_LOSS or now - self._best_at > STUCK_S:
            self.state = ProbeState.PAUSING
            self.failed += 1
            self._until = now + self._pause_s
            self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)
