"""Pages of sittings: what the public reads, what members answer, what the clerk prepares."""

from __future__ import annotations

from quart import Blueprint, Quart

from meetings.rules import load_sets
from meetings.sittings.panels import Sittings
from meetings.sittings.service import own_data as own_data  # takes part in export
from meetings.sittings.service.convening import Convening
from meetings.sittings.service.documents import LARGEST_DOCUMENT, DocumentStore
from meetings.sittings.service.held import Chamber
from meetings.sittings.service.members_file import LARGEST_FILE
from meetings.sittings.web.agenda import AgendaPages
from meetings.sittings.web.answers import AnswerPages
from meetings.sittings.web.bodies import BodyPages
from meetings.sittings.web.conduct import conduct_of
from meetings.sittings.web.course import CoursePages
from meetings.sittings.web.edge import Edge
from meetings.sittings.web.mails import Mails
from meetings.sittings.web.prepare import PreparePages
from meetings.sittings.web.reading import ReadingPages
from portal.context import NavItem, Portal
from portal.i18n import lazy
from portal.uploads import allow_uploads


def register(app: Quart, portal: Portal) -> None:
    """Add the pages, the link in the header and the card on the home page."""

    async def population() -> int:
        return int(getattr(await portal.town_view(), "population", 0))

    library = load_sets()
    mails = Mails(portal)
    convening = Convening(library, portal.settings.host, population, mails.send, mails.cancel)
    Sittings(Chamber(library, portal.settings.host)).offer(app)
    conduct = conduct_of(app, portal)
    edge = Edge(portal, library, DocumentStore(portal.settings.data / "documents"), convening)
    reading, prepare = ReadingPages(edge, conduct, mails), PreparePages(edge)
    for name, prefix, add in (
        ("bodies", "/sittings", BodyPages(edge).add_to),
        ("sittings", "/sittings", reading.add_to),
        ("preparing", "/sittings", prepare.add_to),
        ("items", "/sittings", AgendaPages(edge, prepare).add_to),
        ("answers", "/sittings", AnswerPages(edge, prepare, conduct.chamber).add_to),
        ("summons", "/summons", reading.add_summons_to),
        ("course", "/sittings", CoursePages(conduct).add_to),
    ):
        pages = Blueprint(name, __name__, url_prefix=prefix)
        add(pages)
        app.register_blueprint(pages)
    allow_uploads(app, {"/sittings/documents": LARGEST_DOCUMENT, "/sittings/bodies/import": LARGEST_FILE})
    portal.nav.append(NavItem(20, lazy("Sittings"), "/sittings", lambda _who: True))
    portal.home.append((10, reading.card))
