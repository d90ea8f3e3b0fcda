"""One file of a rule set as it is written, before it is put together with the set that it extends."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from meetings.rules.answers import Grade
from meetings.rules.files import POLICIES, Block, RuleFile
from meetings.rules.wording import Text

_TOP = ("id", "version", "title", "valid_from", "valid_to", "extends", "session", "override", "drop", "inherited",
        "review", "note")  # fmt: skip
_SESSIONS = ("plenary", "committee", "bureau")


@dataclass(frozen=True, slots=True)
class SetFile:
    """One file of a rule set as it is written."""

    file: RuleFile
    id: str
    version: str
    title: Text
    valid_from: dt.date
    valid_to: dt.date | None
    extends: str | None
    session: str
    override: str
    drop: tuple[str, ...]
    inherited_articles: tuple[str, ...]
    inherited_grade: Grade
    cite_instead: bool
    is_reviewed: bool
    blocks: tuple[Block, ...]

    def stated(self, name: str, day: dt.date) -> Block | None:
        """Return the block that states a rule on a day."""
        return next((block for block in self.blocks if block.name == name and block.holds_on(day)), None)


def read_set(path: Path) -> SetFile:
    """Read one file; raise RuleFileError with all its faults."""
    file = RuleFile(path)
    table = file.table
    start, end = file.period(table, ())
    if start is None:
        file.fault((), "Il manque « valid_from ».", "valid_from is missing.")
    inherited = file.optional(table, (), "inherited", dict) or {}
    file.unknown_keys(inherited, ("inherited",), ("articles", "grade", "cite"))
    review = file.optional(table, (), "review", dict) or {}
    file.unknown_keys(review, ("review",), ("status", "reviewer", "date"))
    if review.get("status") == "reviewed" and not review.get("reviewer"):
        file.fault(
            ("review",), "Qui a relu ce jeu ? Indiquer « reviewer ».", "Who reviewed this set? State the reviewer."
        )
    found = SetFile(
        file=file,
        id=file.value(table, (), "id", str) or "?",
        version=file.value(table, (), "version", str) or "?",
        title=file.text(table, (), "title"),
        valid_from=start or dt.date.min,
        valid_to=end,
        extends=file.optional(table, (), "extends", str),
        session=_word(file, table, "session", _SESSIONS),
        override=_word(file, table, "override", POLICIES),
        drop=file.names(table, (), "drop", required=False),
        inherited_articles=file.names(inherited, ("inherited",), "articles", required=False),
        inherited_grade=Grade(_word(file, inherited, "grade", tuple(each.value for each in Grade))),
        is_reviewed=_word(file, review, "status", ("draft", "reviewed"), ("review",)) == "reviewed",
        cite_instead=_word(file, inherited, "cite", ("besides", "instead")) == "instead",
        blocks=file.blocks(_TOP, law=True),
    )
    _check_periods(found)
    file.refuse_faults()
    return found


def _word(
    file: RuleFile, table: Mapping[str, object], name: str, allowed: tuple[str, ...], keys: tuple[str, ...] = ()
) -> str:
    found = table.get(name, allowed[0])
    if found not in allowed:
        file.fault((*keys, name), f"« {name} » vaut {', '.join(allowed)}.", f"{name} is one of {', '.join(allowed)}.")
        return allowed[0]
    return str(found)


def _check_periods(found: SetFile) -> None:
    """Refuse a rule stated twice for the same day, or for days outside the set."""
    far = dt.date.max
    for at, block in enumerate(found.blocks):
        start, end = block.valid_from or found.valid_from, block.valid_to or found.valid_to or far
        if start < found.valid_from or end > (found.valid_to or far):
            found.file.fault(
                block.keys,
                f"{block.name} sort des dates du jeu de règles.",
                f"{block.name} leaves the dates of its set.",
            )
        for other in found.blocks[:at]:
            other_start, other_end = other.valid_from or found.valid_from, other.valid_to or found.valid_to or far
            if other.name == block.name and start <= other_end and other_start <= end:
                line = found.file.line(other.keys)
                found.file.fault(
                    block.keys,
                    f"{block.name} est énoncé deux fois pour les mêmes dates (voir ligne {line}).",
                    f"{block.name} is stated twice for overlapping dates (see line {line}).",
                )
