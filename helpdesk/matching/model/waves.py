"""Whom to ask, in which wave, and why: pure rules. Chance and time come in as arguments.

Always asking the nearest wears them out (GoodSAM), and asking everybody at once wastes most of it (En première ligne
had a hundred helpers for each request). So a few are asked at a time, the rested before the tired, those who can do
one thing before those who can do many, and chance decides between equals. Figures: helpboard research, 3.3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from portal.notices.model.timing import Hours
from portal.town.grid import Step


@dataclass(frozen=True)
class Rules:
    """The figures that a town may set."""

    grace: timedelta = timedelta(minutes=2)
    """Nobody is asked before: time to take back what was posted by mistake."""
    first: int = 8
    """How many are asked in the first wave."""
    widening: int = 2
    """How many times as many each further wave asks."""
    first_reach: Step = Step.UNDER_1_KM
    """How far away the first wave looks; the others look in the whole town."""
    waves: int = 3
    pause_urgent: timedelta = timedelta(minutes=10)
    pause: timedelta = timedelta(hours=2)
    """From one wave to the next, unless everybody asked has said no before."""
    per_day: int = 2
    """How often one person is asked in a day at most."""
    quiet: Hours = field(default_factory=Hours)
    """Nobody is asked at night, unless it is urgent and they are on duty then."""
    to_desk_after: timedelta = timedelta(hours=24)
    """Still nobody: the agents' queue."""
    hold_urgent: timedelta = timedelta(hours=1)
    hold: timedelta = timedelta(hours=12)
    """How long a place is kept for who came first."""
    holds_each: int = 3
    """How many places are kept for one person at a time."""
    confirm_after: timedelta = timedelta(hours=72)
    """Who is asked “did it happen?” and says nothing has been helped."""
    still_needed_days: int = 7
    """Who is asked “still needed?” and says nothing needs it no longer."""

    def size(self, wave: int) -> int:
        """How many are asked in a wave, the first being 1."""
        size: int = self.first * self.widening ** (wave - 1)
        return size

    def widest(self, wave: int) -> Step:
        """How far away a wave looks: around first, then the whole town."""
        return self.first_reach if wave == 1 else Step.SOMEWHERE_IN_TOWN

    def is_quiet(self, at: datetime) -> bool:
        """Whether an instant lies in the quiet hours."""
        return self.after_quiet(at) != at

    def after_quiet(self, at: datetime) -> datetime:
        """The instant itself, or the end of the quiet hours that it lies in."""
        return self.quiet.after(at)


class Why(StrEnum):
    """Why this person was asked; said to them each time."""

    OFFERS = "offers"
    NEXT_DOOR = "next_door"
    NEAR = "near"
    IN_TOWN = "in_town"
    ON_DUTY_NOW = "on_duty_now"
    ON_DUTY_SOON = "on_duty_soon"
    SPEAKS = "speaks"
    SKILLED = "skilled"
    RESTED = "rested"


_DISTANCE = {Step.UNDER_300_M: Why.NEXT_DOOR, Step.UNDER_1_KM: Why.NEAR}


@dataclass(frozen=True)
class Need:
    """What a request asks of a helper."""

    category: str
    language: str
    """The language that the person asking would rather speak; empty: any."""
    skills: frozenset[str]
    is_urgent: bool


@dataclass(frozen=True)
class Candidate:
    """A volunteer as the rules see one."""

    person_id: str
    step: Step
    """From the middle of their area to the middle of the request's."""
    reach: Step
    categories: frozenset[str]
    languages: frozenset[str]
    skills: frozenset[str]
    is_on_duty: bool
    is_on_duty_soon: bool
    """Within the next day."""
    asked_today: int
    asked_at: datetime | None
    helped_at: datetime | None


@dataclass(frozen=True)
class Chosen:
    """Somebody to ask, and why."""

    person_id: str
    why: tuple[Why, ...]


REST = timedelta(days=7)
"""After being asked, somebody is as rested as ever again."""
HELP_REST = timedelta(days=3)


def choose(
    need: Need, candidates: Sequence[Candidate], *, wave: int, now: datetime, dice: Random, rules: Rules
) -> list[Chosen]:
    """Whom to ask in this wave, the best first. `candidates` are those who were not asked for this before."""
    if rules.is_quiet(now) and not need.is_urgent:
        return []
    fitting = [candidate for candidate in candidates if _fits(need, candidate, wave, rules)]
    # One throw for each, in one order: the same dice choose the same people.
    weighed = [(_weight(need, candidate, now) + dice.uniform(0, 1.5), candidate) for candidate in fitting]
    weighed.sort(key=lambda pair: (pair[0], pair[1].person_id))
    return [Chosen(candidate.person_id, _why(need, candidate)) for _weight_, candidate in weighed[: rules.size(wave)]]


def _fits(need: Need, candidate: Candidate, wave: int, rules: Rules) -> bool:
    furthest = min(rules.widest(wave), Step.SOMEWHERE_IN_TOWN if candidate.reach >= Step.FURTHER else candidate.reach)
    return (
        need.category in candidate.categories
        and need.skills <= candidate.skills
        and candidate.step <= furthest
        and (candidate.is_on_duty if need.is_urgent else candidate.is_on_duty_soon)
        and candidate.asked_today < rules.per_day
    )


def _weight(need: Need, candidate: Candidate, now: datetime) -> float:
    """Lower is asked earlier; one step of distance weighs as much as having been asked just now."""
    distance = float(candidate.step - Step.UNDER_300_M)
    speech = 1.0 if need.language and need.language not in candidate.languages else 0.0
    breadth = min(1.0, 0.15 * (len(candidate.categories) - 1 + len(candidate.skills)))
    return (
        distance
        + speech
        + breadth
        + _tired(candidate.asked_at, now, REST)
        + _tired(candidate.helped_at, now, HELP_REST)
    )


def _tired(since: datetime | None, now: datetime, rest: timedelta) -> float:
    """1 just after, 0 once rested."""
    return 0.0 if since is None else max(0.0, 1 - (now - since) / rest)


def _why(need: Need, candidate: Candidate) -> tuple[Why, ...]:
    reasons = [Why.OFFERS, _DISTANCE.get(candidate.step, Why.IN_TOWN)]
    reasons.append(Why.ON_DUTY_NOW if candidate.is_on_duty else Why.ON_DUTY_SOON)
    if need.language and need.language != "fr" and need.language in candidate.languages:
        reasons.append(Why.SPEAKS)
    if need.skills:
        reasons.append(Why.SKILLED)
    if candidate.asked_at is None:
        reasons.append(Why.RESTED)
    return tuple(reasons)
