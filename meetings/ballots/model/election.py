"""An election in the hall, on paper, in rounds (CGCT L2121-21, L2122-7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from meetings.ballots.model.ballot import Post

SINGLE_CANDIDACY = "single_candidacy"


@dataclass(frozen=True)
class ElectionRound:
    """What was found in the box of one round."""

    candidates: Mapping[str, int]
    blank: int
    void: int

    @property
    def papers(self) -> int:
        """All that were in the box."""
        return sum(self.candidates.values()) + self.blank + self.void

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """The round that a ``round.counted`` holds."""
        return cls(dict(content["candidates"]), int(content["blank"]), int(content["void"]))


@dataclass(frozen=True)
class Election:
    """One post to be filled, and the rounds held so far."""

    election_id: str
    item_id: str
    title: str
    post: Post
    candidates: tuple[str, ...]
    """As declared; a later round may have others."""
    is_secret: bool
    entitled: Mapping[str, str]
    opened_at: datetime
    rounds: tuple[ElectionRound, ...] = ()
    outcome: str = "next_round"
    """What the rules said of the last round: ``next_round``, ``human``, or how it was decided; ``single_candidacy``
    where there was none."""
    because: str = ""
    elected: str | None = None
    """The name; of a list that was appointed, all names in its order."""
    proclaimed_at: datetime | None = None
    void_reason: str | None = None

    @property
    def is_settled(self) -> bool:
        """Proclaimed or void."""
        return self.proclaimed_at is not None or self.void_reason is not None

    @property
    def is_without_vote(self) -> bool:
        """An appointment of the only candidate or list, which takes effect without a vote."""
        return self.outcome == SINGLE_CANDIDACY

    @property
    def awaits_round(self) -> bool:
        """Whether papers are to be counted next."""
        return not self.is_settled and self.outcome == "next_round"


@dataclass(frozen=True)
class Waiver:
    """A vote on giving up the secrecy of one appointment."""

    item_id: str
    post: Post
    is_waived: bool
    because: str = ""
