"""What each screen shows of a ballot: who runs it sees who is missing, a member their own voices, everybody the end.

No screen shows how a ballot stands before it is proclaimed; what was counted by eye, only those see who counted it.
"""

from __future__ import annotations

from collections.abc import Mapping

from meetings.ballots.model import Ballot, Ballots, Choice, Election, Kind, State
from meetings.ballots.model.closed_session import closed_session_case
from meetings.ballots.model.deciding import decision
from meetings.ballots.service.elections import pending_answer
from meetings.ballots.service.options import (
    METHOD_WORDS,
    POST_WORDS,
    PURPOSE_WORDS,
    WORDS,
    Asked,
    options,
    purpose_of,
    usual,
)
from meetings.ballots.service.voters import casts_now, lost_members, present_members, voters_on
from meetings.rules import Answer, BallotRequestCase, CaseError, Text, decide
from meetings.sittings.model import SittingMode
from meetings.sittings.model.progress import Phase, Point
from meetings.sittings.panels import Panel, Panels, Place, Screen
from meetings.sittings.service.held import Look
from portal.i18n import current_locale, lazy

CHOICE_WORDS = {Choice.FOR: lazy("For"), Choice.AGAINST: lazy("Against"), Choice.ABSTAIN: lazy("Abstain")}

Context = Mapping[str, object]


def add_panels(panels: Panels) -> None:
    """Draw ballots on every screen."""
    for name, screen, context in (
        ("clerk", Screen.CLERK, _clerk),
        ("seat", Screen.SEAT, _seat),
        ("public", Screen.PUBLIC, _public),
    ):
        template = f"ballots/{name}.html"
        is_own = screen is Screen.SEAT
        # Who has a vote to give or to run does not look for it below the item; the public reads first what it is about.
        order = 10 if screen is Screen.PUBLIC else 1
        panels.add(Panel(f"ballot-{name}", Place.ITEM, order, frozenset({screen}), template, context, of_seat=is_own))
    within, everybody = frozenset({Screen.CLERK, Screen.SEAT}), frozenset(Screen)
    panels.add(Panel("ballot-opening", Place.ITEM, 40, within, "ballots/opening.html", _before, of_seat=True))
    panels.add(Panel("results", Place.AGENDA, 20, everybody, "ballots/results.html", _results))


async def _public(look: Look, _screen: Screen) -> Context:
    ballots = look.of(Ballots)
    return {**_words(), "ballot": ballots.current, "election": ballots.election, "latest": _latest(look)}


async def _results(look: Look, _screen: Screen) -> Context:
    ballots = look.of(Ballots)
    proclaimed = [ballot for ballot in ballots.ballots.values() if ballot.result is not None]
    elected = [election for election in ballots.elections.values() if election.proclaimed_at is not None]
    return {**_words(), "proclaimed": proclaimed[::-1], "elected": elected[::-1], "points": look.progress.points}


async def _seat(look: Look, screen: Screen) -> Context:
    ballots = look.of(Ballots)
    seat = look.own_seat
    ballot = ballots.current
    voices = ballot.voices_of(seat.mandate_id) if ballot is not None and seat is not None else ()
    context = {
        **_words(),
        "ballot": ballot,
        "election": ballots.election,
        "latest": _latest(look),
        "voices": voices,
        "missing": [voice for voice in voices if ballot is not None and voice in ballot.missing],
        "castable": _castable(look, ballot),
    }
    return {**context, **(await _clerk(look, screen))} if look.presides else context


async def _clerk(look: Look, _screen: Screen) -> Context:
    ballots = look.of(Ballots)
    ballot, election = ballots.current, ballots.election
    return {
        **_words(),
        "ballot": ballot,
        "election": election,
        "latest": _latest(look),
        "question_pending": _question(look, ballot) if ballot is not None and ballot.state is State.CLOSED else None,
        "round_answer": pending_answer(look, election) if election is not None else None,
        "castable": _castable(look, ballot),
        "lost": lost_members(look) if ballot is not None and ballot.missing else frozenset(),
    }


def _castable(look: Look, ballot: Ballot | None) -> frozenset[str]:
    """The voices that can be given at this moment: not those of whoever has left since the ballot opened."""
    if ballot is None:
        return frozenset()
    now = casts_now(look, ballot.item_id)
    return frozenset(voice for voice, caster in ballot.entitled.items() if now.get(voice) == caster)


async def _before(look: Look, screen: Screen) -> Context:
    """What may be put to the vote, and who asks for which ballot, while none is under way."""
    is_free = look.of(Ballots).current_id is None
    controls = screen is Screen.CLERK or look.presides
    return {
        **_words(),
        "latest": _latest(look),
        "opening": _opening(look, look.progress.point) if is_free and controls else None,
        "requests": _requests(look) if is_free else None,
    }


def _opening(look: Look, point: Point | None) -> Context | None:
    """What can be put to the vote on the item under discussion."""
    if point is None or look.progress.phase is not Phase.OPEN:
        return None
    asked = Asked(purpose_of(look), voters_on(look, point.item_id))
    return {
        "purpose": asked.purpose,
        "options": options(look, asked),
        "usual": usual(look, asked),
        "voters": asked.voters,
        "purposes": PURPOSE_WORDS,
        "posts": POST_WORDS,
        "closed_session": _closed_session(look),
        "holds_elections": look.progress.mode is SittingMode.HALL,
    }


def _closed_session(look: Look) -> Context | None:
    """Who may ask for a closed session, and what the rules want; none while the doors are closed."""
    if look.progress.doors_closed_at is not None:
        return None
    answer = decide(closed_session_case(look.progress, ()), look.rules)
    return {"present": present_members(look), "answer": answer}


def _requests(look: Look) -> Context | None:
    """Who asks for what, and how many are needed; none before members are there."""
    point, present = look.progress.point, present_members(look)
    if point is None or not present or not look.progress.is_under_way:
        return None
    found = look.of(Ballots).requests_on(point.item_id)
    answer = decide(BallotRequestCase(present=len(present)), look.rules)
    return {
        "asking": {kind: found.by(kind) for kind in (Kind.PUBLIC, Kind.SECRET)},
        "needed": {Kind.PUBLIC: answer.result["public"], Kind.SECRET: answer.result["secret"]},
        "granted": found.granted,
        "present": present,
    }


def _question(look: Look, ballot: Ballot) -> Answer | None:
    """What the chair must settle before the result can be proclaimed."""
    try:
        found = decision(ballot, look.rules)
    except CaseError:
        return None
    return found.answer if found.question is not None else None


def _latest(look: Look) -> tuple[Ballot | Election, ...]:
    """What was settled on the item under discussion, the last one first."""
    ballots, item_id = look.of(Ballots), look.progress.item_id
    if item_id is None:
        return ()
    settled: list[Ballot | Election] = [each for each in ballots.on(item_id) if each.result is not None]
    settled += [each for each in ballots.elections_on(item_id) if each.proclaimed_at is not None]
    return tuple(sorted(settled, key=lambda each: each.opened_at, reverse=True))


def _words() -> Context:
    return {
        "kind_words": WORDS,
        "post_words": POST_WORDS,
        "method_words": METHOD_WORDS,
        "choice_words": CHOICE_WORDS,
        "said": _said,
    }


def _said(text: Text) -> str:
    """A sentence of the rules in the language of the moment."""
    return text.get(current_locale())
