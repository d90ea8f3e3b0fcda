"""The quorum in everybody's sight, the people on the clerk's screen, a member's own check-in, the next item."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meetings.attendance.model import Attendee, Gathering, Ground, Place, Presence, Proxy, presiding_order
from meetings.attendance.model.gathering import place_case
from meetings.attendance.service.quorum import gathering_of, quorum_of, resumption_of
from meetings.rules import Answer, decide
from meetings.sittings.model import ItemKind
from meetings.sittings.model.progress import Phase, Seat
from meetings.sittings.panels import Panel, Panels, Screen
from meetings.sittings.panels import Place as Where
from meetings.sittings.service.conduct import stream_required
from meetings.sittings.service.held import Look
from meetings.sittings.web.edge import FUNCTIONS, say
from portal.i18n import _, lazy

PLACES = {
    Place.HALL: lazy("In the hall"),
    Place.SITE: lazy("In another room"),
    Place.VIDEO: lazy("By video"),
    Place.AUDIO: lazy("By sound alone"),
}
ABSENT = {
    Place.SITE: lazy("Whoever is in another room counts as absent from this sitting (%(articles)s)."),
    Place.VIDEO: lazy("Whoever is connected by video counts as absent from this sitting (%(articles)s)."),
    Place.AUDIO: lazy("Whoever is connected by sound alone counts as absent from this sitting (%(articles)s)."),
}
"""Places that the rules may not count."""
GROUNDS = {
    Ground.INTEREST: lazy("Personal interest"),
    Ground.REPRESENTS: lazy("Represents the authority in the organisation concerned"),
    Ground.ACCOUNTS: lazy("Leaves while their accounts are voted (CGCT L2121-14)"),
}
_EVERYBODY = frozenset(Screen)
_WITHIN = frozenset({Screen.CLERK, Screen.SEAT})
_LIVE = frozenset({Phase.ROLL, Phase.OPEN, Phase.SUSPENDED})


@dataclass(frozen=True)
class Line:
    """One member as the clerk sees them."""

    seat: Seat
    attendee: Attendee
    ground: Ground | None
    """Why they take no part in the item under discussion."""
    why_absent: str
    """With the article, for somebody who is there and yet absent."""
    proxy: Proxy | None
    """The one they have given."""
    refused: Proxy | None
    """One that the rules ended when the roll was opened."""
    is_represented: bool
    """Whether its holder may cast it now."""
    holds: tuple[str, ...]
    """Names of those whose proxies they hold."""

    @property
    def since(self) -> object:
        """When they came, as far as it is known who they are."""
        return self.attendee.stay.since if self.attendee.stay else None


def add_panels(panels: Panels) -> None:
    """Draw attendance's parts of the screens."""
    for panel in (
        Panel("quorum", Where.HEAD, 20, _EVERYBODY, "attendance/quorum.html", _quorum),
        Panel("own", Where.ITEM, 2, frozenset({Screen.SEAT}), "attendance/own.html", _own, of_seat=True),
        Panel("secretary", Where.ITEM, 2, frozenset({Screen.CLERK}), "attendance/secretary.html", _secretary),
        Panel("next", Where.ITEM, 3, _WITHIN, "attendance/next.html", _next),
        Panel("chair", Where.ITEM, 96, frozenset({Screen.CLERK}), "attendance/chair.html", _chair),
        Panel("people", Where.PEOPLE, 10, frozenset({Screen.CLERK}), "attendance/people.html", _people),
        Panel("present", Where.PEOPLE, 10, frozenset({Screen.SEAT}), "attendance/present.html", _people),
    ):
        panels.add(panel)


async def _quorum(look: Look, _screen: Screen) -> Mapping[str, object]:
    if look.progress.phase not in _LIVE:
        return {"quorum": None}
    item_id = look.progress.item_id
    # As it would be taken now; that of the item under discussion was taken when it was called, and stands.
    found = quorum_of(look, now_only=True)
    return {
        "quorum": found,
        "item_is_called": item_id is not None,
        "says": say(found.answer.because),
        "articles": found.answer.articles,
        "lost": [
            look.progress.seats[who].name
            for who in gathering_of(look).counted_present
            if look.of(Presence).of(who).lost_at
        ],
    }


async def _own(look: Look, _screen: Screen) -> Mapping[str, object]:
    seat = look.own_seat
    if seat is None or look.progress.phase not in _LIVE:
        return {"line": None}
    item_id = look.progress.item_id
    found = gathering_of(look, item_id)
    return {
        "line": _line(look, found, seat),
        "has_sites": Place.SITE in found.counted,
        "point": look.progress.point,
        "place_words": PLACES,
        "ground_words": GROUNDS,
    }


async def _next(look: Look, screen: Screen) -> Mapping[str, object]:
    progress = look.progress
    controls = screen is Screen.CLERK or look.presides
    if controls and progress.phase is Phase.SUSPENDED:
        asked = resumption_of(look)
        return {"step": progress.phase.value, "asks": "", **(_words(asked) if asked else {})}
    if not controls or progress.phase not in {Phase.ROLL, Phase.OPEN} or progress.item_id is not None:
        return {"step": None}
    left = [point for point in progress.points.values() if point.outcome is None]
    following = left[0] if left else None
    item_id = following.item_id if progress.phase is Phase.OPEN and following else None
    if progress.phase is Phase.OPEN and following is None:
        return {"step": None}
    found = quorum_of(look, item_id, now_only=True)
    return {
        "step": progress.phase.value,
        "quorum": found,
        "awaits_stream": progress.phase is Phase.ROLL and progress.stream is None and stream_required(look),
        "following": following,
        # What the body has to decide on first leaves no choice.
        "others": left[1:] if following is None or following.kind is not ItemKind.URGENCY else [],
        "presiding": [progress.seats[who] for who in presiding_order(found.gathering, progress)],
        **_words(found.answer),
    }


def _words(answer: Answer) -> dict[str, object]:
    question = answer.question
    return {
        "says": say(answer.because),
        "articles": answer.articles,
        "asks": say(question.text) if question else "",
        "choices": [(each.value, say(each.label), say(each.consequence)) for each in question.choices]
        if question
        else [],
    }


async def _secretary(look: Look, _screen: Screen) -> Mapping[str, object]:
    awaits = look.progress.phase is Phase.OPEN and look.progress.secretary_id is None
    return {"present": gathering_of(look).counted_present if awaits else None}


async def _chair(look: Look, _screen: Screen) -> Mapping[str, object]:
    """Who may take the chair: those who are there, in the order in which they would."""
    progress = look.progress
    if progress.phase is not Phase.OPEN:
        return {"presiding": []}
    order = presiding_order(gathering_of(look), progress)
    return {"presiding": [progress.seats[who] for who in order if who != progress.chair_id]}


async def _people(look: Look, _screen: Screen) -> Mapping[str, object]:
    # When it is over everybody has left: who was there, the minutes say.
    if look.progress.phase not in _LIVE:
        return {"lines": None}
    found = gathering_of(look, look.progress.item_id)
    lines = [_line(look, found, seat) for seat in look.progress.seats.values()]
    there = set(found.counted_present)
    return {
        "lines": lines,
        "awaiting": [line for line in lines if line.attendee.awaits],
        "present": [line for line in lines if line.seat.mandate_id in there],
        "absent": [line for line in lines if line.seat.mandate_id not in there and not line.attendee.awaits],
        "has_sites": look.progress.mode == "remote" and Place.SITE in found.counted,
        "place_words": PLACES,
        "ground_words": GROUNDS,
        "function_words": FUNCTIONS,
    }


def _line(look: Look, found: Gathering, seat: Seat) -> Line:
    presence, who = look.of(Presence), seat.mandate_id
    seats = look.progress.seats
    place = found.not_counted.get(who)
    return Line(
        seat=seat,
        attendee=presence.of(who),
        ground=found.grounds.get(who),
        why_absent=_why_absent(look, place) if place else "",
        proxy=presence.proxy_of(who),
        refused=presence.refused_of(who),
        is_represented=who in found.represented,
        holds=tuple(seats[proxy.giver_id].name for proxy in presence.held_by(who) if proxy.giver_id in seats),
    )


def _why_absent(look: Look, place: Place) -> str:
    if place not in ABSENT:
        return ""
    answer = decide(place_case(place, in_office=len(look.progress.seats)), look.rules)
    return _(ABSENT[place]) % {"articles": ", ".join(answer.articles)}
