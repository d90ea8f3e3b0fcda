"""What a journal proclaims, computed again from what it holds (R3.27): quorums, ballots, rounds.

A chain that holds proves that nothing was changed after it was written. This proves that what was written follows:
whoever was counted present had arrived, each vote was cast by who might cast it, and the figures are their sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from meetings.attendance.model.gathering import Gathering
from meetings.attendance.model.presence import Presence
from meetings.ballots.model import Ballot, Ballots, Count, Kind, State
from meetings.ballots.model.deciding import decision
from meetings.rules import (
    BallotCase,
    CaseError,
    ElectionCase,
    Round,
    Rules,
    SingleCandidacyCase,
    decide,
    load_sets,
    rules_for,
)
from meetings.sittings.journal import Entry, read_instant
from meetings.sittings.model.progress import Progress
from portal.clock import civil_date


@dataclass(frozen=True)
class Difference:
    """Something that does not follow from what stands before it."""

    line: int
    """Of the exported file; the heading is the first."""
    what: str
    """Completes “line 7 …”."""


@dataclass(frozen=True)
class Checked:
    """What was computed again."""

    quorums: int
    ballots: int
    votes: int
    rounds: int
    differences: tuple[Difference, ...]
    rules: str
    """Why nothing was asked of the rules; empty when they were."""


def recompute(entries: Iterable[Entry]) -> Checked:
    """Compute every quorum and every ballot of a journal again, with the rules that it names."""
    again = _Again()
    for entry in entries:
        try:
            again.take(entry)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            again.differ(entry, f"does not say what an entry {entry.kind} says ({error})")
            break
    return Checked(
        again.done["quorum"],
        again.done["ballot"],
        again.done["vote"],
        again.done["round"],
        tuple(again.differences),
        again.no_rules,
    )


@dataclass
class _Again:
    progress: Progress = field(default_factory=Progress)
    presence: Presence = field(default_factory=Presence)
    ballots: Ballots = field(default_factory=Ballots)
    on: date | None = None
    rules: Rules | None = None
    no_rules: str = ""
    done: dict[str, int] = field(default_factory=lambda: {"quorum": 0, "ballot": 0, "vote": 0, "round": 0})
    differences: list[Difference] = field(default_factory=list)

    def take(self, entry: Entry) -> None:
        """Check an entry against what stands before it, then go on to after it."""
        check = _CHECKS.get(entry.kind)
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
        self.differences.append(Difference(entry.number + 1, what))

    def _find_rules(self, entry: Entry) -> None:
        try:
            self.rules = rules_for(load_sets(), self.progress.rule_set, self.on or civil_date(entry.at))
        except CaseError as error:
            self.no_rules = str(error)
            return
        if self.rules.version != self.progress.rule_set_version:
            self.no_rules = f"{self.progress.rule_set} {self.progress.rule_set_version} is not among the sets here"
            self.rules = None


Content = Mapping[str, Any]


def _quorum(again: _Again, content: Content) -> Iterator[str]:
    """Who was counted, by the arrivals before; the quorum, by the rules."""
    rules = again.rules
    if rules is None:
        return
    again.done["quorum"] += 1
    item_id = content.get("item")
    found = Gathering.of(again.presence, again.progress, rules, item_id, now_only=True)
    yield from _same_people("present", found.present, content["present"])
    yield from _same_people("represented", found.represented.keys(), content.get("represented", ()))
    if item_id is not None:
        yield from _same_people("interested", found.interested, content.get("interested", ()))
    said = content["quorum"]["result"]
    for name, value in decide(found.case, rules).result.items():
        if name in said and said[name] != value:
            yield f"states {name} {_shown(said[name])}; by the arrivals before it is {_shown(value)}"


def _opened(again: _Again, content: Content) -> Iterator[str]:
    voices, entitled = content["order"], content["entitled"]
    present = sum(voice == entitled[voice] for voice in voices)
    if (present, len(voices) - present) != (content["present"], content["represented"]):
        yield f"states {content['present']} present and {content['represented']} represented; its voices say otherwise"
    unknown = {*voices, *entitled.values()} - again.progress.seats.keys()
    if unknown:
        yield f"entitles who is not a member: {', '.join(sorted(unknown))}"
    if again.rules is None:
        return
    yield from _in_the_open(again, content, again.rules)
    if content["purpose"] == "accounts":
        return
    found = Gathering.of(again.presence, again.progress, again.rules, content["item"]).voices
    if found != dict(entitled):
        yield from _same_people("entitled", found.keys(), voices)
        changed = sorted(voice for voice in found.keys() & set(voices) if found[voice] != entitled[voice])
        if changed:
            yield f"lets another cast the voice of {', '.join(changed)} than the proxies before say"


def _in_the_open(again: _Again, content: Content, rules: Rules) -> Iterator[str]:
    """An appointment that is not voted in secret needs a vote that gave it up for that post (CGCT L2121-21)."""
    if content["purpose"] != "appointment" or content["kind"] == "secret":
        return
    case = BallotCase(purpose="appointment", present=content["present"], represented=content["represented"])
    waiver, post = again.ballots.waivers.get(content["item"]), content.get("post")
    # Older journals do not name the post: any waiver on the item may be the one.
    is_waived = waiver is not None and waiver.is_waived and (post or waiver.post) == waiver.post
    if not is_waived and decide(case, rules).result["ballot"] == "secret":
        yield f"votes in the open on an appointment ({post or 'post not named'}) whose secrecy was not given up"


def _vote(again: _Again, content: Content) -> Iterator[str]:
    again.done["vote"] += 1
    ballot = again.ballots.ballots[content["ballot"]]
    voice, caster = content["voice"], content["caster"]
    if ballot.kind is not Kind.PUBLIC:
        yield "names a vote in a ballot whose votes are not kept"
    if ballot.state is not State.OPEN:
        yield "records a vote while the ballot is not open"
    if ballot.entitled.get(voice) != caster:
        yield f"records a vote of {voice} by {caster}, who may not cast it"


def _proclaimed(again: _Again, content: Content) -> Iterator[str]:
    again.done["ballot"] += 1
    ballot = again.ballots.ballots[content["ballot"]]
    said = Count.read(content)
    counted = ballot.tally or Count()
    for name, value in counted.line.items():
        if said.line[name] != value:
            yield f"proclaims {said.line[name]} {name}; the votes before are {value}"
    if said.votes > len(ballot.entitled):
        yield f"proclaims {said.votes} votes of {len(ballot.entitled)} voices"
    if content["cast"] != counted.votes_for + counted.against:
        yield f"proclaims {content['cast']} votes cast; they are {counted.votes_for + counted.against}"
    if again.rules is not None:
        yield from _by_the_rules(ballot, content, again.rules)


def _by_the_rules(ballot: Ballot, content: Content, rules: Rules) -> Iterator[str]:
    try:
        found = decision(ballot, rules)
    except CaseError as error:
        yield f"proclaims what no ballot can be: {error}"
        return
    if found.question is not None:
        yield "proclaims what a person had to decide first"
    result = {"adopted": found.adopted, "decided_by": found.decided_by, "majority": found.answer.result["majority"]}
    for name, value in result.items():
        if content[name] != value:
            yield f"proclaims {name} {_shown(content[name])}; by the rules it is {_shown(value)}"


def _round(again: _Again, content: Content) -> Iterator[str]:
    again.done["round"] += 1
    election = again.ballots.elections[content["election"]]
    papers = sum(content["candidates"].values()) + content["blank"] + content["void"]
    if "papers" in content and content["papers"] != papers:
        yield f"states {content['papers']} papers; its counts are {papers}"
    if papers > len(election.entitled):
        yield f"states {papers} papers of {len(election.entitled)} voices"
    if again.rules is None:
        return
    rounds = [Round(each.candidates, each.blank, each.void) for each in election.rounds]
    rounds.append(Round(content["candidates"], content["blank"], content["void"]))
    outcome = decide(ElectionCase(rounds=tuple(rounds)), again.rules).result["decided_by"]
    if content["outcome"] != outcome:
        yield f"states that the round was decided by {content['outcome']}; by the rules it is {outcome}"


def _appointed(again: _Again, content: Content) -> Iterator[str]:
    if again.rules is None:
        return
    found = SingleCandidacyCase(
        post=content["post"],
        candidacies=0 if content["list"] else len(content["candidates"]),
        lists=1 if content["list"] else 0,
    )
    if not decide(found, again.rules).result["takes_effect"]:
        yield "appoints without a vote where the rules want one"


def _same_people(role: str, found: Iterable[str], said: Iterable[str]) -> Iterator[str]:
    before, here = _set(found), _set(said)
    if here - before:
        yield f"counts {role} who by the entries before is not: {', '.join(sorted(here - before))}"
    if before - here:
        yield f"leaves out who by the entries before is {role}: {', '.join(sorted(before - here))}"


def _set(people: Iterable[str]) -> Set[str]:
    return {str(each) for each in people}


def _shown(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)


_CHECKS: Mapping[str, Callable[[_Again, Content], Iterator[str]]] = {
    "sitting.opened": _quorum,
    "sitting.failed": _quorum,
    "item.called": _quorum,
    "ballot.opened": _opened,
    "vote.recorded": _vote,
    "ballot.proclaimed": _proclaimed,
    "round.counted": _round,
    "candidacy.took_effect": _appointed,
}
