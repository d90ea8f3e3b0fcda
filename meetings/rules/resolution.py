"""Putting a rule set together with those it extends, for each period between two changes of its rules."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from meetings.rules import kinds
from meetings.rules.contradictions import contradictions
from meetings.rules.files import Block, RuleFile
from meetings.rules.rules import Applied
from meetings.rules.set_file import SetFile
from meetings.rules.terms import RULES
from meetings.rules.wording import Text

KINDS = kinds.__all__
"""Importing the kinds is what makes their rules known."""


@dataclass(frozen=True, slots=True)
class Stated:
    """One rule put together from a set and those it extends, before its model is made."""

    applied: Applied
    parameters: Mapping[str, object]
    override: str
    file: RuleFile
    block: Block


Periods = tuple[tuple[dt.date, Mapping[str, Stated]], ...]


def resolve(each: SetFile, read: Sequence[SetFile]) -> Periods:
    """Return the first day of each period with its rules; faults found on the way stay with the file."""
    bases = bases_of(each, read)
    days = {each.valid_from, *(base.valid_from for base in bases)}
    days |= {base.valid_to + dt.timedelta(days=1) for base in bases if base.valid_to}
    for block in (block for one in (each, *bases) for block in one.blocks):
        days |= {block.valid_from} if block.valid_from else set()
        days |= {block.valid_to + dt.timedelta(days=1)} if block.valid_to else set()
    last = each.valid_to or dt.date.max
    starts = sorted(day for day in days if each.valid_from <= day <= last)
    return tuple((start, _put_together(_chain(each, bases, start), start)) for start in starts)


def bases_of(each: SetFile, read: Sequence[SetFile]) -> list[SetFile]:
    """Return every version of every set that this one extends, near or far; a name that cannot be is a fault."""
    bases: list[SetFile] = []
    waiting = [each]
    while waiting:
        name = waiting.pop().extends
        if name is None or any(base.id == name for base in bases):
            continue
        found = [other for other in read if other.id == name]
        if not found or name == each.id:
            each.file.fault(
                ("extends",), f"« {name} » ne peut pas être complété par ce jeu.", f"{name} cannot be extended here."
            )
            continue
        bases.extend(found)
        waiting.extend(found)
    return bases


def _chain(each: SetFile, bases: Sequence[SetFile], day: dt.date) -> list[SetFile]:
    """Return the file and those it extends on a day, the farthest first.

    A base is taken in the version that is law on that day; before its first version, in that one (a set of 2020 may
    say what differed from the code of 2022).
    """
    chain = [each]
    while (name := chain[0].extends) is not None:
        versions = sorted((base for base in bases if base.id == name), key=lambda base: base.valid_from)
        if not versions or any(one.id == name for one in chain):
            break
        begun = [base for base in versions if base.valid_from <= day]
        chain.insert(0, begun[-1] if begun else versions[0])
    return chain


def _put_together(chain: Sequence[SetFile], day: dt.date) -> dict[str, Stated]:
    found: dict[str, Stated] = {}
    for one in chain:
        last = one is chain[-1]
        if one is not chain[0]:
            found = {name: _inherit(stated, one) for name, stated in found.items() if name not in one.drop}
        for name in dict.fromkeys(block.name for block in one.blocks):
            block = one.stated(name, day)
            if block is not None:
                found[name] = _overlaid(found.get(name), block, one)
        if last:
            _check_whole(found, one, day)
    return found


def _inherit(stated: Stated, heir: SetFile) -> Stated:
    added = heir.inherited_articles
    articles = added if heir.cite_instead else (*stated.applied.articles, *added)
    sources = () if heir.cite_instead else stated.applied.sources
    grade = max(stated.applied.grade, heir.inherited_grade)
    override = heir.override if heir.override != "none" else stated.override
    return replace(
        stated, applied=replace(stated.applied, articles=articles, sources=sources, grade=grade), override=override
    )


def _overlaid(base: Stated | None, block: Block, one: SetFile) -> Stated:
    spec = RULES[block.name]
    was = base.applied if base is not None else None
    parameters = {**(base.parameters if base is not None else {}), **block.parameters}
    values = None
    if set(parameters) == set(spec.terms):
        values = spec.model(**parameters)
    else:
        missing = ", ".join(sorted(set(spec.terms) - set(parameters)))
        one.file.fault(
            block.keys, f"Il manque à {block.name} : {missing}.", f"{block.name} lacks its parameter: {missing}."
        )
    applied = Applied(
        name=block.name,
        values=values,
        articles=block.articles,
        sources=block.sources,
        grade=block.grade,
        says=block.says or (was.says if was else Text("", "")),
        because={**(was.because if was else {}), **block.because},
        conditions=block.conditions if block.conditions is not None else (was.conditions if was else ()),
        asks=block.asks or (was.asks if was else None),
    )
    override = block.override or (base.override if base is not None else one.override)
    return Stated(applied, parameters, override, one.file, block)


def _check_whole(found: Mapping[str, Stated], one: SetFile, day: dt.date) -> None:
    """Refuse a set that lacks a rule, a sentence or a question on that day, or whose rules contradict one another."""
    on = day.isoformat()
    for name, spec in RULES.items():
        stated = found.get(name)
        if stated is None:
            if spec.required and name not in one.drop:
                one.file.fault(
                    ("valid_from",), f"La règle {name} manque au {on}.", f"The rule {name} is missing on {on}."
                )
            continue
        applied = stated.applied
        is_open = any(value is None for value in stated.parameters.values())
        wanted = set(spec.outcomes) | ({"open"} if is_open and "open" in spec.optional_outcomes else set())
        lacking = ", ".join(sorted(wanted - set(applied.because)))
        keys = stated.block.keys if stated.file is one.file else ()
        if lacking:
            one.file.fault(keys, f"{name} : il manque la phrase {lacking}.", f"{name} lacks the sentence {lacking}.")
        if (spec.asks or (is_open and "open" in wanted)) and not applied.asks:
            one.file.fault(keys, f"{name} doit poser une question.", f"{name} must ask a question.")
        if not applied.says.fr:
            one.file.fault(keys, f"{name} : il manque « says ».", f"{name} lacks says.")
    values = {RULES[name].model: stated.applied.values for name, stated in found.items()}
    for name, text in contradictions(values):
        stated = found[name]
        one.file.fault(stated.block.keys if stated.file is one.file else (), text.fr, text.en)
