"""One agreed queue; the chair, or the clerk on the chair's order, gives the floor (CGCT L2121-16)."""

from __future__ import annotations

from meetings.attendance.model.presence import MEMBER_LEFT
from meetings.attendance.service import require_part
from meetings.floor.model import FLOOR_ASKED, FLOOR_ENDED, FLOOR_GIVEN, FLOOR_WITHDRAWN, Asking, Floor
from meetings.sittings.journal import Entry, Value
from meetings.sittings.model.progress import Cause
from meetings.sittings.service.conduct import propose_suspension
from meetings.sittings.service.held import Held
from portal.errors import Conflict
from portal.i18n import lazy


async def ask(held: Held, mandate_id: str, kind: Asking = Asking.SPEECH) -> None:
    """Ask for the floor, for oneself or, as the clerk, for a member who raises a hand. Asking again is asking once.

    Raises `Forbidden` for somebody else's mandate, `Conflict` while the sitting is not under way, for who is absent or
    takes no part in the item, and for who has the floor.
    """
    _require_own_or_conducts(held, mandate_id)
    held.require_under_way()
    require_part(held, mandate_id)
    floor = held.of(Floor)
    if floor.turn is not None and floor.turn.mandate_id == mandate_id:
        raise Conflict(lazy("This member has the floor."))
    if any(asked.mandate_id == mandate_id and asked.kind is kind for asked in floor.asked):
        return
    content = {"member": mandate_id, "item": held.progress.item_id or "", "kind": kind.value}
    await held.note(FLOOR_ASKED, content)


async def withdraw(held: Held, mandate_id: str) -> None:
    """Ask no longer. Raises `Forbidden` for somebody else's mandate; nothing for who is not in the queue."""
    _require_own_or_conducts(held, mandate_id)
    if held.of(Floor).position(mandate_id) is not None:
        await held.note(FLOOR_WITHDRAWN, {"member": mandate_id})


async def give(held: Held, mandate_id: str) -> None:
    """Give somebody the floor, in the queue or not; whoever had it has it no longer.

    Raises `NotSignedIn`, `Forbidden`, and `Conflict` for who is absent or takes no part in the item.
    """
    held.require_conducts()
    held.seat(mandate_id)
    held.require_under_way()
    require_part(held, mandate_id)
    floor = held.of(Floor)
    if floor.turn is not None and floor.turn.mandate_id == mandate_id:
        raise Conflict(lazy("This member has the floor."))
    await _end(held)
    await held.note(FLOOR_GIVEN, {"member": mandate_id, "item": held.progress.item_id or ""})


async def end(held: Held) -> None:
    """End the floor: the chair, the clerk, or the speaker who has finished. Raises `Forbidden`, `Conflict`."""
    turn = held.of(Floor).turn
    if turn is None:
        held.require_conducts()
        raise Conflict(lazy("Nobody has the floor."))
    _require_own_or_conducts(held, turn.mandate_id)
    await _end(held)


async def end_with(held: Held, _entry: Entry) -> None:
    """Reaction to a suspension, to the end of an item and of the sitting: nobody has the floor any more."""
    await _end(held)


async def end_of_speaker(held: Held, entry: Entry) -> None:
    """Reaction to a departure or an interest: who is gone has no floor, and a speaker who was cut off is waited for."""
    turn = held.of(Floor).turn
    if turn is None or turn.mandate_id != entry.content["member"]:
        return
    if entry.kind != MEMBER_LEFT and entry.content["item"] != held.progress.item_id:
        return
    await _end(held)
    if entry.content.get("cause") == "lost":
        await propose_suspension(held, Cause.SPEAKER_LOST, turn.mandate_id)


async def _end(held: Held) -> None:
    turn = held.of(Floor).turn
    if turn is not None:
        content: dict[str, Value] = {"member": turn.mandate_id, "item": turn.item_id, "seconds": turn.seconds(held.now)}
        await held.note(FLOOR_ENDED, content)


def _require_own_or_conducts(held: Held, mandate_id: str) -> None:
    held.seat(mandate_id)
    if held.own_seat is None or held.own_seat.mandate_id != mandate_id:
        held.require_conducts()
