"""Appointing without a vote: the only candidate, or the only list, once candidates were called for (CGCT L2121-21)."""

from __future__ import annotations

from meetings.ballots.model import Ballots, Election
from meetings.ballots.model.ballots import CANDIDACY_TOOK_EFFECT
from meetings.ballots.service.elections import ElectionDraft, candidate_names, title_of
from meetings.ballots.service.requests import require_point
from meetings.rules import SingleCandidacyCase, decide
from meetings.sittings.service.held import Held, RefusedByRule, reasons
from portal.errors import Conflict
from portal.i18n import lazy
from portal.ids import new_id


async def appoint(held: Held, draft: ElectionDraft, *, is_list: bool) -> Election:
    """Read out an appointment that takes effect at once: of one candidate, or of the one list in its order.

    Raises `RefusedByRule` where there must be a vote, `InvalidInput` naming ``candidates``, `Conflict`.
    """
    held.require_conducts()
    point = require_point(held)
    if held.of(Ballots).current_id is not None:
        raise Conflict(lazy("A ballot is under way. Proclaim it first, or declare it void."))
    names = candidate_names(draft.candidates)
    case = SingleCandidacyCase(
        post=draft.post.value, candidacies=0 if is_list else len(names), lists=1 if is_list else 0
    )
    answer = decide(case, held.rules)
    if not answer.result["takes_effect"]:
        raise RefusedByRule(answer)
    election_id = new_id()
    await held.note(
        CANDIDACY_TOOK_EFFECT,
        {
            "election": election_id,
            "item": point.item_id,
            "title": title_of(draft, point),
            "post": draft.post.value,
            "candidates": list(names),
            "list": is_list,
            "answer": reasons(answer),
        },
    )
    return held.of(Ballots).elections[election_id]
