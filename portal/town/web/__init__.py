"""Pages and API of the town: its first set-up, what its administrator sets, what programs read of it."""

from __future__ import annotations

from quart import Blueprint, Quart, Response, request

from portal.context import NavItem, Portal
from portal.i18n import lazy
from portal.pages import YEAR_S
from portal.permissions import may
from portal.town.model import TownView
from portal.town.service import town_arms
from portal.town.service.permissions import CONFIGURE_TOWN
from portal.town.web.admin import UPLOADS, AdminPages
from portal.town.web.api import register_api
from portal.town.web.set_up import SetUpPages
from portal.town.web.settings import SettingPages
from portal.uploads import allow_uploads

ARMS_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def register(app: Quart, portal: Portal) -> None:
    """Add the town to a portal."""
    allow_uploads(app, UPLOADS)
    for part in (SetUpPages(app, portal), AdminPages(portal), SettingPages(portal)):
        pages = Blueprint(type(part).__name__, __name__)
        part.add_to(pages)
        app.register_blueprint(pages)
    app.register_blueprint(_looks(portal))
    register_api(app, portal)
    portal.administration.append(NavItem(85, lazy("Town"), "/admin/town", lambda who: may(who, CONFIGURE_TOWN)))


def _looks(portal: Portal) -> Blueprint:
    """What every page loads of the town."""
    looks = Blueprint("town_looks", __name__)

    @looks.get("/town.css")
    async def colours() -> Response:
        """The town's colours as custom properties; empty before it is set up."""
        view = await portal.town_view()
        found = view.stylesheet if isinstance(view, TownView) else ""
        response = Response(found, content_type="text/css; charset=utf-8")
        response.headers["Cache-Control"] = "no-cache"
        await response.add_etag()
        return await response.make_conditional(request)

    @looks.get("/town/arms")
    async def arms() -> Response:
        """The town's arms. Its address changes with it."""
        async with portal.database.read() as db:
            found = await town_arms(db)
        response = Response(found.content, content_type=found.media_type)
        response.headers["Cache-Control"] = f"public, max-age={YEAR_S}, immutable"
        # Opened by itself, an SVG is a document: this one may do nothing.
        response.headers["Content-Security-Policy"] = ARMS_POLICY
        return response

    return looks
