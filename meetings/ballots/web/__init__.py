"""Ballots on the screens of a sitting, and the acts behind their forms."""

from __future__ import annotations

from quart import Blueprint, Quart

from meetings.attendance.model.presence import INTEREST_DECLARED
from meetings.ballots.model.ballots import BALLOT_PROCLAIMED, VOTE_RECORDED
from meetings.ballots.service.interests import drop_voices, require_separable
from meetings.ballots.service.results import decided_on, no_vote_held, require_settled
from meetings.ballots.service.urgency import (
    postpone_what_was_not_urgent,
    require_urgency_decided,
    require_vote_on_urgency,
)
from meetings.ballots.web.acts import BallotPages
from meetings.ballots.web.elections import ElectionPages
from meetings.ballots.web.panels import add_panels
from meetings.sittings.model.progress import CHAIR_TAKEN, ITEM_CALLED, ITEM_ENDED, SITTING_CLOSED
from meetings.sittings.service.held import Chamber, Quiet
from meetings.sittings.web.conduct import conduct_of
from portal.context import Portal


def register(app: Quart, portal: Portal) -> None:
    """Take part in sittings: panels, acts, and what may not be done while a ballot is under way."""
    conduct = conduct_of(app, portal)
    take_part(conduct.chamber)
    add_panels(conduct.panels)
    # A vote concerns its voter, on each of their pages, and who runs the ballot: nobody else's screen is drawn anew.
    conduct.chamber.quiet[VOTE_RECORDED] = Quiet(frozenset({"ballot-clerk", "ballot-seat"}), concerns="caster")
    for name, add in (("ballots", BallotPages(conduct).add_to), ("elections", ElectionPages(conduct).add_to)):
        pages = Blueprint(name, __name__, url_prefix="/sittings/<sitting_id>/ballots")
        add(pages)
        app.register_blueprint(pages)


def take_part(chamber: Chamber) -> None:
    """Guard and carry on what happens in a sitting."""
    # The order of the day does not go on over an open ballot, and who presides over it stays.
    for kind in (ITEM_CALLED, ITEM_ENDED, SITTING_CLOSED, CHAIR_TAKEN):
        chamber.guard(kind, require_settled)
    chamber.guard(ITEM_CALLED, require_urgency_decided)
    chamber.guard(ITEM_ENDED, require_vote_on_urgency)
    chamber.react(BALLOT_PROCLAIMED, postpone_what_was_not_urgent)
    chamber.guard(INTEREST_DECLARED, require_separable)
    chamber.react(INTEREST_DECLARED, drop_voices)
    chamber.caution(ITEM_ENDED, no_vote_held)
    chamber.decided.append(decided_on)
