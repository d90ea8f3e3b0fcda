"""A sitting as it is told: sentences in one language, ready for a page or for paper. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Line:
    """A label and what stands beside it."""

    label: str
    text: str


@dataclass(frozen=True)
class ToldBallot:
    """One ballot or election."""

    question: str
    how: str
    result: str
    verdict: str
    """adopted, refused or none."""
    because: str
    """Why, with the articles; empty where the figures say it all."""
    names: Sequence[Line]
    """Who voted how; for public ballots only."""


@dataclass(frozen=True)
class ToldRoll:
    """Who was there at one moment, who was represented, who was absent."""

    present: Sequence[str]
    represented: Sequence[str]
    absent: Sequence[str]


@dataclass(frozen=True)
class ToldItem:
    """One item of the agenda."""

    item_id: str
    number: int
    deliberation: str
    """The deliberation's number; empty for what was not voted."""
    title: str
    lines: Sequence[Line]
    """Reporter, chair, quorum, interests."""
    roll: ToldRoll
    """As it was when the item was called."""
    report: str
    speakers: str
    discussion: str
    requests: Sequence[str]
    decisions: Sequence[str]
    ballots: Sequence[ToldBallot]
    outcome: str
    result: str
    """Of the ballot or elections that settled it; empty for what was not voted."""
    verdict: str
    """adopted, refused, postponed, withdrawn or none."""
    text: str
    """The text put to the vote, as adopted or refused."""
    corrections: Sequence[str]


@dataclass(frozen=True)
class Told:
    """A whole sitting."""

    town: str
    body: str
    day: str
    """The civil date, in words."""
    date: str
    """The same, YYYY-MM-DD."""
    heading: Sequence[Line]
    """Hour, place, convocation, chair, secretary."""
    quorum: str
    """At the opening."""
    roll: ToldRoll
    """At the opening."""
    movements: Sequence[str]
    """Arrivals, departures and proxies since."""
    items: Sequence[ToldItem]
    course: Sequence[str]
    """Suspensions, closed sessions, decisions on the sitting as a whole."""
    corrections: Sequence[str]
    """Those that belong to no item."""
    end: str
    proof: str
    """The hash that closed the journal, and how to check it."""
    chair: str
    secretary: str
    has_failed: bool

    @property
    def deliberations(self) -> list[ToldItem]:
        """What stands in the list of deliberations examined (CGCT L2121-25)."""
        return [item for item in self.items if item.deliberation]
