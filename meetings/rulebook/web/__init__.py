"""The edge of the rulebook: its pages and its API, over one library read at the start."""

from __future__ import annotations

from quart import Quart

from meetings.rulebook.service import Rulebook
from meetings.rulebook.web import api, pages
from portal.context import Portal


def register(app: Quart, portal: Portal) -> None:
    """Add the pages, the API and the card on the home page."""
    rulebook = Rulebook.open(portal.clock)
    pages.register(app, portal, rulebook)
    api.register(app, portal, rulebook)
