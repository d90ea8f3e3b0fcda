"""Asking the rules, reading their sets, checking internal rules against the law. Nothing is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meetings.rules import (
    DEFAULT_SET,
    Answer,
    Change,
    Overlay,
    RuleSet,
    SetLibrary,
    Stated,
    changes,
    decide,
    load_overlay,
    load_sets,
    parse,
    read_form,
    rules_for,
)
from portal.clock import Clock, civil_date
from portal.errors import InvalidInput, NotFound
from portal.i18n import lazy
from portal.permissions import Actor, Role, define, require

TRY_RULES = define(
    "rules.try",
    lazy("Ask what the rules of a sitting would say, and check internal rules"),
    frozenset({Role.CLERK, Role.COUNCILLOR, Role.MAYOR, Role.ADMINISTRATOR}),
)

OVERLAY_LENGTH = 16_000
"""Characters of a file of internal rules; they have some dozen lines, and a hostile file costs time by its length."""

USUAL_SETS = {"single_place": "fr-cgct-epci-remote", "councillors_notice": "fr-cgct-epci"}
"""The set that a kind is first asked of, where ordinary law knows nothing of it."""


@dataclass(frozen=True)
class CheckedOverlay:
    """A file of internal rules that keeps within the law, and what it changes."""

    overlay: Overlay
    changes: tuple[Change, ...]


class Rulebook:
    """The rule sets, and whoever may ask them. Raises `CaseError` for a case that cannot be."""

    def __init__(self, library: SetLibrary, clock: Clock) -> None:
        self.library = library
        self.titles = {each.id: each.title for each in library.sets}
        """Each set's title, in its newest version."""
        self._clock = clock

    @classmethod
    def open(cls, clock: Clock) -> Rulebook:
        """Read and check every shipped set, once; raise `RuleFileError` when one does not hold together."""
        return cls(load_sets(), clock)

    def ask_typed(self, who: Actor | None, kind: str, typed: Mapping[str, str]) -> Answer:
        """Answer what a person typed into the form of a kind."""
        return self.ask(who, read_form(kind, {name: text for name, text in typed.items() if text.strip()}))

    def ask(self, who: Actor | None, case: Mapping[str, object]) -> Answer:
        """Answer a case in the shape that the command line takes."""
        require(who, TRY_RULES)
        request = parse(case, civil_date(self._clock()))
        return decide(request.case, rules_for(self.library, request.rule_set, request.on))

    def set_of(self, set_id: str) -> tuple[RuleSet, Mapping[str, Stated]]:
        """The newest version of a set, with its rules of today or, where that is another time, of its last day."""
        versions = [each for each in self.library.sets if each.id == set_id]
        if not versions:
            raise NotFound
        newest = versions[-1]
        day = max(newest.valid_from, min(civil_date(self._clock()), newest.valid_to or dt.date.max))
        return newest, newest.stated_on(day)

    def check(self, who: Actor | None, text: str) -> CheckedOverlay:
        """Check a file of internal rules against the law; raise `RuleFileError` with each line that goes too far."""
        require(who, TRY_RULES)
        if not text.strip():
            raise InvalidInput(fields={"text": lazy("Paste the internal rules here, or choose a file.")})
        if len(text) > OVERLAY_LENGTH:
            raise InvalidInput(fields={"text": lazy("This is too long.")})
        overlay = load_overlay(Path("overlay.toml"), self.library, text)
        return CheckedOverlay(overlay, changes(overlay, self.library))


def usual_set(kind: str) -> str:
    """The set that a kind is asked of unless another is chosen."""
    return USUAL_SETS.get(kind, DEFAULT_SET)
