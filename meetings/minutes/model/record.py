"""What the minutes of a sitting hold (CGCT L2121-15): an immutable value, made from its journal alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from meetings.attendance.model.presence import Presence, Proxy
from meetings.ballots.model import Ballot, Election, Purpose, State
from meetings.minutes.model.roll import Calling, ChairTurn, Quorum
from meetings.sittings.model.progress import ItemOutcome, Phase, Point, Seat
from meetings.sittings.model.sitting import ItemKind, SittingMode


@dataclass(frozen=True)
class Speech:
    """Somebody had the floor."""

    member: str
    at: datetime
    seconds: int | None = None


@dataclass(frozen=True)
class Note:
    """The substance of the discussion, as it was noted."""

    number: int
    at: datetime
    text: str


@dataclass(frozen=True)
class Request:
    """Members asked for a public or a secret ballot (CGCT L2121-21)."""

    kind: str
    members: tuple[str, ...]
    at: datetime
    granted: str | None = None
    """The kind that was granted; None while undecided or if none was."""
    because: str = ""
    """Why it was granted; empty for those that were not enough yet."""
    articles: tuple[str, ...] = ()
    is_withdrawal: bool = False
    """They took it back."""


@dataclass(frozen=True)
class Decision:
    """A person decided where the law is open."""

    text: str
    """The question."""
    answer: str
    """What was chosen, in words."""
    articles: tuple[str, ...]
    at: datetime
    chair_id: str | None = None
    """In whose name it was decided; None where the body decided itself, and in journals that do not say."""
    by: str = ""
    """The account that entered it."""


@dataclass(frozen=True)
class Pause:
    """The sitting was suspended, or closed to the public."""

    since: datetime
    until: datetime | None = None
    cause: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Correction:
    """A further entry that puts an earlier one right; the earlier one stands as it was written."""

    number: int
    at: datetime
    corrects: int
    corrects_kind: str
    item_id: str | None
    """The item that the corrected entry belongs to."""
    text: str


@dataclass(frozen=True)
class Publication:
    """A document was put online: the bytes that have this hash, from this instant (CGCT L2131-1)."""

    number: int
    at: datetime
    sha256: str
    deliberations: Mapping[str, str] = field(default_factory=dict)
    """With the list: the hash of each deliberation, by item."""
    approved_on: date | None = None
    """With the minutes: the day on which the body approved them."""


@dataclass(frozen=True)
class ItemRecord:
    """One item of the agenda and what became of it."""

    point: Point
    callings: tuple[Calling, ...] = ()
    speeches: tuple[Speech, ...] = ()
    notes: tuple[Note, ...] = ()
    """The last one counts; those before are its history."""
    wordings: tuple[Note, ...] = ()
    """The text as it was voted, where it was amended; the last one counts."""
    matter: str = ""
    """The subject under which it is sent and published (`matters`); empty while nobody chose it."""
    requests: tuple[Request, ...] = ()
    ballots: tuple[Ballot, ...] = ()
    elections: tuple[Election, ...] = ()
    decisions: tuple[Decision, ...] = ()

    @property
    def calling(self) -> Calling | None:
        """The last time it was called: the one under which it was voted."""
        return self.callings[-1] if self.callings else None

    @property
    def discussion(self) -> str:
        """The substance of the discussion, as last noted."""
        return self.notes[-1].text if self.notes else ""

    @property
    def wording(self) -> str:
        """The text as it was voted; empty where the draft was not amended."""
        return self.wordings[-1].text if self.wordings else ""

    @property
    def speakers(self) -> tuple[str, ...]:
        """Who spoke, in the order of their first words."""
        return tuple(dict.fromkeys(speech.member for speech in self.speeches))

    @property
    def deciding(self) -> Ballot | None:
        """The ballot that settled the item: the last one proclaimed on it that is not about the doors."""
        on_the_item = (ballot for ballot in reversed(self.ballots) if ballot.purpose is not Purpose.CLOSED_SESSION)
        return next((ballot for ballot in on_the_item if ballot.state is State.PROCLAIMED), None)

    @property
    def elected(self) -> tuple[Election, ...]:
        """The elections held under it that were proclaimed."""
        return tuple(election for election in self.elections if election.elected is not None)

    @property
    def is_adopted(self) -> bool:
        """Whether the deliberation was adopted, or everybody to be appointed under it was."""
        if self.deciding is not None and self.deciding.result is not None:
            return self.deciding.result.adopted is True
        return bool(self.elected)

    @property
    def is_without_vote(self) -> bool:
        """Whether it ended as dealt with though nothing was decided on it; information is never voted."""
        is_for_vote = self.point.kind is not ItemKind.INFORMATION and self.point.outcome is ItemOutcome.DONE
        return is_for_vote and self.deciding is None and not self.elected

    @property
    def is_examined(self) -> bool:
        """Whether a deliberation was put to the vote: adopted or refused, it stands in the list (CGCT L2121-25)."""
        if self.point.kind is ItemKind.INFORMATION or self.point.outcome is ItemOutcome.POSTPONED:
            return False
        ballot = self.deciding
        is_decided = ballot is not None and ballot.result is not None and ballot.result.adopted is not None
        return is_decided or bool(self.elected)


def deliberation_number(day: str, number: int) -> str:
    """A deliberation's number: the day of the sitting and its order in it, ``2026-05-20-03`` (CGCT R2121-9)."""
    return f"{day}-{number:02d}"


@dataclass(frozen=True)
class Record:
    """A sitting as its journal tells it."""

    town: str
    sitting_id: str
    body: str
    phase: Phase
    mode: SittingMode
    rule_set: str
    rule_set_version: str
    meets_at: datetime | None
    """The hour that the convocation named."""
    place: str
    convened_at: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    opening: Quorum | None
    seats: Mapping[str, Seat]
    """The members in office, by mandate, in the order of the table."""
    present: tuple[str, ...]
    """Those who were there at the opening."""
    represented: Mapping[str, str]
    """Who held the proxy of whom at the opening: the holder by the giver."""
    presence: Presence
    """Everybody's coming and going, and their proxies."""
    chairs: tuple[ChairTurn, ...]
    secretary: str | None
    assistants: tuple[str, ...]
    items: Mapping[str, ItemRecord]
    """By item, in the order of the agenda."""
    pauses: tuple[Pause, ...]
    closed_sessions: tuple[Pause, ...]
    decisions: tuple[Decision, ...]
    """Those on the sitting as a whole."""
    corrections: tuple[Correction, ...]
    lists: tuple[Publication, ...]
    """The list of deliberations with each of them, every time it was published; the last one counts."""
    minutes: tuple[Publication, ...]
    """The minutes, every time they were published; the last ones count."""
    stream: str
    entries: int
    head: str
    """The hash of the last entry."""
    closing_hash: str
    """The hash of the entry that closed the sitting; empty before."""
    entry_kinds: Sequence[tuple[int, datetime, str]] = field(repr=False, default=())
    """Number, instant and kind of every entry, for whoever corrects one."""

    def name(self, member: str | None) -> str:
        """A member's name; what the journal says where the roll does not know them."""
        if member is None:
            return ""
        found = self.seats.get(member)
        return found.name if found else member

    @property
    def proxies(self) -> tuple[Proxy, ...]:
        """All that were given, those that ended too."""
        return tuple(self.presence.proxies.values())

    @property
    def deliberations(self) -> list[tuple[int, ItemRecord]]:
        """The deliberations examined, numbered within the sitting (CGCT R2121-9)."""
        return list(enumerate((item for item in self.items.values() if item.is_examined), start=1))

    @property
    def published_list(self) -> Publication | None:
        """What the public reads as the list of deliberations."""
        return self.lists[-1] if self.lists else None

    @property
    def published_minutes(self) -> Publication | None:
        """What the public reads as the minutes."""
        return self.minutes[-1] if self.minutes else None

    @property
    def is_over(self) -> bool:
        """Closed, or failed for want of a quorum."""
        return self.phase in {Phase.CLOSED, Phase.FAILED}
