"""Where a request or an offer can stand, how it can end, what a rule says it did, and why it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Enum

from portal.errors import Conflict, Forbidden
from portal.i18n import lazy


def stored(kind: type[StrEnum]) -> Enum:
    """A column type that keeps an enum's values as text, so that a new state needs no change of the table."""
    return Enum(kind, native_enum=False, length=20, values_callable=lambda members: [item.value for item in members])


class PostingState(StrEnum):
    """OPEN <-> RESERVED <-> ENGAGED <-> TO_CONFIRM, each -> CLOSED | CANCELLED, OPEN -> EXPIRED, and back to OPEN.

    OPEN -> HELD -> OPEN; all -> HIDDEN; HIDDEN -> what it was.
    """

    OPEN = "open"
    RESERVED = "reserved"
    """Every place is taken, and at least one is only held until the author has said yes."""
    ENGAGED = "engaged"
    """As many answers are accepted as wanted."""
    TO_CONFIRM = "to_confirm"
    """A helper says that it is done, or its day has passed: did it happen?"""
    CLOSED = "closed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"
    """Not on the board yet: somebody looks at it first."""
    HIDDEN = "hidden"
    """Taken off every channel by moderation."""


class RequestOutcome(StrEnum):
    """Why a request was closed."""

    HELPED = "helped"
    HELPED_UNCONFIRMED = "helped_unconfirmed"
    """Nobody said how it went within some days of being asked."""
    PARTLY_HELPED = "partly_helped"
    HELPED_OTHERWISE = "helped_otherwise"
    NO_LONGER_NEEDED = "no_longer_needed"
    NOBODY_AVAILABLE = "nobody_available"
    COULD_NOT_REACH = "could_not_reach"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"


class OfferOutcome(StrEnum):
    """Why an offer was closed."""

    HELPED = "helped"
    HELPED_UNCONFIRMED = "helped_unconfirmed"
    NOT_ASKED_FOR = "not_asked_for"
    NO_LONGER_POSSIBLE = "no_longer_possible"
    OUT_OF_SCOPE = "out_of_scope"
    DUPLICATE = "duplicate"


class NotTheAuthor(Forbidden):
    """Only the author may do this."""

    code = "not-the-author"
    text = lazy("Only the person who wrote this can do that.")


class OwnPosting(Forbidden):
    """The author cannot answer."""

    code = "own-posting"
    text = lazy("You wrote this yourself.")


class NoMoreAnswers(Conflict):
    """Enough answers are accepted, or it has ended."""

    code = "no-more-answers"
    text = lazy("No more answers are needed here. Thank you all the same.")


class HasEnded(Conflict):
    """Closed, cancelled or expired; or withheld, of which nobody but its author and staff learns more."""

    code = "has-ended"
    text = lazy("This has already ended.")


class TooLateToReopen(Conflict):
    """Its end is more than a week ago, or was decided by the town."""

    code = "too-late-to-reopen"
    text = lazy("It can no longer be opened again. Please write a new one.")


@dataclass(frozen=True)
class Change:
    """What a rule did: the event's verb in the past tense and the names of the fields that changed."""

    verb: str
    changed: tuple[str, ...]
    opened: int = 0
    """1: it is among the open ones now; -1: it was; 0: neither has changed."""


HAPPENED = frozenset({"helped", "helped_unconfirmed", "partly_helped"})
"""Outcomes with which accepted people did what they came for."""

ENDED = frozenset({PostingState.CLOSED, PostingState.CANCELLED, PostingState.EXPIRED})
UNDER_WAY = frozenset({PostingState.OPEN, PostingState.RESERVED, PostingState.ENGAGED, PostingState.TO_CONFIRM})
"""It stands on the board."""
WITHHELD = frozenset({PostingState.HELD, PostingState.HIDDEN})
"""Moderation keeps it from everybody but its author and staff."""
