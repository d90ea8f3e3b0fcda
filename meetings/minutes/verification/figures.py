"""What a journal proclaims, computed again from what it holds (R3.27): quorums, ballots, rounds.

A chain that holds proves that nothing was changed after it was written. This proves that what was written follows:
whoever was counted present had arrived, each vote was cast by who might cast it, and the figures are their sum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from meetings.attendance.model.gathering import Gathering
from meetings.ballots.model.urgency import urgency_case
from meetings.minutes.verification.ballots import BALLOT_CHECKS
from meetings.minutes.verification.standing import Check, Content, Difference, Standing, same_people, shown
from meetings.rules import decide
from meetings.sittings.journal import Entry


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
    again = Standing()
    for entry in entries:
        try:
            again.take(entry, _CHECKS)
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


def _quorum(again: Standing, content: Content) -> Iterator[str]:
    """Who was counted, by the arrivals before; the quorum, by the rules."""
    rules = again.rules
    if rules is None:
        return
    again.done["quorum"] += 1
    item_id = content.get("item")
    found = Gathering.of(again.presence, again.progress, rules, item_id, now_only=True)
    yield from same_people("present", found.present, content["present"])
    yield from same_people("represented", found.represented.keys(), content.get("represented", ()))
    if item_id is not None:
        yield from same_people("interested", found.interested, content.get("interested", ()))
    said = content["quorum"]["result"]
    for name, value in decide(found.case, rules).result.items():
        if name in said and said[name] != value:
            yield f"states {name} {shown(said[name])}; by the arrivals before it is {shown(value)}"


def _called(again: Standing, content: Content) -> Iterator[str]:
    """The quorum, and that urgency was decided first."""
    yield from _quorum(again, content)
    case = urgency_case(again.progress, again.ballots, again.progress.points[content["item"]])
    if again.rules is not None and case is not None and not decide(case, again.rules).result["may_call"]:
        yield "calls an item of a sitting whose urgency was not recognised before"


def _resumed(again: Standing, content: Content) -> Iterator[str]:
    """The quorum at the resumption, and that without one the chair said to go on."""
    if "quorum" not in content:
        # Older journals take none.
        return
    yield from _quorum(again, content)
    item_id = content.get("item")
    if again.rules is None or item_id is None:
        return
    found = Gathering.of(again.presence, again.progress, again.rules, item_id, now_only=True)
    is_met = decide(found.case, again.rules).result["quorum"]
    if is_met is False and again.progress.decided.get(f"quorum.resumption:{item_id}") != "go_on":
        yield "resumes without a quorum, and nobody decided to go on"


_CHECKS: Mapping[str, Check] = {
    "sitting.opened": _quorum,
    "sitting.failed": _quorum,
    "item.called": _called,
    "sitting.resumed": _resumed,
    **BALLOT_CHECKS,
}
