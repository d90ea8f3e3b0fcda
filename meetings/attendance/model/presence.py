"""Presence: from when to when each member was there and how, who was identified, proxies, and interests per item."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

from meetings.sittings.course import part
from meetings.sittings.journal import Entry, read_instant
from meetings.sittings.model.progress import PROXY_GIVEN, SITTING_CLOSED, SITTING_FAILED

MEMBER_ARRIVED = "member.arrived"
IDENTITY_CONFIRMED = "identity.confirmed"
MEMBER_LEFT = "member.left"
CONNECTION_CHANGED = "connection.changed"
INTEREST_DECLARED = "interest.declared"
INTEREST_WITHDRAWN = "interest.withdrawn"
ROLL_PROXIES = "roll.proxies"
PROXY_REVOKED = "proxy.revoked"
PROXY_RECORDED = "proxy.recorded"
PROXY_LAPSED = "proxy.lapsed"
SECOND_CALL = "roll.second_call"
ROOM_OPENED = "room.opened"


class Place(StrEnum):
    """Where a member is, or by what they are connected."""

    HALL = "hall"
    SITE = "site"
    """Another room of the sitting, joined by video, where an auxiliary checks them in."""
    VIDEO = "video"
    """Seen and heard from anywhere else."""
    AUDIO = "audio"
    """Heard only."""


BY_LINE = frozenset({Place.VIDEO, Place.AUDIO})
"""Places that follow from the live connection."""


class Ground(StrEnum):
    """Why a member takes no part in an item."""

    INTEREST = "interest"
    """A personal interest: not counted present (CGCT L2131-11)."""
    REPRESENTS = "represents"
    """They represent the authority in another organisation: out of the members in office (CGCT L1111-6)."""
    ACCOUNTS = "accounts"
    """The mayor leaves while their accounts are voted (CGCT L2121-14)."""


@dataclass(frozen=True)
class Stay:
    """From when to when a member was in one place."""

    place: Place
    since: datetime
    confirmed_at: datetime | None
    """When it was certain who it is; until then the member is not counted."""
    until: datetime | None = None
    cause: str = ""
    """``left``, ``lost``, ``moved`` to another place, ``closed`` with the sitting."""


@dataclass(frozen=True)
class Attendee:
    """One member's coming and going."""

    stays: tuple[Stay, ...] = ()
    identified_by: str = ""
    """How the clerk was certain; empty while nobody was."""
    line: Place | None = None
    """By what they are connected to the sitting's room at this moment."""
    line_at: datetime | None = None
    """Since when."""

    @property
    def stay(self) -> Stay | None:
        """Where they are now, confirmed or not."""
        return self.stays[-1] if self.stays and self.stays[-1].until is None else None

    @property
    def place(self) -> Place | None:
        """Where they are now and are known to be."""
        stay = self.stay
        return stay.place if stay is not None and stay.confirmed_at is not None else None

    @property
    def was_identified_by_line(self) -> bool:
        """Whether the clerk was certain of them while they were connected."""
        return any(stay.place in BY_LINE and stay.confirmed_at is not None for stay in self.stays)

    @property
    def awaits(self) -> bool:
        """Whether they say that they are there and the clerk has yet to confirm it."""
        stay = self.stay
        return stay is not None and stay.confirmed_at is None

    @property
    def lost_at(self) -> datetime | None:
        """Since when the connection that makes them present is gone."""
        return self.line_at if self.place in BY_LINE and self.line is None else None

    @property
    def place_now(self) -> Place | None:
        """As `place`, but what is connected at this very moment: nobody whose line is lost."""
        place = self.place
        if place not in BY_LINE or self.line is None:
            return None if place in BY_LINE else place
        return Place.AUDIO if Place.AUDIO in {place, self.line} else Place.VIDEO


@dataclass(frozen=True)
class Proxy:
    """One member's voice in the hands of another."""

    id: str
    giver_id: str
    holder_id: str
    since: datetime
    ended_at: datetime | None = None
    cause: str = ""
    """``arrived``, ``revoked``, ``term`` (valid for too many sittings in a row)."""
    because: str = ""
    """Of one that the rules ended: their sentence with its articles, in French."""
    is_excused: bool = False
    """It lasts beyond three sittings in a row, since the giver's illness is duly established (CGCT L2121-20)."""


@part
@dataclass(frozen=True)
class Presence:
    """The part of the course that says who is there."""

    attendees: Mapping[str, Attendee] = field(default_factory=dict)
    """By mandate; whoever never came has none."""
    proxies: Mapping[str, Proxy] = field(default_factory=dict)
    """By id, those that have ended too."""
    interests: Mapping[str, Mapping[str, Ground]] = field(default_factory=dict)
    """By item, then by mandate."""
    second_call: bool = False
    """The sitting follows one that failed for want of a quorum."""
    carried: frozenset[str] = frozenset()
    """Items of a second call that stood on the first agenda."""
    room_id: str | None = None
    """Where the sitting has sound and picture, once it has."""

    def of(self, mandate_id: str) -> Attendee:
        """A member's coming and going."""
        return self.attendees.get(mandate_id, Attendee())

    def proxy_of(self, giver_id: str) -> Proxy | None:
        """The proxy that a member has given and that stands."""
        return next(
            (proxy for proxy in self.proxies.values() if proxy.giver_id == giver_id and proxy.ended_at is None), None
        )

    def refused_of(self, giver_id: str) -> Proxy | None:
        """The proxy of a member that the rules ended when the roll was opened, while no other stands."""
        if self.proxy_of(giver_id) is not None:
            return None
        return next(
            (each for each in self.proxies.values() if each.giver_id == giver_id and each.cause == "term"), None
        )

    def held_by(self, holder_id: str) -> tuple[Proxy, ...]:
        """The proxies that stand in a member's hands, in the order given."""
        return tuple(
            proxy for proxy in self.proxies.values() if proxy.holder_id == holder_id and proxy.ended_at is None
        )

    def grounds(self, item_id: str | None) -> Mapping[str, Ground]:
        """Who takes no part in an item, and why."""
        return self.interests.get(item_id, {}) if item_id else {}

    def apply(self, entry: Entry) -> Self:
        """The presence after an entry."""
        change = _CHANGES.get(entry.kind)
        return self if change is None else replace(self, **change(self, entry))


Change = dict[str, Any]


def _with(before: Presence, mandate_id: str, attendee: Attendee) -> Change:
    return {"attendees": {**before.attendees, mandate_id: attendee}}


def _ended(attendee: Attendee, until: datetime, cause: str) -> Attendee:
    stay = attendee.stay
    if stay is None:
        return attendee
    ended = replace(stay, until=max(until, stay.since), cause=cause)
    return replace(attendee, stays=(*attendee.stays[:-1], ended))


def _arrived(before: Presence, entry: Entry) -> Change:
    member, place = str(entry.content["member"]), Place(str(entry.content["how"]))
    attendee = _ended(before.of(member), entry.at, "moved")
    by_self = bool(entry.content.get("by_self"))
    # Who was identified on video is not asked again when the line comes back: it is the same sign-in. Who was seen in
    # a hall is: nobody has seen yet who sits before this camera.
    is_certain = not by_self or (place in BY_LINE and attendee.was_identified_by_line)
    stay = Stay(place, entry.at, entry.at if is_certain else None)
    identified = attendee.identified_by or ("" if by_self else "seen")
    return _with(before, member, replace(attendee, stays=(*attendee.stays, stay), identified_by=identified))


def _confirmed(before: Presence, entry: Entry) -> Change:
    member = str(entry.content["member"])
    attendee = replace(before.of(member), identified_by=str(entry.content["means"]))
    if attendee.awaits:
        confirmed = replace(attendee.stays[-1], confirmed_at=entry.at)
        attendee = replace(attendee, stays=(*attendee.stays[:-1], confirmed))
    return _with(before, member, attendee)


def _left(before: Presence, entry: Entry) -> Change:
    member = str(entry.content["member"])
    since = entry.content.get("since")
    until = read_instant(since) if since else entry.at
    return _with(before, member, _ended(before.of(member), until, str(entry.content["cause"])))


def _connection(before: Presence, entry: Entry) -> Change:
    member, how = str(entry.content["member"]), str(entry.content["how"])
    line = Place(how) if how else None
    return _with(before, member, replace(before.of(member), line=line, line_at=entry.at))


def _interested(before: Presence, entry: Entry) -> Change:
    item, member = str(entry.content["item"]), str(entry.content["member"])
    ground = Ground(str(entry.content.get("ground", Ground.INTEREST)))
    return {"interests": {**before.interests, item: {**before.grounds(item), member: ground}}}


def _not_interested(before: Presence, entry: Entry) -> Change:
    item, member = str(entry.content["item"]), str(entry.content["member"])
    left = {who: ground for who, ground in before.grounds(item).items() if who != member}
    return {"interests": {**before.interests, item: left}}


def _given(before: Presence, entry: Entry) -> Change:
    content = entry.content
    giver = str(content.get("giver") or content["member"])
    is_excused = bool(content.get("excused"))
    proxy = Proxy(str(content["proxy"]), giver, str(content["holder"]), entry.at, is_excused=is_excused)
    return {"proxies": {**before.proxies, proxy.id: proxy}}


def _proxy_ended(before: Presence, entry: Entry) -> Change:
    proxy = before.proxies.get(str(entry.content["proxy"]))
    if proxy is None or proxy.ended_at is not None:
        return {}
    answer: Any = entry.content.get("answer")
    because = f"{answer['because']} ({', '.join(answer['articles'])})" if answer else ""
    ended = replace(proxy, ended_at=entry.at, cause=str(entry.content.get("cause", "revoked")), because=because)
    return {"proxies": {**before.proxies, proxy.id: ended}}


def _roll_proxies(before: Presence, entry: Entry) -> Change:
    lines: Any = entry.content["proxies"]
    named = {line["proxy"]: Proxy(line["proxy"], line["giver"], line["holder"], entry.at) for line in lines}
    return {"proxies": {id_: before.proxies.get(id_, proxy) for id_, proxy in named.items()}}


def _second_call(_before: Presence, entry: Entry) -> Change:
    carried: Any = entry.content["carried"]
    return {"second_call": True, "carried": frozenset(carried)}


def _over(before: Presence, entry: Entry) -> Change:
    return {"attendees": {who: _ended(each, entry.at, "closed") for who, each in before.attendees.items()}}


_CHANGES: Mapping[str, Callable[[Presence, Entry], Change]] = {
    ROOM_OPENED: lambda _before, entry: {"room_id": entry.content["room"]},
    MEMBER_ARRIVED: _arrived,
    IDENTITY_CONFIRMED: _confirmed,
    MEMBER_LEFT: _left,
    CONNECTION_CHANGED: _connection,
    INTEREST_DECLARED: _interested,
    INTEREST_WITHDRAWN: _not_interested,
    PROXY_GIVEN: _given,
    PROXY_RECORDED: _given,
    PROXY_REVOKED: _proxy_ended,
    PROXY_LAPSED: _proxy_ended,
    ROLL_PROXIES: _roll_proxies,
    SECOND_CALL: _second_call,
    SITTING_CLOSED: _over,
    SITTING_FAILED: _over,
}
