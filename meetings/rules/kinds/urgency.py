"""A sitting called at short notice: what may be dealt with before and after the body decides on the urgency."""

from __future__ import annotations

from meetings.rules.answers import Answer
from meetings.rules.cases import Case, case, choice, flag, kind
from meetings.rules.kinds.notice import Urgency
from meetings.rules.rules import Reasons, Rules

DECIDED = {
    "none": ("Le conseil ne s’est pas prononcé", "The body has not decided"),
    "recognised": ("Urgence reconnue", "Urgency recognised"),
    "refused": ("Urgence refusée", "Urgency refused"),
}


@case
class UrgencyCase(Case):
    """One item of a sitting that was called with urgency (CGCT L2121-11, L2121-12)."""

    decided: str = choice("Décision sur l’urgence", "Decision on the urgency", values=DECIDED, default="none")
    without_vote: bool = flag("Affaire sans vote", "Item without a vote", default=False)


@kind(
    "urgency", UrgencyCase, fr="Affaire d’une séance convoquée en urgence", en="Item of a sitting called with urgency"
)
def decide_urgency(case: UrgencyCase, rules: Rules) -> Answer:
    """Say whether the item may be called: the body decides first, and what it refuses goes to a later sitting."""
    why = Reasons(rules)
    if not why.rule(Urgency).ratified_by_body:
        return why.answer("urgency", {"may_call": True})
    why.cite(Urgency, {"none": "undecided"}.get(case.decided, case.decided))
    may_call = case.decided == "recognised" or (case.decided == "refused" and case.without_vote)
    return why.answer("urgency", {"may_call": may_call})
