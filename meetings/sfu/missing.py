"""What is missing of an incoming stream, when to ask its publisher again, and when to give up. Pure; time comes in.

The asking side of the generic NACK (RFC 4585, 6.2.1). Sequence numbers are extended: they do not wrap.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait and how often to ask. Times in seconds.

    first_s: a packet that comes later than its successors is only out of order for so long. newer: this many newer
    ones end that wait. tries: how often one packet is asked for. give_up_s: after this it is of no use to a player.
    most: more than this many missing at once cannot be repaired one by one.
    """

    first_s: float
    newer: int
    tries: int
    give_up_s: float
    most: int


PICTURE = Patience(first_s=0.010, newer=3, tries=8, give_up_s=1.0, most=256)
VOICE = Patience(first_s=0.025, newer=1, tries=3, give_up_s=0.2, most=16)
"""A voice is played some 100 ms after it came: what is later than a few round trips is concealed already."""

SHORTEST_WAIT_S = 0.030
LONGEST_WAIT_S = 0.4
ASKED_AT_ONCE = 64


class _Gap:
    __slots__ = ("asked_at", "since", "tries")

    def __init__(self, since: float) -> None:
        self.since = since
        self.asked_at = 0.0
        self.tries = 0


class MissingPackets:
    """The gaps of one stream. `has_given_up` is true once something is lost for good, until `pardon` is called.

    gaps: what is missing, by number; to be looked at only.
    """

    __slots__ = ("_newest", "_patience", "asked", "gaps", "has_given_up", "lost", "repaired")

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self.gaps: dict[int, _Gap] = {}
        self._newest = -1
        self.asked = self.repaired = self.lost = 0
        self.has_given_up = False

    def __len__(self) -> int:
        return len(self.gaps)

    def arrived(self, sequence: int, now: float) -> bool:
        """Take note of a packet: those between the newest and this one are missing. True if it was asked for."""
        expected = self._newest + 1
        if sequence == expected or self._newest < 0:
            self._newest = sequence
        elif sequence > expected:
            self._skipped(expected, sequence, now)
            self._newest = sequence
        elif (gap := self.gaps.pop(sequence, None)) is not None and gap.tries:
            self.repaired += 1
            return True
        return False

    def passed(self, sequence: int) -> None:
        """Take note of the newest packet of a stream that nobody waits for: nothing of it is missing."""
        self._newest = sequence
        if self.gaps:
            self.nobody_waits()

    def _skipped(self, first: int, end: int, now: float) -> None:
        if end - first + len(self.gaps) > self._patience.most:
            self.lost += end - first + len(self.gaps)
            self.gaps.clear()
            self.has_given_up = True
            return
        for sequence in range(first, end):
            self.gaps[sequence] = _Gap(now)

    def due(self, now: float, rtt_s: float) -> list[int]:
        """The numbers to ask for now. `rtt_s`: the round trip to the publisher; an answer takes that long."""
        if not self.gaps:
            return []
        patience = self._patience
        due: list[int] = []
        again_s = min(max(1.2 * rtt_s, SHORTEST_WAIT_S), LONGEST_WAIT_S)
        for sequence, gap in list(self.gaps.items()):
            if now - gap.since >= patience.give_up_s or (gap.tries >= patience.tries and now - gap.asked_at >= again_s):
                del self.gaps[sequence]
                self.lost += 1
                self.has_given_up = True
            elif self._may_ask(sequence, gap, now, again_s) and len(due) < ASKED_AT_ONCE:
                gap.tries += 1
                gap.asked_at = now
                due.append(sequence)
        self.asked += len(due)
        return due

    def _may_ask(self, sequence: int, gap: _Gap, now: float, again_s: float) -> bool:
        if gap.tries:
            return gap.tries < self._patience.tries and now - gap.asked_at >= again_s
        return now - gap.since >= self._patience.first_s or self._newest - sequence >= self._patience.newer

    def needed_from(self, sequence: int) -> None:
        """Forget what is older than `sequence`: a keyframe begins there, and nothing before it is needed any more."""
        for older in [each for each in self.gaps if each < sequence]:
            del self.gaps[older]
        self.has_given_up = False

    def nobody_waits(self) -> None:
        """Forget all gaps: nobody is shown this stream."""
        self.gaps.clear()
        self.has_given_up = False

    def pardon(self) -> None:
        """The loss has been dealt with."""
        self.has_given_up = False
