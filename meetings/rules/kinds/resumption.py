"""Resuming a suspended sitting on an item whose quorum is no longer there (CGCT L2121-17)."""

from __future__ import annotations

from meetings.rules.answers import Answer
from meetings.rules.cases import Case, case, count, kind
from meetings.rules.kinds.quorum import Threshold
from meetings.rules.rules import Reasons, Rules
from meetings.rules.terms import rule


@rule("quorum.resumption", outcomes={"asks": "counted threshold"}, asks=True)
class Resumption:
    """Whether an item keeps the quorum with which it was called through a suspension: put to a person."""


@case
class ResumptionCase(Case):
    """Who is there when a sitting resumes with the item that was under discussion."""

    counted: int = count("Présents comptés à la reprise", "Counted present at the resumption")
    threshold: int = count("Présents requis pour le quorum", "Needed for the quorum")


@kind("resumption", ResumptionCase, fr="Reprise après une suspension", en="Resuming after a suspension")
def decide_resumption(case: ResumptionCase, rules: Rules) -> Answer:
    """Say whether the sitting may go on with its item, or put it to a person where too few are there."""
    why = Reasons(rules)
    if case.counted >= case.threshold:
        why.cite(Threshold, "resumed", counted=case.counted, threshold=case.threshold)
        return why.answer("resumption", {"may_go_on": True})
    why.ask(Resumption, "asks", counted=case.counted, threshold=case.threshold)
    return why.answer("resumption", {"may_go_on": None})
