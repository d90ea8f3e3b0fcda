"""Where a journal stands after each entry, and the rules that it names: what is computed again starts from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meetings.attendance.model.gathering import Gathering
from meetings.attendance.model.presence import Presence
from meetings.ballots.model import Ballots
from meetings.rules import CaseError, Rules, load_sets, rules_for
from meetings.sittings.journal import Entry, read_instant
from meetings.sittings.model.progress import Progress
from portal.clock import civil_date

Content = Mapping[str, Any]
"""What an entry says."""


@dataclass(frozen=True)
class Difference:
    """Something that does not follow from what stands before it."""

    line: int
    """Of the exported file; the heading is the first."""
    what: str
    """Completes “line 7 …”."""


@dataclass
class Standing:
    """What follows from the entries so far, with what did not."""

    progress: Progress = field(default_factory=Progress)
    presence: Presence = field(default_factory=Presence)
    ballots: Ballots = field(default_factory=Ballots)
    on: date | None = None
    rules: Rules | None = None
    no_rules: str = ""
    done: dict[str, int] = field(default_factory=lambda: {"quorum": 0, "ballot": 0, "vote": 0, "round": 0})
    differences: list[Difference] = field(default_factory=list)

    def take(self, entry: Entry, checks: Mapping[str, Check]) -> None:
        """Check an entry against what stands before it, then go on to after it."""
        check = checks.get(entry.kind)
        if check is not None:
            for what in check(self, entry.content):
                self.differ(entry, what)
        self.progress = self.progress.apply(entry)
        self.presence = self.presence.apply(entry)
        self.ballots = self.ballots.apply(entry)
        if entry.kind == "convocation.sent":
            self.on = civil_date(read_instant(entry.content["meets_at"]))
        if entry.kind == "roll.opened":
            self._find_rules(entry)

    def differ(self, entry: Entry, what: str) -> None:
        """Say that an entry does not follow."""
        self.differences.append(Difference(entry.number + 1, what))

    def voices(self, item_id: str) -> Mapping[str, str] | None:
        """Who casts each voice on an item at this point; None where the rules are not known."""
        if self.rules is None:
            return None
        return Gathering.of(self.presence, self.progress, self.rules, item_id).voices

    def _find_rules(self, entry: Entry) -> None:
        try:
            self.rules = rules_for(load_sets(), self.progress.rule_set, self.on or civil_date(entry.at))
        except CaseError as error:
            self.no_rules = str(error)
            return
        if self.rules.version != self.progress.rule_set_version:
            self.no_rules = f"{self.progress.rule_set} {self.progress.rule_set_version} is not among the sets here"
            self.rules = None


Check = Callable[[Standing, Content], Iterator[str]]
"""What an entry says that does not follow from what stands before it; each completes “line 7 …”."""


def same_people(role: str, found: Iterable[str], said: Iterable[str]) -> Iterator[str]:
    """Who is named in a role and was not found in it, and the other way round."""
    before, here = _set(found), _set(said)
    if here - before:
        yield f"counts {role} who by the entries before is not: {', '.join(sorted(here - before))}"
    if before - here:
        yield f"leaves out who by the entries before is {role}: {', '.join(sorted(before - here))}"


def _set(people: Iterable[str]) -> Set[str]:
    return {str(each) for each in people}


def shown(value: object) -> str:
    """A value in words."""
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
