"""Acts of a sitting under way that ask for no quorum: the roll, the chair, pauses, the stream, notes, the end."""

from __future__ import annotations

from meetings.rules import RemoteCase, decide
from meetings.sittings.journal import Value
from meetings.sittings.model import AgendaItem, SittingMode
from meetings.sittings.model.progress import (
    CHAIR_TAKEN,
    DISCUSSION_NOTED,
    DOORS_CLOSED,
    DOORS_OPENED,
    ENTRY_CORRECTED,
    ITEM_ENDED,
    ROLL_OPENED,
    SECRETARY_APPOINTED,
    SITTING_CLOSED,
    SITTING_SUSPENDED,
    STREAM_SEEN,
    SUSPENSION_DECLINED,
    SUSPENSION_PROPOSED,
    SUSPENSION_WITHDRAWN,
    Cause,
    ItemOutcome,
    Phase,
    Point,
    Seat,
)
from meetings.sittings.model.sitting import TEXT_LENGTH
from meetings.sittings.service.agenda import agenda_of
from meetings.sittings.service.bodies import members_on
from meetings.sittings.service.convening import rule_set_of
from meetings.sittings.service.held import Held, Look
from portal.clock import civil_date
from portal.errors import Conflict, InvalidInput
from portal.i18n import lazy

REASON_LENGTH = 500
MOST_ASSISTANTS = 5
ADDRESS_LENGTH = 500


async def open_roll(held: Held) -> None:
    """Begin to receive members: from here on the journal names who sits and what is on the agenda.

    Raises `NotConvened`, and `Conflict` when it was done.
    """
    held.require_conducts()
    held.sitting.require_convened()
    if held.progress.phase is not Phase.EXPECTED:
        raise Conflict(lazy("The roll is open already."))
    members = await members_on(held.db, held.sitting.body_id, civil_date(held.sitting.meets_at))
    agenda = await agenda_of(held.db, held.sitting)
    seats = [
        Seat(
            member.mandate.id,
            member.mandate.person_id,
            member.name,
            member.mandate.function,
            member.mandate.group,
            member.mandate.rank,
        )
        for member in members
    ]
    content: dict[str, Value] = {
        "mode": held.sitting.mode.value,
        "rule_set": rule_set_of(held.chamber.library, held.body, held.sitting),
        "rule_set_version": held.rules.version,
        "seats": [seat.line for seat in seats],
        "items": [_point(item).line for item in agenda.items],
    }
    await held.note(ROLL_OPENED, content)


async def take_chair(held: Held, mandate_id: str, reason: str = "") -> None:
    """Somebody else presides from now on: for one item, or because the chair is away (CGCT L2121-14, L2122-17)."""
    held.require_conducts()
    seat = held.seat(mandate_id)
    if not held.progress.is_under_way:
        raise Conflict(lazy("The sitting is not open."))
    if held.progress.chair_id == seat.mandate_id:
        raise Conflict(lazy("This person presides already."))
    await held.note(CHAIR_TAKEN, {"chair": seat.mandate_id, "reason": _short(reason, "reason")})


async def appoint_secretary(held: Held, mandate_id: str, assistants: tuple[str, ...] = ()) -> None:
    """The body appoints one of its members, with auxiliaries who are not members (CGCT L2121-15)."""
    held.require_conducts()
    seat = held.seat(mandate_id)
    if not held.progress.is_under_way:
        raise Conflict(lazy("The sitting is not open."))
    names = [" ".join(name.split()) for name in assistants if name.strip()]
    if len(names) > MOST_ASSISTANTS or any(len(name) > 120 for name in names):
        raise InvalidInput(fields={"assistants": lazy("Please give five names at most, one to a line.")})
    await held.note(SECRETARY_APPOINTED, {"secretary": seat.mandate_id, "assistants": names})


async def end_item(held: Held, outcome: ItemOutcome = ItemOutcome.DONE, reason: str = "", item_id: str = "") -> None:
    """The item under discussion is done with; another may be postponed or withdrawn before it is called."""
    held.require_conducts()
    item_id = item_id or held.progress.item_id or ""
    point = held.progress.points.get(item_id)
    if point is None:
        raise Conflict(lazy("No item is under discussion."))
    if not held.progress.is_under_way:
        raise Conflict(lazy("The sitting is not open."))
    if point.ended_at is not None:
        raise Conflict(lazy("This item has ended already."))
    if outcome is ItemOutcome.DONE and item_id != held.progress.item_id:
        raise Conflict(lazy("This item has not been called."))
    await held.note(ITEM_ENDED, {"item": item_id, "outcome": outcome.value, "reason": _short(reason, "reason")})


async def propose_suspension(held: Held, cause: Cause, member: str | None = None) -> None:
    """The portal noticed something that should stop the sitting; the chair decides. Nothing while one is proposed."""
    if held.progress.phase is not Phase.OPEN or held.progress.proposed is not None:
        return
    await held.note(SUSPENSION_PROPOSED, {"cause": cause.value, "member": member}, by="")


async def decline_suspension(held: Held) -> None:
    """The chair goes on."""
    held.require_conducts()
    if held.progress.proposed is None:
        raise Conflict(lazy("No suspension is proposed."))
    await held.note(SUSPENSION_DECLINED, {"cause": held.progress.proposed.value})


async def withdraw_suspension(held: Held) -> None:
    """What was missed is there again before the chair has said a word; nothing when nothing is proposed."""
    if held.progress.proposed is not None:
        await held.note(SUSPENSION_WITHDRAWN, {"cause": held.progress.proposed.value}, by="")


async def suspend(held: Held, reason: str = "") -> None:
    """The chair suspends the sitting, for what was proposed or of their own accord (CGCT L2121-16)."""
    held.require_conducts()
    held.require_under_way()
    cause = held.progress.proposed or Cause.CHAIR
    await held.note(SITTING_SUSPENDED, {"cause": cause.value, "reason": _short(reason, "reason")})


async def close_doors(held: Held) -> None:
    """Exclude the public from a meeting that is not public anyway, such as a committee's.

    A council's doors are closed by its vote (CGCT L2121-18), which `meetings.ballots` notes.
    """
    held.require_conducts()
    held.require_under_way()
    if held.body.session.value == "plenary":
        raise Conflict(lazy("The council itself decides on a closed session: put it to the vote."))
    if held.progress.doors_closed_at is not None:
        raise Conflict(lazy("The session is closed to the public already."))
    await held.note(DOORS_CLOSED, {})


async def open_doors(held: Held) -> None:
    """The public comes back."""
    held.require_conducts()
    if held.progress.doors_closed_at is None:
        raise Conflict(lazy("The session is open to the public."))
    await held.note(DOORS_OPENED, {})


async def record_stream(held: Held, address: str) -> None:
    """The clerk names the outside stream and confirms to have seen it working."""
    held.require_conducts()
    address = address.strip()
    if not address.startswith("https://") or len(address) > ADDRESS_LENGTH or any(sign.isspace() for sign in address):
        raise InvalidInput(fields={"address": lazy("Please give the stream's address, beginning with https://.")})
    if held.progress.is_over:
        raise Conflict(lazy("This sitting is over."))
    await held.note(STREAM_SEEN, {"address": address})


async def note_discussion(held: Held, item_id: str, text: str) -> None:
    """The substance of what was said on an item, for the minutes (CGCT L2121-15). The last note counts."""
    held.require_conducts()
    if item_id not in held.progress.points:
        raise InvalidInput(fields={"item": lazy("This item is not on the agenda.")})
    if len(text) > TEXT_LENGTH:
        raise InvalidInput(fields={"text": lazy("This is too long.")})
    await held.note(DISCUSSION_NOTED, {"item": item_id, "text": text.strip()})


async def correct(held: Held, number: int, text: str) -> None:
    """Put right an entry of the journal by a further one: what stands is never changed."""
    held.require_conducts()
    if not 1 <= number <= held.course.number:
        raise InvalidInput(fields={"number": lazy("The journal has no entry of this number.")})
    words = text.strip()
    if not words or len(words) > TEXT_LENGTH:
        raise InvalidInput(fields={"text": lazy("Please say what is right.")})
    await held.note(ENTRY_CORRECTED, {"corrects": number, "text": words})


async def close_sitting(held: Held) -> None:
    """The chair closes the sitting; doors that are closed are opened first.

    Raises `Conflict` while an item is under discussion.
    """
    held.require_conducts()
    if not held.progress.is_under_way:
        raise Conflict(lazy("The sitting is not open."))
    if held.progress.item_id is not None:
        raise Conflict(lazy("End the item under discussion first."))
    if held.progress.doors_closed_at is not None:
        await held.note(DOORS_OPENED, {})
    held.sitting.close()
    await held.note(SITTING_CLOSED, {})


def stream_required(look: Look) -> bool:
    """Whether the rules let this sitting open only with a stream that the public can follow."""
    if look.sitting.mode is not SittingMode.REMOTE:
        return False
    case = RemoteCase(session=look.body.session.value, items=(), ri_clause=True)
    return bool(decide(case, look.rules).result.get("stream"))


def require_stream(held: Held, _content: object) -> None:
    """Guard of the opening: refuse a sitting by video that the public could not follow (CGCT L5211-11-1)."""
    if held.progress.stream is None and stream_required(held):
        raise Conflict(
            lazy(
                "The public must be able to follow this sitting live: record the address of the stream, and that you "
                "saw it working, before the sitting is opened (CGCT L5211-11-1)."
            )
        )


def require_day(held: Held, _content: object) -> None:
    """Guard of the roll: whoever opens it by mistake days before takes the agenda from the public's page."""
    if civil_date(held.now) < civil_date(held.sitting.meets_at):
        raise Conflict(lazy("The roll is opened on the day of the sitting."))


def require_time(held: Held, _content: object) -> None:
    """Guard of the opening: members were called for an hour, and it has come (CGCT L2121-10)."""
    if held.now < held.sitting.meets_at:
        raise Conflict(lazy("The sitting cannot be opened before the time for which it was called (CGCT L2121-10)."))


def _point(item: AgendaItem) -> Point:
    return Point(item.id, item.position, item.kind, item.title, item.subject, item.reporter_id)


def _short(text: str, name: str) -> str:
    words = " ".join(text.split())
    if len(words) > REASON_LENGTH:
        raise InvalidInput(fields={name: lazy("This is too long.")})
    return words
