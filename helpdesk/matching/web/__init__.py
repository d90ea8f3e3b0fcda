"""Pages and HTTP API of matching, and what comes round by itself in it."""

from __future__ import annotations

from quart import Blueprint, Quart

from helpdesk.board.service.board import Board
from helpdesk.matching.service import hiding as hiding  # takes part when an account is suspended
from helpdesk.matching.service import own_data as own_data  # takes part in export and erasure
from helpdesk.matching.service import searches as searches  # takes part in the turning points of postings
from helpdesk.matching.service import separating as separating  # takes part when somebody is blocked
from helpdesk.matching.service import upkeep
from helpdesk.matching.service.engagements import Matching
from helpdesk.matching.service.filing import Desk
from helpdesk.matching.service.meeting import Meeting
from helpdesk.matching.service.seal import PersonVault
from helpdesk.matching.web import api
from helpdesk.matching.web.actions import Actions
from helpdesk.matching.web.blocking import BlockingPages, blocking_api
from helpdesk.matching.web.desk_pages import DeskPages
from helpdesk.matching.web.edge import Edge
from helpdesk.matching.web.pages import Pages
from helpdesk.matching.web.volunteering import Volunteering
from portal.context import Portal


def register(app: Quart, portal: Portal) -> None:
    """Add matching to the portal."""
    secret_key = portal.settings.secret_key
    matching = Matching(Board.open(portal.database, portal.clock, portal.limits, secret_key))
    edge = Edge(portal, matching, Desk(matching, PersonVault(secret_key)))
    blueprint = Blueprint("matching", __name__, url_prefix="/board")
    pages = Pages(edge)
    pages.add_to(blueprint)
    Actions(edge, pages).add_to(blueprint)
    Volunteering(edge).add_to(blueprint)
    DeskPages(edge).add_to(blueprint)
    meeting = Meeting(portal.database, portal.clock, portal.limits)
    BlockingPages(meeting).add_to(blueprint)
    app.register_blueprint(blueprint)
    api.register(app, portal, matching)
    app.register_blueprint(blocking_api(meeting))
    portal.home.append((25, pages.home_card))
    upkeep.register(portal.jobs)
