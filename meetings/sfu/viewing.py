"""What one peer receives: who was chosen for its slots, and at which layer, by its tiles and its line."""

from collections.abc import Mapping, Sequence

from .allocation import Request, allot
from .ladder import ALLOWANCE, Allowance, Rung
from .messages import Source, Wanted
from .publishing import Track
from .slots import Slot


class Viewer:
    """The receiving side of a connection.

    allowance: how many pictures, and how large ones, its line takes; the ladder sets it. All of them at first.
    """

    def __init__(self, slots: list[Slot]) -> None:
        self.slots = slots
        self.allowance = ALLOWANCE[Rung.ALL]
        self._chosen: dict[str, Track] = {}
        self._order: Sequence[str] = ()
        self._wanted = Wanted()
        self._wished: dict[str, Track] = {}

    def shown(self) -> dict[str, str | None]:
        """The publisher that was chosen for each slot, whether or not the line takes its picture."""
        return {
            slot.name: self._chosen[slot.name].publisher if slot.name in self._chosen else None for slot in self.slots
        }

    def choose(self, chosen: Mapping[str, Track | None], order: Sequence[str], wanted: Wanted, now: float) -> None:
        """Show these tracks in these slots. order: publishers by importance, for when the line does not take all."""
        self._chosen = {slot: track for slot, track in chosen.items() if track is not None}
        self._order, self._wanted = order, wanted
        self.settle(now)

    def settle(self, now: float) -> None:
        """Give every slot the layer that its tile and the line allow, of those that flow now."""
        allotted = allot(self.requests(), self.allowance)
        for slot in self.slots:
            track, gets = self._chosen.get(slot.name), allotted.get(slot.name)
            if track is None or (slot.is_video and gets is None):
                slot.assign(None, now)
            elif gets is None:
                slot.assign(track.newest_layer(), now)
            else:
                slot.assign(track.layer(gets.target), now, gets.temporal)
            self._wish(slot, track, gets.wish if gets else None)

    def _wish(self, slot: Slot, track: Track | None, rid: str | None) -> None:
        """Let the publisher know which layer this slot would show, and the one before that it shows none of it."""
        before = self._wished.get(slot.name)
        if before is not None and before is not track:
            before.wishes.pop(slot, None)
        if track is not None and rid is not None:
            track.wishes[slot] = rid
            self._wished[slot.name] = track
        elif before is not None:
            before.wishes.pop(slot, None)
            del self._wished[slot.name]

    def shows(self, track: Track) -> bool:
        """Whether a track was chosen for any slot."""
        return track in self._chosen.values()

    def drop(self, track: Track) -> None:
        """Stop showing a track at once, as when its permission is withdrawn."""
        for slot in self.slots:
            if self._chosen.get(slot.name) is track:
                del self._chosen[slot.name]
                self._wish(slot, None, None)
            if slot.shows(track):
                slot.clear()

    def clear(self) -> None:
        """Stop everything at once."""
        self._chosen = {}
        for slot in self.slots:
            slot.clear()
            self._wish(slot, None, None)

    def cost(self, allowance: Allowance) -> float:
        """Bits a second that the pictures would take at an allowance."""
        return sum(each.bitrate_bps for each in allot(self.requests(), allowance).values())

    def requests(self) -> list[Request]:
        """The pictures that are to be shown, most important first: the screen, the large one, then the small ones."""
        pictures = [slot for slot in self.slots if slot.is_video and slot.name in self._chosen]
        return [
            Request(slot.name, self._chosen[slot.name].choices(), self._height(slot))
            for slot in sorted(pictures, key=self._importance)
        ]

    def _importance(self, slot: Slot) -> tuple[int, int]:
        publisher = self._chosen[slot.name].publisher
        place = self._order.index(publisher) if publisher in self._order else len(self._order)
        return (0 if slot.source is Source.SCREEN else 1 if slot.name == "large" else 2), place

    def _height(self, slot: Slot) -> int:
        if slot.source is Source.SCREEN:
            return 1 << 14  # text is to be read
        return self._wanted.large_height if slot.name == "large" else self._wanted.small_height
