"""One ballot: the question, who may vote for whom, and what has been counted so far."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Self

from meetings.ballots.model.closed_session import Demand
from meetings.sittings.journal import Entry, Value


class Kind(StrEnum):
    """The three ballots of CGCT L2121-21."""

    ORDINARY = "ordinary"
    """Counts only: nobody's choice is kept."""
    PUBLIC = "public"
    """Each name with its vote."""
    SECRET = "secret"  # noqa: S105 - a kind of ballot


class Method(StrEnum):
    """How the votes are given."""

    HANDS = "hands"
    ROLL_CALL = "roll_call"
    """Each is asked in the order of the table."""
    DEVICES = "devices"
    """Each votes on their own device, in any order."""
    PAPER = "paper"
    """In the hall. The portal never learns who put what into the box."""


METHODS: Mapping[Kind, tuple[Method, ...]] = {
    Kind.ORDINARY: (Method.HANDS,),
    Kind.PUBLIC: (Method.ROLL_CALL, Method.DEVICES),
    Kind.SECRET: (Method.PAPER,),
}
"""The methods of each kind; the usual one first."""


class Purpose(StrEnum):
    """What is put to the vote; the rules count some of them differently."""

    DECISION = "decision"
    CLOSED_SESSION = "closed_session"
    """Whether the doors are closed (CGCT L2121-18)."""
    ACCOUNTS = "accounts"
    """Of the mayor or the president (CGCT L2121-14)."""
    APPOINTMENT = "appointment"
    URGENCY = "urgency"
    """Whether the short notice was called for (CGCT L2121-11, -12)."""

    @property
    def for_rules(self) -> str:
        """What the rules call it: urgency is decided like anything else."""
        return (Purpose.DECISION if self is Purpose.URGENCY else self).value

    @property
    def is_on_the_matter(self) -> bool:
        """Whether it decides the item itself, so that requests for a kind of ballot concern it."""
        return self not in {Purpose.CLOSED_SESSION, Purpose.URGENCY}


class Post(StrEnum):
    """What somebody is elected or appointed to; the secrecy of some may not be given up (CGCT L2122-4, -7)."""

    MAYOR = "mayor"
    DEPUTY = "deputy"
    COMMITTEE = "committee"
    """A seat in a committee of the body, or in an outside one."""
    OTHER = "other"


class Choice(StrEnum):
    """What a voice says in a public ballot."""

    FOR = "for"
    AGAINST = "against"
    ABSTAIN = "abstain"


class Means(StrEnum):
    """How a vote came in."""

    DEVICE = "device"
    VOICE = "voice"
    """Said aloud, or by a sign, and entered by the clerk."""
    PHONE = "phone"
    """Said on the telephone, and entered by the clerk."""


class State(StrEnum):
    """OPEN ⇄ CLOSED → PROCLAIMED; OPEN | CLOSED → VOIDED."""

    OPEN = "open"
    CLOSED = "closed"
    PROCLAIMED = "proclaimed"
    VOIDED = "voided"


@dataclass(frozen=True)
class Vote:
    """One voice as it stands: the last one recorded before the closing counts."""

    voice: str
    """Whose: the mandate of the member, who may be represented."""
    caster: str
    """Who gave it: the member themself, or the holder of their proxy."""
    choice: Choice
    means: Means
    at: datetime
    number: int
    """The journal's entry that holds it."""
    hash: str

    @property
    def receipt(self) -> str:
        """The entry's number and the beginning of its hash, to be found again in the exported journal."""
        return receipt_of(self.number, self.hash)


def receipt_of(number: int, hash_: str) -> str:
    """A receipt as a person reads it: ``n° 214 · 9f3a-22c1``."""
    return f"n° {number} · {hash_[:4]}-{hash_[4:8]}"


@dataclass(frozen=True)
class Count:
    """The figures of a ballot."""

    votes_for: int = 0
    against: int = 0
    abstain: int = 0
    blank: int = 0
    void: int = 0

    @property
    def votes(self) -> int:
        """All of them, cast or not in the sense of the law."""
        return self.votes_for + self.against + self.abstain + self.blank + self.void

    @property
    def line(self) -> dict[str, Value]:
        """As it stands in the journal."""
        return {
            "for": self.votes_for,
            "against": self.against,
            "abstain": self.abstain,
            "blank": self.blank,
            "void": self.void,
        }

    @classmethod
    def read(cls, content: Mapping[str, Any]) -> Self:
        """The count that the journal holds."""
        return cls(*(int(content[name]) for name in ("for", "against", "abstain", "blank", "void")))


@dataclass(frozen=True)
class Result:
    """A ballot as it was proclaimed."""

    adopted: bool | None
    """None where the ballot decided nothing: it is held again, or the item goes to a later sitting."""
    decided_by: str
    """``majority``, ``casting_vote``, ``human``, or what a person chose: ``vote_again``, ``adjourn``."""
    count: Count
    cast: int
    """Votes for and against: the others are none in the sense of CGCT L2121-20."""
    majority: int
    """The smallest number that suffices."""
    because: str
    articles: tuple[str, ...]
    at: datetime

    @classmethod
    def read(cls, entry: Entry) -> Self:
        """The result that a ``ballot.proclaimed`` holds."""
        content: Mapping[str, Any] = entry.content
        answer = content["answer"]
        return cls(
            adopted=content["adopted"],
            decided_by=content["decided_by"],
            count=Count.read(content),
            cast=content["cast"],
            majority=content["majority"],
            because=answer["because"],
            articles=tuple(answer["articles"]),
            at=entry.at,
        )


@dataclass(frozen=True)
class Ballot:
    """A question put to the vote, with everything that was frozen when it was opened."""

    ballot_id: str
    item_id: str
    question: str
    purpose: Purpose
    post: Post | None
    """To what somebody is appointed; None for any other purpose."""
    kind: Kind
    method: Method
    entitled: Mapping[str, str]
    """Who casts each voice, in the order of the table: the member, or the holder of their proxy."""
    present: int
    represented: int
    chair_id: str | None
    opened_at: datetime
    demand: Demand | None = None
    """Who asked for the closed session that it decides on; None for any other purpose, and in journals that do not
    say."""
    votes: Mapping[str, Vote] = field(default_factory=dict)
    """By voice; public ballots only."""
    called: tuple[str, ...] = ()
    """The voices that were asked so far in a roll call; the last one is being asked."""
    count: Count | None = None
    """What was counted by eye: a show of hands, papers."""
    last_call_at: datetime | None = None
    """When those who have not voted were warned that the ballot is about to close."""
    closed_at: datetime | None = None
    chair_stayed: bool = True
    """Whether who presides was present when the ballot was closed."""
    result: Result | None = None
    void_reason: str | None = None
    decided: Mapping[str, str] = field(default_factory=dict)
    """What the chair chose where the rules asked, by question."""

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.void_reason is not None:
            return State.VOIDED
        if self.result is not None:
            return State.PROCLAIMED
        return State.OPEN if self.closed_at is None else State.CLOSED

    @property
    def is_settled(self) -> bool:
        """Proclaimed or void: nothing more will happen to it."""
        return self.state in {State.PROCLAIMED, State.VOIDED}

    @cached_property
    def missing(self) -> tuple[str, ...]:
        """The voices that have not been given, in the order of the table; none where no names are kept."""
        if self.kind is not Kind.PUBLIC:
            return ()
        return tuple(voice for voice in self.entitled if voice not in self.votes)

    @property
    def asked(self) -> str | None:
        """The voice that is being asked in a roll call."""
        return self.called[-1] if self.called and self.called[-1] in self.missing else None

    def voices_of(self, mandate_id: str) -> tuple[str, ...]:
        """The voices that a member casts: their own first, then those of their proxies."""
        own = tuple(voice for voice, caster in self.entitled.items() if caster == mandate_id)
        return tuple(sorted(own, key=lambda voice: voice != mandate_id))

    def next_voice(self) -> str | None:
        """Who is asked next: after the last one in the order of the table, then from the top those passed over."""
        order = list(self.entitled)
        start = order.index(self.called[-1]) + 1 if self.called else 0
        return next((voice for voice in (*order[start:], *order[:start]) if voice not in self.votes), None)

    @property
    def tally(self) -> Count | None:
        """What has been counted: from the names of a public ballot, from what was entered otherwise."""
        if self.kind is not Kind.PUBLIC:
            return self.count
        found = Counter(vote.choice for vote in self.votes.values())
        return Count(found[Choice.FOR], found[Choice.AGAINST], found[Choice.ABSTAIN])

    @property
    def chair_takes_part(self) -> bool:
        """Whether there is a casting vote: who presides was entitled to vote, in person, and stayed to the end."""
        return self.chair_id is not None and self.entitled.get(self.chair_id) == self.chair_id and self.chair_stayed

    @property
    def chair_vote(self) -> str | None:
        """The chair's own voice, where it is known: by name, or as the chair said when the rules asked."""
        if not self.chair_takes_part:
            return None
        vote = self.votes.get(self.chair_id or "")
        if vote is not None:
            return vote.choice.value
        return self.decided.get("ballot.tie")
