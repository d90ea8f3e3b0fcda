"""Cases with their reports, the rules that hold, the town's words, official answers. No I/O."""

from helpdesk.moderation.model.case import (
    MOST_UNSIGNED,
    REASONS,
    WORDS_LENGTH,
    Case,
    CaseState,
    NoSecondAppeal,
    OwnThing,
    Reason,
    Report,
    SamePerson,
    Verdict,
    WatchedWord,
)
from helpdesk.moderation.model.official_answer import ANSWER_LENGTH, OfficialAnswer
from helpdesk.moderation.model.rules import NEW_FOR, SENTENCES, HoldRule, Writing, rule_for

__all__ = [
    "ANSWER_LENGTH",
    "MOST_UNSIGNED",
    "NEW_FOR",
    "REASONS",
    "SENTENCES",
    "WORDS_LENGTH",
    "Case",
    "CaseState",
    "HoldRule",
    "NoSecondAppeal",
    "OfficialAnswer",
    "OwnThing",
    "Reason",
    "Report",
    "SamePerson",
    "Verdict",
    "WatchedWord",
    "Writing",
    "rule_for",
]
