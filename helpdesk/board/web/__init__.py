"""Pages and HTTP API of the board, and the jobs that end and forget what is over."""

from __future__ import annotations

from quart import Blueprint, Quart

from helpdesk.board.service import hiding as hiding  # takes part when an account is suspended
from helpdesk.board.service import own_data as own_data  # takes part in export and erasure
from helpdesk.board.service import retention
from helpdesk.board.service.board import Board
from helpdesk.board.service.postings import OFFERS, REQUESTS
from helpdesk.board.web import api
from helpdesk.board.web.edge import Edge
from helpdesk.board.web.editing import Editing
from helpdesk.board.web.pages import Pages
from helpdesk.board.web.parts import add_part
from helpdesk.board.web.pictures import UPLOADS, PicturePages
from helpdesk.board.web.search import Search
from helpdesk.board.web.steps import Steps
from portal.context import NavItem, Portal
from portal.i18n import lazy
from portal.uploads import allow_uploads


def register(app: Quart, portal: Portal) -> None:
    """Add the board to the portal."""
    board = Board.open(portal.database, portal.clock, portal.limits, portal.settings.secret_key)
    edge = Edge(portal, board)
    blueprint = Blueprint("board", __name__, url_prefix="/board")
    pages = Pages(edge)
    pages.add_to(blueprint)
    Editing(edge).add_to(blueprint)
    pictures = PicturePages(edge)
    pictures.add_to(blueprint)
    Search(edge).add_to(blueprint)
    Steps(edge, REQUESTS, "ask").add_to(blueprint)
    Steps(edge, OFFERS, "offer").add_to(blueprint)
    app.register_blueprint(blueprint)
    add_part(app, pictures.part)
    allow_uploads(app, UPLOADS)
    api.register(app, portal, board)
    portal.nav.append(NavItem(20, lazy("Help nearby"), "/board", lambda _who: True))
    portal.home.append((30, pages.home_card))
    retention.register(portal.jobs)
