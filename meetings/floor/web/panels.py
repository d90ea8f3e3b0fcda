"""The floor on the clerk's and the chair's screens, on a member's, and for the public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.attendance.model.presence import BY_LINE, Presence
from meetings.attendance.service import gathering_of
from meetings.floor.model import Asking, Floor
from meetings.sittings.model.progress import Phase, Seat
from meetings.sittings.panels import Panel, Panels, Place, Screen
from meetings.sittings.service.held import Look


@dataclass(frozen=True)
class Waiting:
    """One place in the queue as it is shown."""

    seat: Seat
    position: int
    is_point_of_order: bool
    minutes: int
    """Already spoken in this sitting, begun minutes counted."""


def add_panels(panels: Panels) -> None:
    """Draw the floor's parts of the screens."""
    for panel in (
        Panel("floor", Place.ITEM, 4, frozenset({Screen.CLERK, Screen.SEAT}), "floor/floor.html", _floor, of_seat=True),
        Panel("speaker", Place.ITEM, 30, frozenset({Screen.PUBLIC}), "floor/speaker.html", _floor),
        Panel("spoken", Place.PEOPLE, 40, frozenset({Screen.CLERK}), "floor/spoken.html", _spoken),
    ):
        panels.add(panel)


async def _floor(look: Look, screen: Screen) -> Mapping[str, object]:
    progress, floor = look.progress, look.of(Floor)
    if progress.phase is not Phase.OPEN:
        return {"is_open": False}
    spoken = {who: _minutes(turn_seconds) for who, turn_seconds in _over(floor).items()}
    present = set(gathering_of(look, progress.item_id).present)
    own = look.own_seat
    waiting = [
        Waiting(
            progress.seats[asked.mandate_id],
            number,
            asked.kind is Asking.POINT_OF_ORDER,
            spoken.get(asked.mandate_id, 0),
        )
        for number, asked in enumerate(floor.queue, start=1)
    ]
    return {
        "is_open": True,
        "turn": floor.turn,
        "speaker": progress.seats[floor.turn.mandate_id] if floor.turn else None,
        "waiting": waiting,
        "own": own,
        "own_position": floor.position(own.mandate_id) if own else None,
        "may_ask": own is not None and own.mandate_id in present,
        "speaks_by_line": floor.turn is not None and look.of(Presence).of(floor.turn.mandate_id).place in BY_LINE,
        "controls": screen is Screen.CLERK or (screen is Screen.SEAT and look.presides),
        "present": present,
    }


async def _spoken(look: Look, _screen: Screen) -> Mapping[str, object]:
    floor, progress = look.of(Floor), look.progress
    groups: dict[str, int] = {}
    for who, seconds in _over(floor).items():
        group = progress.seats[who].group
        groups[group] = groups.get(group, 0) + seconds
    return {
        "groups": [(group, _minutes(seconds)) for group, seconds in sorted(groups.items(), key=lambda each: -each[1])],
        "members": [
            (progress.seats[who].name, _minutes(seconds))
            for who, seconds in sorted(_over(floor).items(), key=lambda each: -each[1])
        ],
    }


def _over(floor: Floor) -> dict[str, int]:
    """Seconds of the turns that are over, so that what is drawn does not depend on when it is drawn."""
    found: dict[str, int] = {}
    for turn in floor.turns:
        found[turn.mandate_id] = found.get(turn.mandate_id, 0) + turn.seconds(turn.until or turn.since)
    return found


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)
