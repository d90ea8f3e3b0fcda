"""What the body has decided on the urgency with which a sitting was called (CGCT L2121-11, L2121-12)."""

from __future__ import annotations

from meetings.ballots.model.ballot import Ballot, Purpose
from meetings.ballots.model.ballots import Ballots
from meetings.rules import UrgencyCase
from meetings.sittings.model import ItemKind
from meetings.sittings.model.progress import Point, Progress


def urgency_case(progress: Progress, ballots: Ballots, point: Point) -> UrgencyCase | None:
    """An item as the rules are asked whether it may be called; None for the question of urgency itself, and in a
    sitting that was called with its whole notice. The last ballot on the question counts."""
    questions = [each for each in progress.points.values() if each.kind is ItemKind.URGENCY]
    if not questions or point.kind is ItemKind.URGENCY:
        return None
    found = [ballot.result for ballot in ballots.on(questions[0].item_id) if decides_urgency(ballot)]
    last = found[-1] if found else None
    decided = "none" if last is None else "recognised" if last.adopted else "refused"
    return UrgencyCase(decided=decided, without_vote=point.kind is ItemKind.INFORMATION)


def decides_urgency(ballot: Ballot) -> bool:
    """Whether a ballot on the question settles it: proclaimed with an outcome, and not about the doors."""
    result = ballot.result
    return result is not None and result.adopted is not None and ballot.purpose is not Purpose.CLOSED_SESSION
