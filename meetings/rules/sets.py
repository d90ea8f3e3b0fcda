"""Rule sets: versions with dates, each resolved against the set it extends, for every period of its validity."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from meetings.rules import kinds as _kinds
from meetings.rules.answers import Grade
from meetings.rules.contradictions import contradictions
from meetings.rules.errors import CaseError, Problem, RuleFileError
from meetings.rules.files import POLICIES, Block, RuleFile
from meetings.rules.rules import Applied, Rules
from meetings.rules.terms import RULES
from meetings.rules.wording import Text

__all__ = ["SHIPPED", "RuleSet", "SetFile", "SetLibrary", "Stated", "load_sets"]

SHIPPED = Path(__file__).with_name("sets")
_TOP = ("id", "version", "title", "valid_from", "valid_to", "extends", "session", "override", "drop", "inherited",
        "review", "note")  # fmt: skip
_SESSIONS = ("plenary", "committee", "bureau")
_KINDS = _kinds.__all__  # importing the kinds is what makes their rules known


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
    blocks: tuple[Block, ...]

    def stated(self, name: str, day: dt.date) -> Block | None:
        """Return the block that states a rule on a day."""
        return next((block for block in self.blocks if block.name == name and block.holds_on(day)), None)


@dataclass(frozen=True, slots=True)
class Stated:
    """One rule put together from a set and those it extends, before its model is made."""

    applied: Applied
    parameters: Mapping[str, object]
    override: str
    file: RuleFile
    block: Block


@dataclass(frozen=True, slots=True)
class RuleSet:
    """One version of a rule set, resolved: for each period between two changes, the rules in force."""

    id: str
    version: str
    title: Text
    valid_from: dt.date
    valid_to: dt.date | None
    session: str
    path: Path
    periods: tuple[tuple[dt.date, Mapping[str, Stated]], ...]
    sources: tuple[str, ...]

    def holds_on(self, day: dt.date) -> bool:
        """Tell whether this version is law on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def stated_on(self, day: dt.date) -> Mapping[str, Stated]:
        """Return the rules stated for a day within the validity."""
        return next(rules for start, rules in reversed(self.periods) if start <= day)

    def rules_on(self, day: dt.date) -> Rules:
        """Return the rules in force on a day within the validity, without overlays."""
        applied = {RULES[name].model: each.applied for name, each in self.stated_on(day).items()}
        return Rules(self.id, self.version, day, self.session, applied)


class SetLibrary:
    """Every version of every rule set. Refuses two versions of one set that share a day."""

    def __init__(self, sets: Sequence[RuleSet]) -> None:
        self.sets = tuple(sorted(sets, key=lambda each: (each.id, each.valid_from)))

    def find(self, name: str, day: dt.date) -> RuleSet:
        """Return the version of a set that is law on a day; raise CaseError outside every validity."""
        versions = [each for each in self.sets if each.id == name]
        for each in versions:
            if each.holds_on(day):
                return each
        if not versions:
            known = ", ".join(dict.fromkeys(each.id for each in self.sets))
            raise CaseError(
                f"Jeu de règles inconnu : {name} (connus : {known}).", f"Unknown rule set: {name} (known: {known})."
            )
        raise CaseError(
            f"Le {day.isoformat()} est hors de la validité de {name} ({_validity(versions, 'au', 'sans fin')}).",
            f"{day.isoformat()} is outside the validity of {name} ({_validity(versions, 'to', 'no end')}).",
        )

    def rules(self, name: str, day: dt.date) -> Rules:
        """Return the rules of a set in force on a day."""
        return self.find(name, day).rules_on(day)


def load_sets(*folders: Path) -> SetLibrary:
    """Load the shipped sets and those of other folders; raise RuleFileError with every fault of every file."""
    paths = [path for folder in (SHIPPED, *folders) for path in sorted(folder.glob("*.toml"))]
    return load_files(paths)


def load_files(paths: Sequence[Path]) -> SetLibrary:
    """Load rule sets from these files and no others."""
    problems: list[Problem] = []
    read: list[SetFile] = []
    for path in paths:
        try:
            read.append(read_set(path))
        except RuleFileError as error:
            problems.extend(error.problems)
    if problems:
        raise RuleFileError(problems)
    problems.extend(_overlapping_versions(read))
    resolved: list[RuleSet] = []
    for each in read:
        resolved.append(_resolve(each, read))
        problems.extend(each.file.problems)
    if problems:
        raise RuleFileError(problems)
    return SetLibrary(resolved)


def read_set(path: Path) -> SetFile:
    """Read one file; raise RuleFileError with all its faults."""
    file = RuleFile(path)
    table = file.table
    start, end = file.period(table, ())
    if start is None:
        file.fault((), "Il manque « valid_from ».", "valid_from is missing.")
    inherited = file.optional(table, (), "inherited", dict) or {}
    file.unknown_keys(inherited, ("inherited",), ("articles", "grade", "cite"))
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
        cite_instead=_word(file, inherited, "cite", ("besides", "instead")) == "instead",
        blocks=file.blocks(_TOP, law=True),
    )
    _check_periods(found)
    file.refuse_faults()
    return found


def _word(file: RuleFile, table: Mapping[str, object], name: str, allowed: tuple[str, ...]) -> str:
    found = table.get(name, allowed[0])
    if found not in allowed:
        file.fault((name,), f"« {name} » vaut {', '.join(allowed)}.", f"{name} is one of {', '.join(allowed)}.")
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


def _overlapping_versions(read: Sequence[SetFile]) -> list[Problem]:
    problems: list[Problem] = []
    far = dt.date.max
    for at, each in enumerate(read):
        for other in read[:at]:
            if (
                each.id == other.id
                and each.valid_from <= (other.valid_to or far)
                and other.valid_from <= (each.valid_to or far)
            ):
                file = each.file
                file.fault(
                    ("valid_from",),
                    f"{each.id} {each.version} et {other.version} ({other.file.path}) se chevauchent dans le temps.",
                    f"{each.id} {each.version} and {other.version} ({other.file.path}) have overlapping dates.",
                )
                problems.append(file.problems.pop())
    return problems


def _validity(versions: Sequence[RuleSet], to: str, no_end: str) -> str:
    return ", ".join(
        f"{each.valid_from.isoformat()} {to} {each.valid_to.isoformat() if each.valid_to else no_end}"
        for each in versions
    )


def _resolve(each: SetFile, read: Sequence[SetFile]) -> RuleSet:
    chain = _chain(each, read)
    days = {each.valid_from}
    for block in (block for one in chain for block in one.blocks):
        days |= {block.valid_from or each.valid_from}
        days |= {block.valid_to + dt.timedelta(days=1)} if block.valid_to else set()
    last = each.valid_to or dt.date.max
    starts = sorted(day for day in days if each.valid_from <= day <= last)
    periods = tuple((start, _put_together(chain, start)) for start in starts)
    sources = dict.fromkeys(source for one in chain for block in one.blocks for source in block.sources)
    return RuleSet(each.id, each.version, each.title, each.valid_from, each.valid_to, each.session,
                   each.file.path, periods, tuple(sources))  # fmt: skip


def _chain(each: SetFile, read: Sequence[SetFile]) -> list[SetFile]:
    """Return the file and those it extends, the farthest first. A name that is extended has its latest version."""
    chain = [each]
    while (name := chain[0].extends) is not None:
        bases = [other for other in read if other.id == name]
        if not bases or any(other.id == name for other in chain):
            each.file.fault(
                ("extends",), f"« {name} » ne peut pas être complété par ce jeu.", f"{name} cannot be extended here."
            )
            break
        chain.insert(0, max(bases, key=lambda other: other.valid_from))
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
    grade = max(stated.applied.grade, heir.inherited_grade)
    override = heir.override if heir.override != "none" else stated.override
    return replace(stated, applied=replace(stated.applied, articles=articles, grade=grade), override=override)


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
            block.keys, f"Il manque à {block.name} : {missing}.", f"{block.name} lacks its parameter: {missing}."
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
            one.file.fault(keys, f"{name} : il manque la phrase {lacking}.", f"{name} lacks the sentence {lacking}.")
        if (spec.asks or (is_open and "open" in wanted)) and not applied.asks:
            one.file.fault(keys, f"{name} doit poser une question.", f"{name} must ask a question.")
        if not applied.says.fr:
            one.file.fault(keys, f"{name} : il manque « says ».", f"{name} lacks says.")
    values = {RULES[name].model: stated.applied.values for name, stated in found.items()}
    for name, text in contradictions(values):
        stated = found[name]
        one.file.fault(stated.block.keys if stated.file is one.file else (), text.fr, text.en)
