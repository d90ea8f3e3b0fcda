"""Overlays: a town's internal rules and a sitting's own decisions, which may only tighten the law or fill it in."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from meetings.rules.answers import Grade
from meetings.rules.contradictions import contradictions
from meetings.rules.errors import CaseError
from meetings.rules.files import Block, RuleFile
from meetings.rules.resolution import Stated
from meetings.rules.rules import Applied, Rules
from meetings.rules.sets import RuleSet, SetLibrary
from meetings.rules.terms import OPEN, RULES
from meetings.rules.wording import Text

Layer = Literal["internal_rules", "sitting"]
LAYERS: tuple[Layer, Layer] = ("internal_rules", "sitting")
_TOP = ("overlay", "layer", "title", "applies_to", "valid_from", "valid_to", "reference", "note")


@dataclass(frozen=True, slots=True)
class Overlay:
    """A checked overlay: it keeps within what the law leaves to the town, on every day of its own dates."""

    id: str
    layer: Layer
    title: Text
    applies_to: str
    valid_from: dt.date
    valid_to: dt.date | None
    reference: str
    blocks: tuple[Block, ...]

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether the overlay is in force on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def load_overlay(path: Path, library: SetLibrary, text: str | None = None) -> Overlay:
    """Read and check an overlay file; raise RuleFileError with each line that goes where it may not.

    With `text`, what would stand in the file: nothing is read from disk.
    """
    file = RuleFile(path, text)
    table = file.table
    start, end = file.period(table, ())
    if start is None:
        file.fault((), "Il manque « valid_from ».", "valid_from is missing.")
    layer = table.get("layer", LAYERS[0])
    if layer not in LAYERS:
        file.fault(("layer",), f"« layer » vaut {', '.join(LAYERS)}.", f"layer is one of {', '.join(LAYERS)}.")
    overlay = Overlay(
        id=file.value(table, (), "overlay", str) or "?",
        layer=cast("Layer", layer),
        title=file.text(table, (), "title"),
        applies_to=file.value(table, (), "applies_to", str) or "?",
        valid_from=start or dt.date.min,
        valid_to=end,
        reference=file.value(table, (), "reference", str) or "?",
        blocks=file.blocks(_TOP, law=False),
    )
    _check_twice(file, overlay)
    bases = [each for each in library.sets if each.id == overlay.applies_to]
    if not bases and overlay.applies_to != "?":
        file.fault(
            ("applies_to",),
            f"Jeu de règles inconnu : {overlay.applies_to}.",
            f"Unknown rule set: {overlay.applies_to}.",
        )
    far = dt.date.max
    shared = [
        each for each in bases if each.valid_from <= (end or far) and overlay.valid_from <= (each.valid_to or far)
    ]
    if bases and not shared:
        file.fault(("valid_from",), "Aucune date commune avec le jeu de règles.", "No day in common with the rule set.")
    file.refuse_faults()
    for base in bases:
        _check_against(file, overlay, base)
    file.refuse_faults()
    return overlay


@dataclass(frozen=True, slots=True)
class Change:
    """One value that an overlay sets: the rule, its sentence, the parameter, what it was and what it becomes."""

    rule: str
    says: Text
    articles: tuple[str, ...]
    parameter: str
    was: str
    becomes: str


def changes(overlay: Overlay, library: SetLibrary) -> tuple[Change, ...]:
    """Return what an overlay changes, on its own first day that is law in its set."""
    base = next(
        each
        for each in library.sets
        if each.id == overlay.applies_to and (each.valid_to or dt.date.max) >= overlay.valid_from
    )
    stated = base.stated_on(max(overlay.valid_from, base.valid_from))
    return tuple(
        Change(
            rule=block.name,
            says=stated[block.name].applied.says,
            articles=block.articles,
            parameter=name,
            was=_written(stated[block.name].parameters[name]),
            becomes=_written(value),
        )
        for block in overlay.blocks
        for name, value in block.parameters.items()
    )


def apply_overlays(base: RuleSet, day: dt.date, overlays: Sequence[Overlay]) -> Rules:
    """Return the rules of a set on a day under its overlays, internal rules first, then the sitting's decisions.

    Raises CaseError for an overlay of another set or date, or one that a former overlay leaves no room for.
    """
    stated = base.stated_on(day)
    for overlay in sorted(overlays, key=lambda each: LAYERS.index(each.layer)):
        if overlay.applies_to != base.id or not overlay.holds_on(day):
            raise CaseError(
                f"{overlay.id} ne s’applique pas à {base.id} le {day.isoformat()}.",
                f"{overlay.id} does not apply to {base.id} on {day.isoformat()}.",
            )
        for block in overlay.blocks:
            refused = _refusals(stated.get(block.name), block)
            if refused:
                text = refused[0][1]
                raise CaseError(f"{overlay.id} : {text.fr}", f"{overlay.id}: {text.en}")
        stated = _laid(stated, overlay)
    applied = {RULES[name].model: each.applied for name, each in stated.items()}
    names = tuple(each.id for each in overlays)
    return Rules(base.id, base.version, day, base.session, applied, names)


def _check_twice(file: RuleFile, overlay: Overlay) -> None:
    names = [block.name for block in overlay.blocks]
    for at, block in enumerate(overlay.blocks):
        if block.name in names[:at]:
            file.fault(block.keys, f"{block.name} est énoncé deux fois.", f"{block.name} is stated twice.")


def _check_against(file: RuleFile, overlay: Overlay, base: RuleSet) -> None:
    """Try the overlay on each period of the law that it meets."""
    last = min(overlay.valid_to or dt.date.max, base.valid_to or dt.date.max)
    first = max(overlay.valid_from, base.valid_from)
    if first > last:
        return
    days = [first, *(start for start, _ in base.periods if first < start <= last)]
    for day in days:
        before = len(file.problems)
        stated = base.stated_on(day)
        for block in overlay.blocks:
            for name, text in _refusals(stated.get(block.name), block):
                file.fault((*block.keys, name), text.fr, text.en)
        if len(file.problems) > before:
            return
        laid = _laid(stated, overlay)
        for name, text in contradictions({RULES[each].model: found.applied.values for each, found in laid.items()}):
            at = next((block for block in overlay.blocks if block.name == name), overlay.blocks[0])
            file.fault(at.keys, text.fr, text.en)


def _refusals(stated: Stated | None, block: Block) -> list[tuple[str, Text]]:
    """Return each parameter that goes where it may not, with the reason."""
    if stated is None:
        return [("", Text(f"{block.name} n’existe pas dans ce jeu.", f"{block.name} does not exist in this set."))]
    found: list[tuple[str, Text]] = []
    articles = ", ".join(stated.applied.articles)
    for name, new in block.parameters.items():
        old = stated.parameters[name]
        stricter = RULES[block.name].terms[name].stricter
        if old == new or stated.override == "free" or (old is None and stated.override == "tighten"):
            continue
        if stated.override == "none" or stricter is None:
            text = Text(f"{block.name}.{name} est fixé par la loi ({articles}).",
                        f"{block.name}.{name} is set by law ({articles}).")  # fmt: skip
        elif new is None or not stricter(old, new):
            text = Text(
                f"{block.name}.{name} ne peut qu’être resserré : {_written(old)} ({articles}), ici {_written(new)}.",
                f"{block.name}.{name} may only be tightened: {_written(old)} ({articles}), here {_written(new)}.",
            )
        else:
            continue
        found.append((name, text))
    return found


def _written(value: object) -> str:
    if value is None:
        return OPEN
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _laid(stated: Mapping[str, Stated], overlay: Overlay) -> dict[str, Stated]:
    found = dict(stated)
    for block in overlay.blocks:
        found[block.name] = _lay(found[block.name], block)
    return found


def _lay(base: Stated, block: Block) -> Stated:
    parameters = {**base.parameters, **block.parameters}
    filled = any(base.parameters[name] is None and parameters[name] is not None for name in block.parameters)
    was = base.applied
    applied: Applied = replace(
        was,
        values=RULES[block.name].model(**parameters),
        articles=(*was.articles, *(each for each in block.articles if each not in was.articles)),
        grade=Grade.A if filled else was.grade,
        says=block.says or was.says,
    )
    return replace(base, applied=applied, parameters=parameters)
