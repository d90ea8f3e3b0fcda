"""Pages of trust: whom one has blocked."""

from __future__ import annotations

from quart import Blueprint, Quart

from helpdesk.trust.service import own_data as own_data  # takes part in export and erasure
from helpdesk.trust.service.blocking import Blocking
from helpdesk.trust.web.blocked import BlockedPages
from portal.context import NavItem, Portal
from portal.i18n import lazy


def register(app: Quart, portal: Portal) -> None:
    """Add trust to the portal."""
    pages = Blueprint("trust", __name__)
    BlockedPages(portal, Blocking(portal.database, portal.clock, portal.limits)).add_to(pages)
    app.register_blueprint(pages)
    portal.account.append(NavItem(20, lazy("People whom I have blocked"), "/account/blocked", lambda _who: True))
