"""Pages of trust: whom one has blocked, how the town knows one, the counter's, and the town's rules."""

from __future__ import annotations

from quart import Blueprint, Quart

from helpdesk.trust.service import own_data as own_data  # takes part in export and erasure
from helpdesk.trust.service import retention
from helpdesk.trust.service.blocking import Blocking
from helpdesk.trust.service.ladder import Ladder
from helpdesk.trust.service.permissions import CONFIGURE, VERIFY
from helpdesk.trust.web.api import blocks_api, rules_api
from helpdesk.trust.web.blocked import BlockedPages
from helpdesk.trust.web.known import KnownPages
from helpdesk.trust.web.settings import SETTINGS, SettingsPages
from helpdesk.trust.web.verifying import VERIFYING, VerifyingPages
from portal.context import NavItem, Portal
from portal.i18n import lazy
from portal.permissions import may


def register(app: Quart, portal: Portal) -> None:
    """Add trust to the portal."""
    blocking = Blocking(portal.database, portal.clock, portal.limits)
    parts = (
        BlockedPages(portal, blocking),
        KnownPages(portal),
        VerifyingPages(portal, Ladder(portal.database, portal.clock, portal.limits)),
        SettingsPages(portal),
    )
    for part in parts:
        pages = Blueprint(type(part).__name__, __name__)
        part.add_to(pages)
        app.register_blueprint(pages)
    app.register_blueprint(rules_api(portal))
    app.register_blueprint(blocks_api(portal, blocking))
    portal.account.append(NavItem(10, lazy("How the town knows me"), "/account/known", lambda _who: True))
    portal.account.append(NavItem(20, lazy("People whom I have blocked"), "/account/blocked", lambda _who: True))
    portal.administration.append(NavItem(72, lazy("Confirm volunteers"), VERIFYING, lambda who: may(who, VERIFY)))
    portal.administration.append(NavItem(86, lazy("Rules of help"), SETTINGS, lambda who: may(who, CONFIGURE)))
    retention.register(portal.jobs)
