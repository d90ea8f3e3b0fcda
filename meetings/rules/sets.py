"""Rule sets: versions with dates, loaded from files that hold together or are refused."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from meetings.rules.errors import CaseError, Problem, RuleFileError
from meetings.rules.resolution import Periods, Stated, bases_of, resolve
from meetings.rules.rules import Rules
from meetings.rules.set_file import SetFile, read_set
from meetings.rules.terms import RULES
from meetings.rules.wording import Text

SHIPPED = Path(__file__).with_name("sets")
SOURCES = Path(__file__).with_name("sources.toml")


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
    is_reviewed: bool
    """Whether a lawyer has read it; the file says so and who."""
    periods: Periods
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

    def for_video(self, set_id: str) -> str:
        """The set that binds a body when it meets by video: the one named ``…-remote`` beside its own, if any."""
        remote = f"{set_id}-remote"
        return remote if any(each.id == remote for each in self.sets) else set_id

    def find(self, name: str, day: dt.date) -> RuleSet:
        """Return the version of a set that is law on a day; raise CaseError outside every validity."""
        versions = [each for each in self.sets if each.id == name]
        for each in versions:
            if each.holds_on(day):
                return each
        if not versions:
            known = ", ".join(dict.fromkeys(each.id for each in self.sets))
            raise CaseError(
                f"Jeu de règles inconnu : {name} (connus : {known}).",
                f"Unknown rule set: {name} (known: {known}).",
                field="rule_set",
            )
        raise CaseError(
            f"Le {day.isoformat()} est hors de la validité de {name} ({_validity(versions, 'au', 'sans fin')}).",
            f"{day.isoformat()} is outside the validity of {name} ({_validity(versions, 'to', 'no end')}).",
            field="on",
        )

    def rules(self, name: str, day: dt.date) -> Rules:
        """Return the rules of a set in force on a day."""
        return self.find(name, day).rules_on(day)


def load_sets(*folders: Path) -> SetLibrary:
    """Load the shipped sets and those of other folders; raise RuleFileError with every fault of every file."""
    paths = [path for folder in (SHIPPED, *folders) for path in sorted(folder.glob("*.toml"))]
    return load_files(paths)


def load_sources() -> Mapping[str, str]:
    """Return where each rule was read, by the short code that the files use."""
    table = tomllib.loads(SOURCES.read_text(encoding="utf-8"))
    return cast("Mapping[str, str]", table["sources"])


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
    resolved = [_rule_set(each, read) for each in read]
    faulty = [each for each in read if each.file.problems]
    # What is wrong in a base is wrong in each set that extends it: say it once, where it can be put right.
    own = [each for each in faulty if not any(base in faulty for base in bases_of(each, read))]
    problems.extend(problem for each in own or faulty for problem in each.file.problems)
    if problems:
        raise RuleFileError(problems)
    return SetLibrary(resolved)


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


def _rule_set(each: SetFile, read: Sequence[SetFile]) -> RuleSet:
    periods = resolve(each, read)
    sources = dict.fromkeys(
        source for _, rules in periods for stated in rules.values() for source in stated.applied.sources
    )
    return RuleSet(
        id=each.id,
        version=each.version,
        title=each.title,
        valid_from=each.valid_from,
        valid_to=each.valid_to,
        session=each.session,
        path=each.file.path,
        is_reviewed=each.is_reviewed,
        periods=periods,
        sources=tuple(sources),
    )
