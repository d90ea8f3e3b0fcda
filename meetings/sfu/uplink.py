"""How many of its camera's layers a publisher's line takes, by how late its packets come. Pure; time comes in.

A browser needs a second or two to find out that its line has become worse. For so long its large layers fill the queue
in front of the line, where the small one and the voice wait and are lost. Here it is seen sooner, the page pauses the
large layers, and they come back one at a time.
"""

from collections.abc import Iterable

LATE_S = 0.150
"""Beyond the shortest way lately. A keyframe takes less, and a queue in a home router more."""
LASTING_S = 0.150
"""So long it must last: a line that stops for a moment and then gives everything back is no smaller one."""
TRIAL_LASTING_S = 0.6
"""The same while a larger layer is being tried: it begins with a keyframe, and nobody is shown it yet."""
TRIED_S = 2.0
WINDOW_S = 10.0
UNLIKELY_S = 5.0
FIRST_TRIAL_S, LONGEST_TRIAL_S = 4.0, 16.0
TOO_SOON_S = 8.0


class Lateness:
    """How much later than at best the packets of one stream come. Look at it on the clock, many times a second."""

    __slots__ = ("_before", "_clock_rate", "_first", "_lately", "_received", "_since")

    def __init__(self, clock_rate: int) -> None:
        self._clock_rate = clock_rate
        self._first = self._received = 0
        self._since: float | None = None
        self._lately = self._before = 0.0

    def look(self, way: int, received: int, now: float) -> float | None:
        """Seconds; None when nothing new has come. way: of the last packet, the time of its arrival less its
        timestamp, in units of the stream's clock, of which only differences mean anything (32 bits). received: packets
        since the beginning."""
        if received == self._received:
            return None
        self._received = received
        seen = (((way - self._first + 0x80000000) & 0xFFFFFFFF) - 0x80000000) / self._clock_rate
        if self._since is None or abs(seen - self._lately) > UNLIKELY_S:  # the first one, or another clock
            self._first, self._since = way, now
            self._lately = self._before = seen = 0.0
        elif now - self._since > WINDOW_S:
            self._before, self._lately, self._since = self._lately, seen, now
        self._lately = min(self._lately, seen)
        return seen - min(self._lately, self._before)


class Uplink:
    """What a publisher's line takes of one track. highest: the rank of the largest layer that may be sent."""

    __slots__ = ("_late_since", "_raised_at", "_top", "_trial_s", "highest")

    def __init__(self, layers: int) -> None:
        self.highest = self._top = max(layers - 1, 0)
        self._late_since: float | None = None
        self._raised_at = -1e9
        self._trial_s = FIRST_TRIAL_S

    @property
    def is_late(self) -> bool:
        """Whether everything that came lately was late."""
        return self._late_since is not None

    def settle(self, late: Iterable[float], now: float) -> bool:
        """Take how late the layers are of which something came; True when the larger ones are to be given up now."""
        least = min(late, default=None)
        if least is None:
            return False
        if least < LATE_S:
            self._late_since = None
            self._raise(now)
            return False
        self._late_since = now if self._late_since is None else self._late_since
        is_trial = self._late_since - self._raised_at < TRIED_S
        if self.highest == 0 or now - self._late_since < (TRIAL_LASTING_S if is_trial else LASTING_S):
            return False
        soon = now - self._raised_at < TOO_SOON_S
        self._trial_s = min(2 * self._trial_s, LONGEST_TRIAL_S) if soon else FIRST_TRIAL_S
        self.highest, self._raised_at = 0, now
        return True

    def _raise(self, now: float) -> None:
        """One layer more, when nothing has been late for a while."""
        if self.highest < self._top and now - self._raised_at >= self._trial_s:
            self.highest += 1
            self._raised_at = now
