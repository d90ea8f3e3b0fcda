"""A sitting called with urgency decides on that first, and deals with nothing to be voted when it says no."""

from __future__ import annotations

from collections.abc import Mapping

from meetings.ballots.model import Ballots
from meetings.ballots.model.urgency import decides_urgency, urgency_case
from meetings.rules import UrgencyCase, decide
from meetings.sittings.journal import Entry, Value
from meetings.sittings.model import ItemKind
from meetings.sittings.model.progress import ITEM_ENDED, ItemOutcome
from meetings.sittings.service.held import Held, RefusedByRule


def require_urgency_decided(held: Held, content: Mapping[str, Value]) -> None:
    """Guards the call of an item. Raises `RefusedByRule` before the urgency is recognised."""
    case = urgency_case(held.progress, held.of(Ballots), held.progress.points[str(content["item"])])
    if case is None:
        return
    answer = decide(case, held.rules)
    if not answer.result["may_call"]:
        raise RefusedByRule(answer)


def require_vote_on_urgency(held: Held, content: Mapping[str, Value]) -> None:
    """Guards the end of the question of urgency: it is decided, or goes with everything else to a later sitting."""
    point = held.progress.points[str(content["item"])]
    if point.kind is not ItemKind.URGENCY or content["outcome"] == ItemOutcome.POSTPONED.value:
        return
    is_decided = any(decides_urgency(ballot) for ballot in held.of(Ballots).on(point.item_id))
    answer = decide(UrgencyCase(), held.rules)
    if not is_decided and not answer.result["may_call"]:
        raise RefusedByRule(answer)


async def postpone_what_was_not_urgent(held: Held, entry: Entry) -> None:
    """Reaction to a proclamation: when the urgency is refused, what was to be voted goes to a later sitting."""
    ballot = held.of(Ballots).ballots[str(entry.content["ballot"])]
    if held.progress.points[ballot.item_id].kind is not ItemKind.URGENCY or not decides_urgency(ballot):
        return
    for point in held.progress.points.values():
        case = urgency_case(held.progress, held.of(Ballots), point)
        if case is None or point.ended_at is not None:
            continue
        answer = decide(case, held.rules)
        if not answer.result["may_call"]:
            reason = f"{answer.because.fr} ({', '.join(answer.articles)})"
            await held.note(
                ITEM_ENDED, {"item": point.item_id, "outcome": ItemOutcome.POSTPONED.value, "reason": reason}, by=""
            )
