"""The floor as it follows from the journal: who asks for it, who has it, who has spoken for how long."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from meetings.attendance.model.presence import MEMBER_LEFT
from meetings.sittings.course import part
from meetings.sittings.journal import Entry
from meetings.sittings.model.progress import ITEM_ENDED, SITTING_CLOSED, Progress

FLOOR_ASKED = "floor.asked"
FLOOR_WITHDRAWN = "floor.withdrawn"
FLOOR_GIVEN = "floor.given"
FLOOR_ENDED = "floor.ended"


class Asking(StrEnum):
    """What somebody asks the floor for."""

    SPEECH = "speech"
    POINT_OF_ORDER = "point_of_order"
    """About the conduct of the sitting: heard before the speeches."""


@dataclass(frozen=True)
class Asked:
    """One place in the queue."""

    mandate_id: str
    kind: Asking
    at: datetime


@dataclass(frozen=True)
class Turn:
    """One time that somebody had the floor."""

    mandate_id: str
    item_id: str
    """Empty for words outside of any item."""
    since: datetime
    until: datetime | None = None

    def seconds(self, now: datetime) -> int:
        """How long, so far or in all."""
        return max(0, round(((self.until or now) - self.since).total_seconds()))


@part
@dataclass(frozen=True)
class Floor:
    """The part of the course that belongs to the debate."""

    asked: tuple[Asked, ...] = ()
    """In the order of asking."""
    turn: Turn | None = None
    """Who has the floor now."""
    turns: tuple[Turn, ...] = ()
    """Those that are over, in order."""

    @property
    def queue(self) -> tuple[Asked, ...]:
        """One order for everybody: points of order first, then as they were asked."""
        return tuple(sorted(self.asked, key=lambda asked: asked.kind is not Asking.POINT_OF_ORDER))

    def position(self, mandate_id: str) -> int | None:
        """A member's place in the queue, from 1."""
        places = [asked.mandate_id for asked in self.queue]
        return places.index(mandate_id) + 1 if mandate_id in places else None

    def spoken(self) -> Mapping[str, int]:
        """Seconds by member, over the whole sitting; like the next two of turns that are over, so that what is drawn
        does not depend on when it is drawn."""
        return self._seconds(lambda turn: turn.mandate_id)

    def spoken_on(self) -> Mapping[str, int]:
        """Seconds by item; the empty id is that of words outside of any."""
        return self._seconds(lambda turn: turn.item_id)

    def spoken_by_group(self, progress: Progress) -> Mapping[str, int]:
        """Seconds by political group; the empty name is that of those who belong to none."""
        return self._seconds(lambda turn: progress.seats[turn.mandate_id].group)

    def _seconds(self, of: Callable[[Turn], str]) -> Mapping[str, int]:
        found: Counter[str] = Counter()
        for turn in self.turns:
            found[of(turn)] += turn.seconds(turn.until or turn.since)
        return found

    def apply(self, entry: Entry) -> Self:
        """The floor after an entry."""
        change = _CHANGES.get(entry.kind)
        return self if change is None else replace(self, **change(self, entry))


Change = dict[str, Any]


def _without(before: Floor, mandate_id: str) -> tuple[Asked, ...]:
    return tuple(asked for asked in before.asked if asked.mandate_id != mandate_id)


def _asked(before: Floor, entry: Entry) -> Change:
    member = str(entry.content["member"])
    asked = Asked(member, Asking(str(entry.content["kind"])), entry.at)
    return {"asked": (*_without(before, member), asked)}


def _withdrawn(before: Floor, entry: Entry) -> Change:
    return {"asked": _without(before, str(entry.content["member"]))}


def _given(before: Floor, entry: Entry) -> Change:
    member = str(entry.content["member"])
    turn = Turn(member, str(entry.content["item"]), entry.at)
    return {"asked": _without(before, member), "turn": turn}


def _ended(before: Floor, entry: Entry) -> Change:
    if before.turn is None:
        return {}
    return {"turn": None, "turns": (*before.turns, replace(before.turn, until=entry.at))}


def _cleared(_before: Floor, _entry: Entry) -> Change:
    return {"asked": ()}


_CHANGES: Mapping[str, Callable[[Floor, Entry], Change]] = {
    FLOOR_ASKED: _asked,
    FLOOR_WITHDRAWN: _withdrawn,
    FLOOR_GIVEN: _given,
    FLOOR_ENDED: _ended,
    MEMBER_LEFT: _withdrawn,
    ITEM_ENDED: _cleared,
    SITTING_CLOSED: _cleared,
}
