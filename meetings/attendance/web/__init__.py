"""Acts of presence, quorum and proxies, and their parts of the screens."""

from __future__ import annotations

from quart import Blueprint, Quart

from meetings.attendance.model.presence import (
    IDENTITY_CONFIRMED,
    MEMBER_ARRIVED,
    MEMBER_LEFT,
)
from meetings.attendance.service.proxies import lapse_on_arrival, read_roll, require_absent
from meetings.attendance.service.quorum import (
    propose_when_lost,
    require_present_chair,
    require_present_secretary,
    withdraw_when_found,
)
from meetings.attendance.service.room import close_doors, end_room, hand_over, open_doors, open_with_roll
from meetings.attendance.web.acts import AttendanceActs
from meetings.attendance.web.panels import add_panels
from meetings.sittings.model.progress import (
    CHAIR_TAKEN,
    DOORS_CLOSED,
    DOORS_OPENED,
    PROXY_GIVEN,
    ROLL_OPENED,
    SECRETARY_APPOINTED,
    SITTING_CLOSED,
    SITTING_FAILED,
    SITTING_OPENED,
)
from meetings.sittings.service.held import Chamber
from meetings.sittings.web.conduct import conduct_of
from portal.context import Portal


def register(app: Quart, portal: Portal) -> None:
    """Add the acts, the panels, and what follows from other acts."""
    conduct = conduct_of(app, portal)
    take_part(conduct.chamber)
    add_panels(conduct.panels)
    pages = Blueprint("attendance", __name__, url_prefix="/sittings")
    AttendanceActs(conduct).add_to(pages)
    app.register_blueprint(pages)


def take_part(chamber: Chamber) -> None:
    """Guard and carry on what happens in a sitting."""
    chamber.guard(PROXY_GIVEN, require_absent)
    chamber.guard(CHAIR_TAKEN, require_present_chair)
    chamber.guard(SECRETARY_APPOINTED, require_present_secretary)
    chamber.react(ROLL_OPENED, read_roll)
    chamber.react(ROLL_OPENED, open_with_roll)
    for kind in (SITTING_OPENED, CHAIR_TAKEN):
        chamber.react(kind, hand_over)
    for kind in (SITTING_CLOSED, SITTING_FAILED):
        chamber.react(kind, end_room)
    chamber.react(DOORS_CLOSED, close_doors)
    chamber.react(DOORS_OPENED, open_doors)
    chamber.react(MEMBER_ARRIVED, lapse_on_arrival)
    chamber.react(IDENTITY_CONFIRMED, lapse_on_arrival)
    chamber.react(MEMBER_LEFT, propose_when_lost)
    for kind in (MEMBER_ARRIVED, IDENTITY_CONFIRMED, CHAIR_TAKEN):
        chamber.react(kind, withdraw_when_found)
