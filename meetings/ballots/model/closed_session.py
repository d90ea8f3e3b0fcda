"""Who asks for a closed session, without whom it is not put to the vote (CGCT L2121-18, L5211-11)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Self

from meetings.rules import ClosedSessionRequestCase
from meetings.sittings.model import MandateFunction
from meetings.sittings.model.progress import Progress


@dataclass(frozen=True)
class Demand:
    """Members who asked for a closed session, and what the rules said to it."""

    members: tuple[str, ...]
    """In the order of the table."""
    because: str
    articles: tuple[str, ...]

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self | None:
        """The demand that a ``ballot.opened`` holds."""
        if "asked_by" not in content:
            return None
        answer = content["asked"]
        return cls(tuple(content["asked_by"]), answer["because"], tuple(answer["articles"]))


def closed_session_case(progress: Progress, asked_by: Collection[str]) -> ClosedSessionRequestCase:
    """Members who ask for a closed session, as the rules are asked whether it may be put to the vote."""
    asking = set(asked_by)
    heads = {seat.mandate_id for seat in progress.seats.values() if seat.function is MandateFunction.CHAIR}
    head = "head" if heads & asking else "stand_in" if progress.chair_id in asking else "none"
    return ClosedSessionRequestCase(asked=len(asking), head=head)
