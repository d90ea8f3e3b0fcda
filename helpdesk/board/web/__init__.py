"""Pages and HTTP API of the board, and the task that ends what has expired."""

from __future__ import annotations

import asyncio
import contextlib

import structlog
from quart import Blueprint, Quart

from helpdesk.board.service import own_data as own_data  # takes part in export and erasure
from helpdesk.board.service.board import EXPIRY_BATCH, Board
from helpdesk.board.service.postings import OFFERS, REQUESTS
from helpdesk.board.web import api
from helpdesk.board.web.actions import Actions
from helpdesk.board.web.edge import Edge
from helpdesk.board.web.pages import Pages
from helpdesk.board.web.steps import Steps
from portal.context import NavItem, Portal
from portal.i18n import lazy

EXPIRY_EVERY_S = 600.0

log = structlog.get_logger(__name__)


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
    expiry = Expiry(board)
    portal.start.append(expiry.start)
    portal.stop.append(expiry.stop)


class Expiry:
    """Ends what has expired, every few minutes; owner of its task."""

    def __init__(self, board: Board) -> None:
        """Watch over this board once started."""
        self._board = board
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="board expiry")

    async def stop(self) -> None:
        """End, whatever is under way: a batch is one transaction."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        while True:
            try:
                while await self._board.expire_due() >= EXPIRY_BATCH:
                    pass
            except Exception:
                log.exception("expiry failed, tries again")
            await asyncio.sleep(EXPIRY_EVERY_S)
