"""Counts entered by the clerk, the proclamation, and what follows from it."""

from __future__ import annotations

from meetings.ballots.model import Ballot, Ballots, Count, Kind, Purpose, State
from meetings.ballots.model.ballots import BALLOT_COUNTED, BALLOT_PROCLAIMED, BALLOT_VOIDED
from meetings.ballots.model.deciding import Decision, decision
from meetings.ballots.service.requests import FEWER
from meetings.ballots.service.voting import access_ballot, note_closed, required_reason
from meetings.rules import CaseError
from meetings.sittings.journal import Value
from meetings.sittings.model import ItemKind
from meetings.sittings.model.progress import DOORS_CLOSED, ITEM_ENDED, ItemOutcome
from meetings.sittings.service.held import AsksAPerson, Held, Look, reasons
from portal.errors import Conflict, InvalidInput
from portal.i18n import current_locale, lazy

VERDICTS = {
    True: (lazy("Adopted"), "good"),
    False: (lazy("Rejected"), "bad"),
    None: (lazy("Not decided"), "neutral"),
}
_TOO_MANY = lazy("These are more votes than there are voters.")


async def count_ballot(held: Held, ballot_id: str, count: Count, *, confirmed: bool = False) -> None:
    """Enter a show of hands, or the papers of a secret ballot; again, to correct it, until it is proclaimed.

    Raises `InvalidInput` for more votes than voters, and for fewer unless `confirmed`: somebody may have put no paper
    into the box, or have raised no hand at all.
    """
    held.require_conducts()
    ballot = access_ballot(held, ballot_id)
    if ballot.kind is Kind.PUBLIC:
        raise Conflict(lazy("A public ballot is counted from its names."))
    if ballot.is_settled:
        raise Conflict(lazy("This ballot is proclaimed already."))
    if ballot.kind is Kind.ORDINARY and (count.blank or count.void):
        raise InvalidInput(fields={"blank": lazy("There are no papers in a show of hands.")})
    if count.votes > len(ballot.entitled):
        raise InvalidInput(fields={"for": _TOO_MANY})
    if count.votes < len(ballot.entitled) and not confirmed:
        raise InvalidInput(fields={"confirmed": FEWER})
    await held.note(BALLOT_COUNTED, {"ballot": ballot_id, **count.line})
    if ballot.state is State.OPEN:
        await note_closed(held, ballot)


async def answer_question(held: Held, ballot_id: str, choice: str) -> None:
    """What the chair says where the rules ask, before the result can be proclaimed. Raises `InvalidInput`."""
    held.require_conducts()
    ballot = _closed(held, ballot_id)
    pending = _decision(ballot, held)
    if pending.question is None:
        raise Conflict(lazy("There is nothing to decide: the result can be proclaimed."))
    await held.decide_question(pending.answer, choice, ballot.item_id)


async def proclaim(held: Held, ballot_id: str) -> Decision:
    """Say the result aloud: from here on it is on every screen.

    Raises `AsksAPerson` while the chair has something to decide. Closes the doors where that was adopted.
    """
    held.require_conducts()
    ballot = _closed(held, ballot_id)
    found = _decision(ballot, held)
    if found.question is not None:
        raise AsksAPerson(found.answer)
    content: dict[str, Value] = {
        "ballot": ballot_id,
        "adopted": found.adopted,
        "decided_by": found.decided_by,
        **found.count.line,
        "cast": _int(found, "cast"),
        "majority": _int(found, "majority"),
        "answer": reasons(found.answer),
    }
    if ballot.chair_vote is not None and found.decided_by == "casting_vote":
        content["chair_vote"] = ballot.chair_vote
    await held.note(BALLOT_PROCLAIMED, content)
    await _carry_on(held, ballot, found)
    return found


async def _carry_on(held: Held, ballot: Ballot, found: Decision) -> None:
    if ballot.purpose is Purpose.CLOSED_SESSION and found.adopted and held.progress.doors_closed_at is None:
        await held.note(DOORS_CLOSED, {"ballot": ballot.ballot_id})
    if found.decided_by == "adjourn":
        ended = {"item": ballot.item_id, "outcome": ItemOutcome.POSTPONED.value, "reason": found.answer.because.fr}
        await held.note(ITEM_ENDED, ended)


async def void_ballot(held: Held, ballot_id: str, reason: str) -> None:
    """Declare a ballot void before it is proclaimed; its votes stay in the journal and count for nothing."""
    held.require_conducts()
    ballot = access_ballot(held, ballot_id)
    if ballot.is_settled:
        raise Conflict(lazy("This ballot is settled already."))
    await held.note(BALLOT_VOIDED, {"ballot": ballot_id, "reason": required_reason(reason)})


def require_settled(held: Held, _content: object) -> None:
    """Guards acts that would leave a ballot behind. Raises `Conflict`."""
    if held.of(Ballots).current_id is not None:
        raise Conflict(lazy("A ballot is under way. Proclaim it first, or declare it void."))


def no_vote_held(look: Look) -> str | None:
    """What is said before an item ends on which nothing was decided."""
    point, ballots = look.progress.point, look.of(Ballots)
    if point is None or point.kind is ItemKind.INFORMATION:
        return None
    proclaimed = (ballot for ballot in ballots.on(point.item_id) if ballot.result is not None)
    is_decided = any(ballot.purpose is not Purpose.CLOSED_SESSION for ballot in proclaimed)
    if is_decided or any(election.elected is not None for election in ballots.elections_on(point.item_id)):
        return None
    return lazy("No vote has been held on this item. If it ends as dealt with, the minutes say: without a vote.")


def decided_on(look: Look, item_id: str) -> tuple[str, str] | None:
    """What the last vote on an item made of it, in a word, with the kind of its chip; none without a vote."""
    ballots = look.of(Ballots)
    for ballot in reversed(ballots.on(item_id)):
        if ballot.result is not None and ballot.purpose is not Purpose.CLOSED_SESSION:
            return VERDICTS[ballot.result.adopted]
    if any(election.elected is not None for election in ballots.elections_on(item_id)):
        return lazy("Filled"), "good"
    return None


def _closed(held: Held, ballot_id: str) -> Ballot:
    ballot = access_ballot(held, ballot_id)
    if ballot.state is State.OPEN:
        raise Conflict(lazy("The ballot is still open. Close it first."))
    if ballot.is_settled:
        raise Conflict(lazy("This ballot is settled already."))
    return ballot


def _decision(ballot: Ballot, held: Held) -> Decision:
    try:
        return decision(ballot, held.rules)
    except CaseError as error:
        # The chair's own vote is not among those counted, for instance: the count is to be looked at again.
        raise Conflict(error.text.get(current_locale())) from error


def _int(found: Decision, name: str) -> int:
    value = found.answer.result[name]
    return value if isinstance(value, int) else 0
