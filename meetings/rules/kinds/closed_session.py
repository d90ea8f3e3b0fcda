"""Asking for a closed session: the head of the body, or some of its members (CGCT L2121-18, L5211-11)."""

from __future__ import annotations

from meetings.rules.answers import Answer, Grade
from meetings.rules.cases import Case, case, choice, count, kind
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import number, rule

HEADS = {
    "none": ("Ni l’un ni l’autre", "Neither"),
    "head": ("Le maire ou le président", "The mayor or president"),
    "stand_in": ("Qui préside à sa place", "Who presides in their place"),
}


@rule(
    "ballot_request.closed_session",
    outcomes={"head": "", "stand_in": "", "members": "asked needed", "too_few": "asked needed"},
)
class ClosedSessionRequest:
    """How many members present put a closed session to the vote, where the head of the body does not ask for it."""

    members: int = number(minimum=1)


@case
class ClosedSessionRequestCase(Case):
    """Who asks that the doors be closed. Only members present ask: a proxy does not count."""

    asked: int = count("Membres présents qui demandent le huis clos", "Members present asking for it", default=0)
    head: str = choice("Demandé par qui préside", "Asked by whoever presides", values=HEADS, default="none")


@kind(
    "closed_session_request",
    ClosedSessionRequestCase,
    fr="Demande de huis clos",
    en="Request for a closed session",
)
def decide_closed_session_request(case: ClosedSessionRequestCase, rules: Rules) -> Answer:
    """Say whether the closed session may be put to the vote."""
    why = Reasons(rules)
    needed = why.rule(ClosedSessionRequest).members
    admissible = True
    if case.head == "head":
        why.cite(ClosedSessionRequest, "head")
    elif case.asked >= needed:
        why.cite(ClosedSessionRequest, "members", asked=case.asked, needed=needed)
    elif case.head == "stand_in":
        # The code names the mayor; that whoever stands in may ask is read out of standing in.
        why.cite(ClosedSessionRequest, "stand_in")
        why.doubt(Grade.B)
    else:
        admissible = False
        why.cite(ClosedSessionRequest, "too_few", asked=case.asked, needed=needed)
    return why.answer("closed_session_request", {"admissible": admissible, "threshold": needed})
