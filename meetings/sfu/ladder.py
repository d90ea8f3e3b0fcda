"""What a viewer is shown as the line gets worse, and how it comes back: one rung at a time, without flapping. Pure.

The order is the point: sound is never given up, the large picture last, the small ones first.
"""

from dataclasses import dataclass
from enum import IntEnum


class Rung(IntEnum):
    """How far down a viewer stands. The names are those that the page has words for."""

    ALL = 0
    FEWER = 1
    SMALLER = 2
    ONE = 3
    SOUND = 4


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a rung lets through. small: how many small pictures; large: the highest layer of the large picture and of
    the screen (0 the smallest, 2 the largest, -1 none at all)."""

    small: int
    large: int


ALLOWANCE = {
    Rung.ALL: Allowance(small=8, large=2),
    Rung.FEWER: Allowance(small=3, large=2),
    Rung.SMALLER: Allowance(small=2, large=1),
    Rung.ONE: Allowance(small=0, large=0),
    Rung.SOUND: Allowance(small=0, large=-1),
}

FALL_S = 0.25
"""One estimate below what is needed may be a mistake; two are not."""
RISE_HEADROOM = 1.15
FIRST_RISE_S, LONGEST_RISE_S = 1.0, 4.0
TOO_SOON_S = 15.0


class Ladder:
    """One viewer's rung."""

    __slots__ = ("_enough_since", "_rise_s", "_risen_at", "_short_since", "rung")

    def __init__(self) -> None:
        self.rung = Rung.ALL
        self._short_since: float | None = None
        self._enough_since: float | None = None
        self._rise_s = FIRST_RISE_S
        self._risen_at = -1e9

    def settle(
        self, estimate_bps: float | None, needs: tuple[float, ...], now: float, *, is_tried: bool = True
    ) -> Rung:
        """Choose the rung. needs: the bits a second that each rung takes, the first one first. is_tried: as much as the
        estimate says is really being sent, padding included; a higher rung is reached in no other way."""
        if estimate_bps is None:
            return self.rung
        if estimate_bps < needs[self.rung] and self.rung is not Rung.SOUND:
            self._enough_since = None
            self._short_since = now if self._short_since is None else self._short_since
            if now - self._short_since >= FALL_S:
                self._fall(estimate_bps, needs, now)
            return self.rung
        self._short_since = None
        enough = estimate_bps >= RISE_HEADROOM * needs[self.rung - 1]
        if self.rung is Rung.ALL or not (enough and is_tried):
            self._enough_since = None
            return self.rung
        self._enough_since = now if self._enough_since is None else self._enough_since
        if now - self._enough_since >= self._rise_s:
            self.rung = self._next(needs)
            self._risen_at, self._enough_since = now, None
        return self.rung

    def _next(self, needs: tuple[float, ...]) -> Rung:
        """The next better rung; of several that take the same, the best."""
        return next(rung for rung in Rung if needs[rung] <= needs[self.rung - 1])

    def _fall(self, estimate_bps: float, needs: tuple[float, ...], now: float) -> None:
        lower = (rung for rung in Rung if rung > self.rung and needs[rung] <= estimate_bps)
        self.rung = next(lower, Rung.SOUND)
        self._short_since = None
        soon = now - self._risen_at < TOO_SOON_S
        self._rise_s = min(2 * self._rise_s, LONGEST_RISE_S) if soon else FIRST_RISE_S

    def wanted_bps(self, needs: tuple[float, ...]) -> float | None:
        """What the next better rung takes; None on the best one."""
        return needs[self._next(needs)] if self.rung is not Rung.ALL else None
