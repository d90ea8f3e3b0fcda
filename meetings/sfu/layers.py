"""What is known of a track's simulcast layers: how much each costs, and which of them anybody wants. Pure."""

from collections.abc import Iterable

TEMPORAL_LAYERS = 4  # as many as two bits can number (RFC 7741, 4.2)
MAX_RANK = 7
RELEASE_AFTER_S = 3.0
"""How long a layer that nobody wants any more goes on: people look here and there, and to start it again takes time."""


class LayerMeter:
    """Bit rate and frame rate of one layer, by temporal layer. `add` is in the packet path, the rest on the clock."""

    __slots__ = ("_at", "_bitrates", "_frame_rates", "_frames", "_octets")

    def __init__(self) -> None:
        self._octets = [0] * TEMPORAL_LAYERS
        self._frames = [0] * TEMPORAL_LAYERS
        self._bitrates: tuple[float, ...] = ()
        self._frame_rates: tuple[float, ...] = ()
        self._at: float | None = None

    def add(self, temporal: int, octets: int, *, starts_frame: bool) -> None:
        """Count a packet."""
        self._octets[temporal] += octets
        if starts_frame:
            self._frames[temporal] += 1

    def settle(self, now: float) -> None:
        """Work out the rates since the last call."""
        if self._at is not None and now > self._at:
            elapsed = now - self._at
            self._bitrates = _cumulated(self._octets, 8 / elapsed)
            self._frame_rates = _cumulated(self._frames, 1 / elapsed)
        self._at = now
        self._octets = [0] * TEMPORAL_LAYERS
        self._frames = [0] * TEMPORAL_LAYERS

    def rates(self) -> tuple[tuple[float, ...], tuple[float, ...]]:
        """Bits and frames a second, one figure per temporal layer that there is, those below included."""
        return self._bitrates, self._frame_rates


def _cumulated(counts: list[int], factor: float) -> tuple[float, ...]:
    used = max((number for number, count in enumerate(counts) if count), default=-1) + 1
    return tuple(sum(counts[: number + 1]) * factor for number in range(used))


STARVED_BELOW, STARVED_UNTIL = 0.5, 0.8
"""Of the frames a second of a smaller layer: a publisher whose line has become worse gives the larger one too few bits
for its frames, and a small smooth picture is better than a large one that jerks."""
FIRST_LOOKS, MOST_LOOKS = 2, 8
SOON_LOOKS = 15


class Smoothness:
    """Whether a layer is worth showing beside a smaller one. `settle` it once a second.

    One that was not is shown again when it has been smooth for some looks, twice as many each time that it fails soon.
    """

    __slots__ = ("_looks", "_needed", "_was_flowing", "is_starved")

    def __init__(self) -> None:
        self.is_starved = self._was_flowing = False
        self._looks, self._needed = SOON_LOOKS, FIRST_LOOKS

    def settle(self, frame_rate: float, smooth: float, *, is_flowing: bool) -> None:
        """Take the layer's frames a second since the last look, and those of the smaller ones; 0 if there are none."""
        has_flowed, self._was_flowing = self._was_flowing and is_flowing, is_flowing
        if not smooth:
            self.is_starved = False
        elif has_flowed and not self.is_starved:
            self._looks += 1
            if frame_rate < STARVED_BELOW * smooth:
                self.give_up()
        elif has_flowed:
            self._looks = self._looks + 1 if frame_rate >= STARVED_UNTIL * smooth else 0
            self.is_starved = self._looks < self._needed
            self._looks *= self.is_starved

    def give_up(self) -> None:
        """Count as starved from now on: its publisher has stopped it, or its line does not take it."""
        if not self.is_starved:
            self._needed = min(2 * self._needed, MOST_LOOKS) if self._looks < SOON_LOOKS else FIRST_LOOKS
        self.is_starved, self._was_flowing, self._looks = True, False, 0


class LayerDemand:
    """Which layers of a track its publisher is to send: those that are wanted, and the smallest always, so that
    whoever comes sees a picture at once."""

    def __init__(self, rids: tuple[str, ...]) -> None:
        self._rids = rids
        self._wanted_at: dict[str, float] = {}
        self.told = rids

    def settle(self, wanted: Iterable[str], now: float, highest: int = MAX_RANK) -> bool:
        """Take what the slots want now; True when the publisher is to be told `told` anew. highest: the rank of the
        largest layer that its line takes."""
        if len(self._rids) < 2:
            return False
        self._wanted_at.update(dict.fromkeys(wanted, now))
        for rid in self._rids:  # nothing is paused before it has been there for a while
            self._wanted_at.setdefault(rid, now)
        due = tuple(
            rid
            for rank, rid in enumerate(self._rids)
            if rank == 0 or (rank <= highest and now - self._wanted_at[rid] <= RELEASE_AFTER_S)
        )
        changed, self.told = due != self.told, due
        return changed
