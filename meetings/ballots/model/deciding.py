"""What the rules make of a ballot: the result, or the question that a person must settle first. No I/O."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from meetings.ballots.model.ballot import Ballot, Count, Kind, Method, Purpose
from meetings.rules import Answer, BallotCase, Question, Rules, decide

_CHOSEN: dict[str, tuple[bool | None, str]] = {
    "adopted": (True, "human"),
    "rejected": (False, "human"),
    "not_adopted": (False, "human"),
    "vote_again": (None, "vote_again"),
    "adjourn": (None, "adjourn"),
    "not_waived": (None, "vote_again"),
}
"""What follows from what a person chose: whether it is adopted, and by what it was decided."""


@dataclass(frozen=True)
class Decision:
    """A ballot counted by the rules."""

    answer: Answer
    count: Count
    adopted: bool | None
    decided_by: str
    question: Question | None
    """What the chair must settle before the result can be proclaimed."""


def decision(ballot: Ballot, rules: Rules) -> Decision:
    """The result of a ballot that has been counted. Raises `CaseError` for a count that no ballot can have."""
    count = ballot.tally or Count()
    answer = decide(case_of(ballot, count, ballot.purpose), rules)
    if ballot.decided.get("ballot.appointment_shown") == "waived":
        # Secrecy given up by all: what remains is equal votes, as on any decision.
        answer = decide(case_of(ballot, count, Purpose.DECISION), rules)
    result = answer.result
    question = answer.question
    if question is not None:
        chosen = ballot.decided.get(question.id)
        if chosen in _CHOSEN:
            adopted, decided_by = _CHOSEN[chosen]
            return Decision(answer, count, adopted, decided_by, None)
    return Decision(answer, count, cast("bool | None", result["adopted"]), str(result["decided_by"]), question)


def case_of(ballot: Ballot, count: Count, purpose: Purpose) -> BallotCase:
    """The ballot as the rules are asked about it."""
    return BallotCase(
        ballot=ballot.kind.value,
        purpose=purpose.for_rules,
        votes_for=count.votes_for,
        against=count.against,
        abstain=count.abstain,
        blank=count.blank,
        void=count.void,
        present=ballot.present,
        represented=ballot.represented,
        chair_vote=ballot.chair_vote,
        chair_takes_part=ballot.chair_takes_part,
    )


@dataclass(frozen=True)
class Option:
    """One kind of ballot that could be opened now."""

    kind: Kind
    methods: tuple[Method, ...]
    refused: Answer | None = None
    """The rules' answer where it may not be held."""
    why: str = ""
    """A reason beside the rules, such as a request that was granted."""

    @property
    def is_allowed(self) -> bool:
        """Whether it may be opened."""
        return self.refused is None and not self.why
