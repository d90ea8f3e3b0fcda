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
    voters: int
    """How many might vote in it."""
    corrections: tuple[str, ...] = ()
    """Why its count was put right, each time."""

    @property
    def papers(self) -> int:
        """All that were in the box."""
        return sum(self.candidates.values()) + self.blank + self.void

    @classmethod
    def read(cls, content: Mapping[str, Any], voters: int, corrections: tuple[str, ...] = ()) -> Self:
        """The round that a ``round.counted`` or a ``round.corrected`` holds."""
        return cls(dict(content["candidates"]), int(content["blank"]), int(content["void"]), voters, corrections)


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
    """Who casts each voice in the round that was opened last."""
    opened_at: datetime
    is_round_open: bool = True
    """Whether members vote in a round that is not counted yet; the first opens with the election."""
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
        return self._is_undecided and self.is_round_open

    @property
    def awaits_opening(self) -> bool:
        """Whether another round is to be opened next."""
        return self._is_undecided and not self.is_round_open

    @property
    def _is_undecided(self) -> bool:
        return not self.is_settled and self.outcome == "next_round"


@dataclass(frozen=True)
class Waiver:
    """A vote on giving up the secrecy of one appointment."""

    item_id: str
    post: Post
    is_waived: bool
    because: str = ""
