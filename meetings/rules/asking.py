"""Putting a case to the rules: from a JSON object to a typed case, the rules of its date, and the answer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from meetings.rules.answers import Answer
from meetings.rules.cases import KINDS, Case, kind_of, read_date, read_object
from meetings.rules.errors import CaseError
from meetings.rules.overlays import Overlay, apply_overlays
from meetings.rules.rules import Rules
from meetings.rules.sets import SetLibrary
from meetings.rules.wording import Text

DEFAULT_SET = "fr-cgct-commune"


@dataclass(frozen=True, slots=True)
class Request:
    """A case, the rule set it is put to, and the day whose law applies."""

    case: Case
    rule_set: str
    on: dt.date


def parse(raw: object, today: dt.date) -> Request:
    """Read a case from JSON values; `today` is the day of the law when the case states none.

    Raises CaseError for an unknown kind, an unknown, missing or impossible field.
    """
    facts = dict(read_object(Text("CASE", "CASE"), raw))
    name = facts.pop("kind", None)
    kind = KINDS.get(name) if isinstance(name, str) else None
    if kind is None:
        known = ", ".join(sorted(KINDS))
        raise CaseError(
            f"« kind » manque ou est inconnu : {name} (connus : {known}).",
            f"kind is missing or unknown: {name} (known: {known}).",
            field="kind",
        )
    rule_set = facts.pop("rule_set", DEFAULT_SET)
    if not isinstance(rule_set, str):
        raise CaseError(
            "« rule_set » doit être le nom d’un jeu de règles.",
            "rule_set must be the name of a rule set.",
            field="rule_set",
        )
    on = _read_on(facts.pop("on", None))
    case = kind.read(facts)
    return Request(case, rule_set, on or case.day() or today)


def _read_on(raw: object) -> dt.date | None:
    try:
        return None if raw is None else read_date(Text("on", "on"), raw)
    except CaseError as error:
        raise CaseError(error.text.fr, error.text.en, field="on") from error


def rules_for(library: SetLibrary, rule_set: str, on: dt.date, overlays: Sequence[Overlay] = ()) -> Rules:
    """Return the rules of a set in force on a day, under a town's and a sitting's overlays.

    Compute it once for a sitting: `decide` with it costs microseconds. Raises CaseError outside the set's validity.
    """
    base = library.find(rule_set, on)
    return apply_overlays(base, on, overlays) if overlays else base.rules_on(on)


def decide(case: Case, rules: Rules) -> Answer:
    """Answer a case. Pure: the same case under the same rules has the same answer, for ever.

    Raises CaseError where the rules say nothing on the point, or the facts reach beyond the calendar.
    """
    try:
        return kind_of(case).decide(case, rules)
    except OverflowError as error:
        raise CaseError("Le calendrier ne va pas jusque-là.", "The calendar does not reach that far.") from error


def answer(request: Request, library: SetLibrary, overlays: Sequence[Overlay] = ()) -> Answer:
    """Answer a request read by `parse`."""
    return decide(request.case, rules_for(library, request.rule_set, request.on, overlays))
