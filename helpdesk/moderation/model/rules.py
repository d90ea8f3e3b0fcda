"""Rules that hold a posting until somebody has looked at it. They hold, they never delete; all are pure.

Each is simple and meant to be: its sentence tells the author which one it was.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from portal.accounts.model import plain
from portal.i18n import lazy

NEW_FOR = timedelta(days=7)
"""How long an account is new."""


class HoldRule(StrEnum):
    """Why a posting is looked at first, in the order in which they are asked."""

    WORD = "word"
    MONEY = "money"
    MINORS = "minors"
    MEDICAL = "medical"
    FIRST = "first"


SENTENCES = {
    HoldRule.WORD: lazy("It holds a word that the town wants to look at."),
    HoldRule.MONEY: lazy("It speaks of a price or of money. Help on this board is free."),
    HoldRule.MINORS: lazy("It concerns children. Somebody of the town looks at those first."),
    HoldRule.MEDICAL: lazy("It speaks of health. Everybody would read it: perhaps it can be said without."),
    HoldRule.FIRST: lazy("It is the first from a new account."),
}

# Searched in texts without accents and capitals.
_MONEY = re.compile(
    r"\d\s*(?:€|euros?\b|eur\b)|€\s*\d"
    r"|\b(?:virements?|paypal|lydia|wero|western union|iban|rib|carte bancaire|code pin|mandat cash|bitcoins?"
    r"|a vendre|je vends|tarifs?|remuneration|remuneree?s?|par heure)\b"
)
_MINORS = re.compile(
    r"\b(?:enfants?|bebes?|nourrissons?|mineure?s?|mon fils|ma fille|baby-?sitt\w+|creche|ecoliers?|collegiens?"
    r"|child|children|bab(?:y|ies)|toddlers?)\b"
)
_MEDICAL = re.compile(
    r"\b(?:cancer|vih|sida|depressi\w+|alzheimer|parkinson|diabet\w+|chimio\w*|epilep\w+|schizophren\w+|psychiatr\w+"
    r"|handicape?e?s?|enceinte|alcooli\w+|toxicoman\w+|maladies?|malade|diagnosti\w+|hospitalise?e?s?"
    r"|pregnant|illness|disease|disabled|diagnosis)\b"
)


@dataclass(frozen=True)
class Writing:
    """What the rules look at."""

    text: str
    category_id: str
    is_first_of_new_account: bool


def rule_for(writing: Writing, watched: Collection[str] = ()) -> HoldRule | None:
    """The first rule that holds it, or none. `watched` are the town's own words, `plain` and whole."""
    text = plain(writing.text)
    if any(re.search(rf"\b{re.escape(word)}\b", text) for word in watched):
        return HoldRule.WORD
    if _MONEY.search(text):
        return HoldRule.MONEY
    if writing.category_id == "children" or _MINORS.search(text):
        return HoldRule.MINORS
    if _MEDICAL.search(text):
        return HoldRule.MEDICAL
    return HoldRule.FIRST if writing.is_first_of_new_account else None
