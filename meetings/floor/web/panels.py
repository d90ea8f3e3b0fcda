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
from portal.i18n import _


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
        Panel("spoken", Place.PEOPLE, 40, frozenset({Screen.CLERK, Screen.SEAT}), "floor/spoken.html", _spoken),
    ):
        panels.add(panel)


async def _floor(look: Look, screen: Screen) -> Mapping[str, object]:
    progress, floor = look.progress, look.of(Floor)
    if progress.phase is not Phase.OPEN:
        return {"is_open": False}
    spoken = {who: _minutes(seconds) for who, seconds in floor.spoken().items()}
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


async def _spoken(look: Look, screen: Screen) -> Mapping[str, object]:
    floor, progress = look.of(Floor), look.progress
    if screen is Screen.SEAT and not look.presides:
        return {}
    on_item = floor.spoken_on()
    items = [
        (f"{point.position}. {point.title}", on_item[id_]) for id_, point in progress.points.items() if id_ in on_item
    ]
    if "" in on_item:
        items.append((_("Outside of any item"), on_item[""]))
    groups = {group or _("No group"): seconds for group, seconds in floor.spoken_by_group(progress).items()}
    members = {progress.seats[who].name: seconds for who, seconds in floor.spoken().items()}
    return {
        "items": [(name, _minutes(seconds)) for name, seconds in items],
        "groups": _longest_first(groups),
        "members": _longest_first(members),
    }


def _longest_first(spoken: Mapping[str, int]) -> list[tuple[str, int]]:
    found = sorted(spoken.items(), key=lambda each: -each[1])
    return [(who, _minutes(seconds)) for who, seconds in found]


def _minutes(seconds: int) -> int:
    return -(-seconds // 60)
