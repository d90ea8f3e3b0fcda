"""How far a sitting has come: its roll, its chair and secretary, the item under discussion, pauses, closed doors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from meetings.sittings.course import part
from meetings.sittings.journal import Entry, Value
from meetings.sittings.model.body import MandateFunction
from meetings.sittings.model.sitting import ItemKind, SittingMode

ROLL_OPENED = "roll.opened"
SITTING_OPENED = "sitting.opened"
SITTING_FAILED = "sitting.failed"
SITTING_CLOSED = "sitting.closed"
CHAIR_TAKEN = "chair.taken"
SECRETARY_APPOINTED = "secretary.appointed"
ITEM_CALLED = "item.called"
ITEM_ENDED = "item.ended"
SUSPENSION_PROPOSED = "suspension.proposed"
SUSPENSION_DECLINED = "suspension.declined"
SUSPENSION_WITHDRAWN = "suspension.withdrawn"
SITTING_SUSPENDED = "sitting.suspended"
SITTING_RESUMED = "sitting.resumed"
DOORS_CLOSED = "doors.closed"
DOORS_OPENED = "doors.opened"
QUESTION_DECIDED = "question.decided"
PROXY_GIVEN = "proxy.given"
"""By the giver on their convocation, or by the clerk from paper; perhaps while the sitting is under way."""
STREAM_SEEN = "stream.seen"
DISCUSSION_NOTED = "discussion.noted"
ENTRY_CORRECTED = "entry.corrected"


class Phase(StrEnum):
    """EXPECTED → ROLL → OPEN ⇄ SUSPENDED → CLOSED; ROLL → FAILED for want of a quorum."""

    EXPECTED = "expected"
    ROLL = "roll"
    """Members arrive and are identified; the sitting is not open yet."""
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"
    FAILED = "failed"


class ItemOutcome(StrEnum):
    """How an item ended."""

    DONE = "done"
    POSTPONED = "postponed"
    """To a later sitting."""
    WITHDRAWN = "withdrawn"


class Cause(StrEnum):
    """Why a suspension is proposed or ordered."""

    CHAIR = "chair"
    """The chair wants it."""
    QUORUM_LOST = "quorum_lost"
    CHAIR_LOST = "chair_lost"
    SPEAKER_LOST = "speaker_lost"


@dataclass(frozen=True)
class Seat:
    """A member in office on the day, as the roll names them."""

    mandate_id: str
    person_id: str
    name: str
    function: MandateFunction
    group: str
    rank: int

    @property
    def line(self) -> dict[str, Value]:
        """As it stands in the journal."""
        return {
            "mandate": self.mandate_id,
            "person": self.person_id,
            "name": self.name,
            "function": self.function.value,
            "group": self.group,
            "rank": self.rank,
        }

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Self:
        """The seat that the journal names."""
        return cls(
            line["mandate"],
            line["person"],
            line["name"],
            MandateFunction(line["function"]),
            line["group"],
            line["rank"],
        )


@dataclass(frozen=True)
class Point:
    """A point of the agenda that was sent, and what has become of it."""

    item_id: str
    position: int
    kind: ItemKind
    title: str
    subject: str
    reporter_id: str | None
    called_at: datetime | None = None
    """The first time."""
    ended_at: datetime | None = None
    outcome: ItemOutcome | None = None
    reason: str = ""

    @property
    def line(self) -> dict[str, Value]:
        """As it stands in the journal when the roll is opened."""
        return {
            "item": self.item_id,
            "position": self.position,
            "kind": self.kind.value,
            "title": self.title,
            "subject": self.subject,
            "reporter": self.reporter_id,
        }

    @classmethod
    def read(cls, line: Mapping[str, Any]) -> Self:
        """The point that the journal names."""
        return cls(
            line["item"], line["position"], ItemKind(line["kind"]), line["title"], line["subject"], line["reporter"]
        )


@dataclass(frozen=True)
class Stream:
    """The outside stream by which the public follows a sitting by video, until the portal has its own."""

    address: str
    seen_at: datetime
    """When somebody saw it working."""


@part
@dataclass(frozen=True)
class Progress:
    """The part of the course that belongs to the sitting itself."""

    phase: Phase = Phase.EXPECTED
    mode: SittingMode = SittingMode.HALL
    rule_set: str = ""
    rule_set_version: str = ""
    seats: Mapping[str, Seat] = field(default_factory=dict)
    """By mandate, in the order of the table: the members in office on the day."""
    points: Mapping[str, Point] = field(default_factory=dict)
    """By item, in the order of the agenda."""
    chair_id: str | None = None
    """The mandate of who presides."""
    secretary_id: str | None = None
    assistants: tuple[str, ...] = ()
    """Auxiliaries of the secretary, who are not members (CGCT L2121-15)."""
    item_id: str | None = None
    """The item under discussion."""
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    suspended_for: Cause | None = None
    suspended_at: datetime | None = None
    proposed: Cause | None = None
    """A suspension that waits for the chair's word."""
    missed_id: str | None = None
    """Who is waited for, by mandate, while one is proposed."""
    doors_closed_at: datetime | None = None
    """Since when the public is excluded (CGCT L2121-18)."""
    had_closed_session: bool = False
    """Whether the public was ever excluded."""
    decided: Mapping[str, str] = field(default_factory=dict)
    """What a person chose where the law is open: by ``question`` or ``question:item``."""
    stream: Stream | None = None
    discussions: Mapping[str, str] = field(default_factory=dict)
    """What was said on an item, in substance, as it was noted last."""

    @property
    def point(self) -> Point | None:
        """The item under discussion."""
        return self.points.get(self.item_id) if self.item_id else None

    @property
    def is_under_way(self) -> bool:
        """Opened and not closed; perhaps suspended."""
        return self.phase in {Phase.OPEN, Phase.SUSPENDED}

    @property
    def is_over(self) -> bool:
        """Closed, or failed for want of a quorum."""
        return self.phase in {Phase.CLOSED, Phase.FAILED}

    @property
    def in_office(self) -> int:
        """How many members are in office."""
        return len(self.seats)

    @property
    def presiding_id(self) -> str | None:
        """The mandate of who presides; before the opening, of the head of the body."""
        heads = (seat.mandate_id for seat in self.seats.values() if seat.function is MandateFunction.CHAIR)
        return self.chair_id or next(heads, None)

    def seat_of(self, person_id: str) -> Seat | None:
        """The seat of a person."""
        return next((seat for seat in self.seats.values() if seat.person_id == person_id), None)

    def apply(self, entry: Entry) -> Self:
        """The progress after an entry."""
        change = _CHANGES.get(entry.kind)
        return self if change is None else replace(self, **change(self, entry))


def _roll(_before: Progress, entry: Entry) -> dict[str, Any]:
    content: Mapping[str, Any] = entry.content
    seats = [Seat.read(line) for line in content["seats"]]
    points = [Point.read(line) for line in content["items"]]
    return {
        "phase": Phase.ROLL,
        "mode": SittingMode(content["mode"]),
        "rule_set": content["rule_set"],
        "rule_set_version": content["rule_set_version"],
        "seats": {seat.mandate_id: seat for seat in seats},
        "points": {point.item_id: point for point in points},
    }


def _opened(_before: Progress, entry: Entry) -> dict[str, Any]:
    return {"phase": Phase.OPEN, "opened_at": entry.at, "chair_id": entry.content["chair"]}


def _over(phase: Phase) -> Any:
    def change(_before: Progress, entry: Entry) -> dict[str, Any]:
        none = dict.fromkeys(("item_id", "proposed", "suspended_for", "doors_closed_at"))
        return {"phase": phase, "closed_at": entry.at, **none}

    return change


def _called(before: Progress, entry: Entry) -> dict[str, Any]:
    item_id = str(entry.content["item"])
    point = before.points[item_id]
    called = replace(point, called_at=point.called_at or entry.at, ended_at=None, outcome=None, reason="")
    return {"item_id": item_id, "points": {**before.points, item_id: called}}


def _item_ended(before: Progress, entry: Entry) -> dict[str, Any]:
    item_id = str(entry.content["item"])
    ended = replace(
        before.points[item_id],
        ended_at=entry.at,
        outcome=ItemOutcome(str(entry.content["outcome"])),
        reason=str(entry.content.get("reason", "")),
    )
    current = None if before.item_id == item_id else before.item_id
    return {"item_id": current, "points": {**before.points, item_id: ended}}


_NOTHING_PROPOSED: Mapping[str, Any] = {"proposed": None, "missed_id": None}


def _suspended(_before: Progress, entry: Entry) -> dict[str, Any]:
    cause = Cause(str(entry.content["cause"]))
    return {"phase": Phase.SUSPENDED, "suspended_for": cause, "suspended_at": entry.at, **_NOTHING_PROPOSED}


def _resumed(_before: Progress, _entry: Entry) -> dict[str, Any]:
    return {"phase": Phase.OPEN, "suspended_for": None, "suspended_at": None, **_NOTHING_PROPOSED}


def _proposed(_before: Progress, entry: Entry) -> dict[str, Any]:
    return {"proposed": Cause(str(entry.content["cause"])), "missed_id": entry.content.get("member")}


def _decided(before: Progress, entry: Entry) -> dict[str, Any]:
    item = entry.content.get("item")
    question = str(entry.content["question"])
    name = f"{question}:{item}" if item else question
    return {"decided": {**before.decided, name: str(entry.content["choice"])}}


def _appointed(_before: Progress, entry: Entry) -> dict[str, Any]:
    content: Mapping[str, Any] = entry.content
    return {"secretary_id": content["secretary"], "assistants": tuple(content.get("assistants", ()))}


def _discussed(before: Progress, entry: Entry) -> dict[str, Any]:
    return {"discussions": {**before.discussions, str(entry.content["item"]): str(entry.content["text"])}}


_CHANGES: Mapping[str, Any] = {
    ROLL_OPENED: _roll,
    SITTING_OPENED: _opened,
    SITTING_FAILED: _over(Phase.FAILED),
    SITTING_CLOSED: _over(Phase.CLOSED),
    CHAIR_TAKEN: lambda _before, entry: {"chair_id": entry.content["chair"]},
    SECRETARY_APPOINTED: _appointed,
    ITEM_CALLED: _called,
    ITEM_ENDED: _item_ended,
    SUSPENSION_PROPOSED: _proposed,
    SUSPENSION_DECLINED: lambda _before, _entry: _NOTHING_PROPOSED,
    SUSPENSION_WITHDRAWN: lambda _before, _entry: _NOTHING_PROPOSED,
    SITTING_SUSPENDED: _suspended,
    SITTING_RESUMED: _resumed,
    DOORS_CLOSED: lambda _before, entry: {"doors_closed_at": entry.at, "had_closed_session": True},
    DOORS_OPENED: lambda _before, _entry: {"doors_closed_at": None},
    QUESTION_DECIDED: _decided,
    DISCUSSION_NOTED: _discussed,
    STREAM_SEEN: lambda _before, entry: {"stream": Stream(str(entry.content["address"]), entry.at)},
}
