"""Pages and HTTP API of the board, and the job that ends what has expired."""

from __future__ import annotations

from datetime import timedelta

from quart import Blueprint, Quart

from helpdesk.board.service import own_data as own_data  # takes part in export and erasure
from helpdesk.board.service import retention
from helpdesk.board.service.board import EXPIRY_BATCH, Board
from helpdesk.board.service.postings import OFFERS, REQUESTS
from helpdesk.board.web import api
from helpdesk.board.web.actions import Actions
from helpdesk.board.web.edge import Edge
from helpdesk.board.web.pages import Pages
from helpdesk.board.web.steps import Steps
from portal.context import NavItem, Portal
from portal.i18n import lazy
from portal.jobs import Job, midnight

EXPIRY_EVERY = timedelta(minutes=10)


def register(app: Quart, portal: Portal) -> None:
    """Add the board to the portal."""
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    edge = Edge(portal, board)
    blueprint = Blueprint("board", __name__, url_prefix="/board")
    pages = Pages(edge)
    pages.add_to(blueprint)
    Actions(edge, pages).add_to(blueprint)
    Steps(edge, REQUESTS, "ask").add_to(blueprint)
    Steps(edge, OFFERS, "offer").add_to(blueprint)
    app.register_blueprint(blueprint)
    api.register(app, portal, board)
    portal.nav.append(NavItem(20, lazy("Help nearby"), "/board", lambda _who: True))
    portal.home.append((30, pages.home_card))
    retention.register(portal.jobs)
    portal.jobs.add(Job("board.expiry", EXPIRY_EVERY, board.expire_due, EXPIRY_BATCH, also_at=midnight))
