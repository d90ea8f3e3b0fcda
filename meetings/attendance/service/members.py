"""Members come, are identified and go; they say where they have an interest."""

from __future__ import annotations

from meetings.attendance.model.presence import (
    BY_LINE,
    IDENTITY_CONFIRMED,
    INTEREST_DECLARED,
    INTEREST_WITHDRAWN,
    MEMBER_ARRIVED,
    MEMBER_LEFT,
    Ground,
    Place,
    Presence,
)
from meetings.sittings.model.progress import Phase, Seat
from meetings.sittings.service.held import Held
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy

MEANS_LENGTH = 120


async def arrive(held: Held, mandate_id: str, place: Place = Place.HALL) -> None:
    """The clerk sees a member in the hall or in another room; a member says so on their own device.

    What a member says waits for the clerk. Raises `Forbidden` for somebody else's mandate, `Conflict` for who is
    there, `InvalidInput` for a place that only the live connection proves.
    """
    seat = _require_own_or_conducts(held, mandate_id)
    require_roll(held)
    if place in BY_LINE:
        raise InvalidInput(fields={"place": lazy("Presence by video follows from the connection itself.")})
    attendee = held.of(Presence).of(mandate_id)
    if attendee.place is place:
        raise Conflict(lazy("This member is noted as present."))
    if attendee.awaits and attendee.stays[-1].place is place:
        if held.conducts:
            await confirm(held, mandate_id)
        return
    await held.note(
        MEMBER_ARRIVED, {"member": seat.mandate_id, "how": place.value, "by_self": not _acts_for_others(held, seat)}
    )


async def confirm(held: Held, mandate_id: str, means: str = "") -> None:
    """The clerk is certain who it is: by sight, by a document, by voice. Raises `Conflict` for who did not arrive."""
    held.require_conducts()
    seat = held.seat(mandate_id)
    attendee = held.of(Presence).of(seat.mandate_id)
    if not attendee.awaits:
        raise Conflict(lazy("Nothing is to be confirmed for this member."))
    words = " ".join(means.split()) or "seen"
    if len(words) > MEANS_LENGTH:
        raise InvalidInput(fields={"means": lazy("This is too long.")})
    await held.note(IDENTITY_CONFIRMED, {"member": seat.mandate_id, "means": words})


async def leave(held: Held, mandate_id: str) -> None:
    """A member goes, perhaps to come back: said by themselves or noted by the clerk. Raises `Forbidden`, `Conflict`."""
    seat = _require_own_or_conducts(held, mandate_id)
    require_roll(held)
    if held.of(Presence).of(seat.mandate_id).stay is None:
        raise Conflict(lazy("This member is not noted as present."))
    await held.note(MEMBER_LEFT, {"member": seat.mandate_id, "cause": "left"})


async def declare_interest(held: Held, mandate_id: str, item_id: str, ground: Ground = Ground.INTEREST) -> None:
    """A member takes no part in an item: neither counted nor voting, nor anybody for them (CGCT L2131-11).

    Raises `Forbidden` for somebody else's mandate, `InvalidInput` for an item that is not on the agenda.
    """
    seat = _require_own_or_conducts(held, mandate_id)
    require_roll(held)
    _require_open_item(held, item_id)
    if seat.mandate_id in held.of(Presence).grounds(item_id):
        raise Conflict(lazy("This is noted already."))
    await held.note(INTEREST_DECLARED, {"member": seat.mandate_id, "item": item_id, "ground": ground.value})


async def withdraw_interest(held: Held, mandate_id: str, item_id: str) -> None:
    """It was a mistake: before the item is called, or by the clerk. Raises as `declare_interest`."""
    seat = _require_own_or_conducts(held, mandate_id)
    require_roll(held)
    _require_open_item(held, item_id)
    if seat.mandate_id not in held.of(Presence).grounds(item_id):
        raise Conflict(lazy("Nothing is declared for this item."))
    if held.progress.points[item_id].called_at is not None:
        held.require_conducts()
    await held.note(INTEREST_WITHDRAWN, {"member": seat.mandate_id, "item": item_id})


def require_roll(held: Held) -> None:
    """Raise `Conflict` before the roll is opened and once the sitting is over."""
    if held.progress.phase is Phase.EXPECTED:
        raise Conflict(lazy("The roll is not open yet."))
    if held.progress.is_over:
        raise Conflict(lazy("This sitting is over."))


def _require_open_item(held: Held, item_id: str) -> None:
    point = held.progress.points.get(item_id)
    if point is None:
        raise InvalidInput(fields={"item": lazy("This item is not on the agenda.")})
    if point.ended_at is not None:
        raise Conflict(lazy("This item has ended already."))


def _require_own_or_conducts(held: Held, mandate_id: str) -> Seat:
    seat = held.seat(mandate_id)
    if held.own_seat is None or held.own_seat.mandate_id != seat.mandate_id:
        held.require_conducts()
    return seat


def _acts_for_others(held: Held, seat: Seat) -> bool:
    """Whether this is the clerk's or the chair's word. Their own arrival is theirs to see as well."""
    return held.conducts or held.own_seat is None or held.own_seat.mandate_id != seat.mandate_id
