"""Pages of moderation: the queue and its cases for staff; reports, appeals and official answers on a posting's page."""

from __future__ import annotations

from quart import Blueprint, Quart, render_template

from helpdesk.board.web.parts import add_part
from helpdesk.matching.service.messages import count_reported
from helpdesk.matching.service.permissions import MODERATE
from helpdesk.moderation.service import holding as holding  # looks at what is posted
from helpdesk.moderation.service import own_data as own_data  # takes part in export and erasure
from helpdesk.moderation.service import retention
from helpdesk.moderation.service.deciding import Moderation
from helpdesk.moderation.service.official_answers import OfficialAnswers
from helpdesk.moderation.service.permissions import DECIDE
from helpdesk.moderation.service.queue import count_waiting
from helpdesk.moderation.web.posting_part import PostingPart
from helpdesk.moderation.web.queue_pages import QueuePages
from portal.accounts.service import Passwords, town_hasher
from portal.accounts.web import accounts_of
from portal.context import NavItem, Portal
from portal.i18n import lazy
from portal.permissions import Actor, may


def register(app: Quart, portal: Portal) -> None:
    """Add moderation to the portal."""
    passwords = Passwords(town_hasher())
    moderation = Moderation(portal.database, portal.clock, portal.limits, accounts_of(portal, passwords))
    answers = OfficialAnswers(portal.database, portal.clock, portal.limits)
    pages = Blueprint("moderation", __name__)
    QueuePages(portal, moderation).add_to(pages)
    part = PostingPart(moderation, answers)
    part.add_to(pages)
    app.register_blueprint(pages)
    add_part(app, part.part)
    portal.administration.append(NavItem(70, lazy("Moderation"), "/moderation", lambda who: may(who, DECIDE)))

    async def home_card(who: Actor | None) -> str:
        if not may(who, DECIDE):
            return ""
        async with portal.database.read() as db:
            count = await count_waiting(db) + (await count_reported(db) if may(who, MODERATE) else 0)
        return await render_template("moderation/home_card.html", count=count) if count else ""

    async def stop() -> None:
        passwords.close()

    portal.home.append((20, home_card))
    retention.register(portal.jobs)
    portal.stop.append(stop)
