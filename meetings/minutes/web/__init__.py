"""Pages of the record: what the clerk checks, corrects and publishes, what everybody reads afterwards."""

from __future__ import annotations

from quart import Blueprint, Quart

from meetings.minutes.web.pages import MinutesPages
from meetings.minutes.web.panel import add_panel
from meetings.sittings.panels import Sittings
from portal.context import Portal


def register(app: Quart, portal: Portal) -> None:
    """Add the pages below /sittings, and the way to them on the screens of a sitting."""
    sittings = Sittings.of(app)
    add_panel(sittings.panels)
    pages = Blueprint("minutes", __name__, url_prefix="/sittings")
    MinutesPages(portal, sittings.chamber).add_to(pages)
    app.register_blueprint(pages)
