"""Who counts on an item: those present as the rules count them, whom they represent, and who takes no part."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

from meetings.attendance.model.presence import Ground, Place, Presence
from meetings.rules import QuorumCase, Rules, VoteRightsCase, decide
from meetings.sittings.model import MandateFunction
from meetings.sittings.model.progress import Progress


def counted_places(rules: Rules) -> frozenset[Place]:
    """Where a member is present as the rules see it: a councillor on video is absent from a council in its hall."""
    return frozenset(place for place in Place if decide(_alone(place), rules).result["counted"])


def place_case(place: Place, *, in_office: int) -> QuorumCase:
    """The case of one member who is somewhere and nobody else anywhere: why they are present or absent."""
    return replace(_alone(place), in_office=in_office)


def _alone(place: Place) -> QuorumCase:
    return QuorumCase(
        in_office=1,
        present=int(place is Place.HALL),
        other_sites=int(place is Place.SITE),
        remote=int(place is Place.VIDEO),
        by_sound=int(place is Place.AUDIO),
    )


@dataclass(frozen=True)
class Gathering:
    """Everybody's part in one item at one moment, by mandate in the order of the table."""

    table: tuple[str, ...]
    """The members in office, in the order of the table."""
    places: Mapping[str, Place]
    """Where each member who is there is, whether that counts or not."""
    counted: frozenset[Place]
    grounds: Mapping[str, Ground]
    """Who takes no part in the item, of those who are there and of those who are not."""
    represented: Mapping[str, str]
    """Whose voice somebody else may cast now, with who: givers of proxies that are neither lapsed nor suspended."""
    second_call: bool = False
    carried_over: bool = False

    @classmethod
    def of(
        cls, presence: Presence, progress: Progress, rules: Rules, item_id: str | None = None, *, now_only: bool = False
    ) -> Self:
        """Who counts on an item, or on none. `now_only` leaves out whoever's connection is lost at this moment:
        that is how a quorum is taken; whoever is cut off for an instant still has their vote."""
        counted = counted_places(rules)
        places = {}
        for mandate_id in progress.seats:
            attendee = presence.of(mandate_id)
            place = attendee.place_now if now_only else attendee.place
            if place is not None:
                places[mandate_id] = place
        grounds = {who: ground for who, ground in presence.grounds(item_id).items() if who in progress.seats}
        gathering = cls(
            tuple(progress.seats),
            places,
            counted,
            grounds,
            {},
            presence.second_call,
            item_id is None or item_id in presence.carried,
        )
        return replace(gathering, represented=_represented(gathering, presence, progress, rules))

    @property
    def present(self) -> tuple[str, ...]:
        """Who is present and takes part."""
        return tuple(who for who in self.counted_present if who not in self.grounds)

    @property
    def counted_present(self) -> tuple[str, ...]:
        """Who is present as the rules count places, whether or not they take part in the item."""
        return tuple(who for who, place in self.places.items() if place in self.counted)

    @property
    def interested(self) -> tuple[str, ...]:
        """Who is present and takes no part."""
        return tuple(who for who in self.counted_present if who in self.grounds)

    @property
    def not_counted(self) -> Mapping[str, Place]:
        """Who is there and yet absent in the eyes of the rules, with where they are."""
        return {who: place for who, place in self.places.items() if place not in self.counted}

    @property
    def voices(self) -> dict[str, str]:
        """Who may be voted for, with who casts it: their own voice, or a proxy's. In the order of the table."""
        present = set(self.present)
        return {who: self.represented.get(who, who) for who in self.table if who in present or who in self.represented}

    @property
    def case(self) -> QuorumCase:
        """The facts of the quorum."""
        where = Counter(place for who, place in self.places.items() if self.grounds.get(who) is not Ground.ACCOUNTS)
        why = Counter(self.grounds[who] for who in self.interested)
        return QuorumCase(
            in_office=len(self.table),
            present=where[Place.HALL],
            other_sites=where[Place.SITE],
            remote=where[Place.VIDEO],
            by_sound=where[Place.AUDIO],
            represented=len(self.represented),
            interested=why[Ground.INTEREST],
            withdrawn=why[Ground.REPRESENTS],
            second_call=self.second_call,
            item_carried_over=self.second_call and self.carried_over,
        )


def _represented(gathering: Gathering, presence: Presence, progress: Progress, rules: Rules) -> dict[str, str]:
    """Givers who are absent and take no other part, whose holder is present and may cast it (CGCT L2121-20)."""
    there = set(gathering.counted_present)
    found: dict[str, str] = {}
    held: Counter[str] = Counter()
    for proxy in presence.proxies.values():
        giver, holder = proxy.giver_id, proxy.holder_id
        is_possible = proxy.ended_at is None and giver in progress.seats and giver not in there and holder in there
        if not is_possible or giver in gathering.grounds or giver in found:
            continue
        case = VoteRightsCase(holder_interested=holder in gathering.grounds, proxies_held=held[holder] + 1)
        answer = decide(case, rules)
        if answer.result["accepted"] and answer.result["votes"]:
            found[giver] = holder
            held[holder] += 1
    return {giver: found[giver] for giver in progress.seats if giver in found}


def presiding_order(gathering: Gathering, progress: Progress) -> tuple[str, ...]:
    """Who may preside, the first to do so first: the head of the body, the deputies in the order of the table, then
    the members in that order (CGCT L2121-14, L2122-17). Only who is present and takes part."""
    ranks = {MandateFunction.CHAIR: 0, MandateFunction.DEPUTY: 1, MandateFunction.MEMBER: 2}
    there = [progress.seats[who] for who in gathering.present]
    return tuple(seat.mandate_id for seat in sorted(there, key=lambda seat: (ranks[seat.function], seat.rank)))
