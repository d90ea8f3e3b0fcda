"""Where everything is wired: the parts of a portal, its slices, and the stack of ASGI applications."""

from __future__ import annotations

import time
from collections.abc import Iterable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import structlog
from quart import Quart
from quart_schema import Info, QuartSchema
from quart_schema.openapi import OpenAPIProvider
from werkzeug.routing import Rule

from portal import health, i18n, metrics, pages, retention
from portal.accounts.service import Identification, names_by_id
from portal.clock import Clock, utc_now
from portal.context import Portal
from portal.db import Database
from portal.events import EventLog
from portal.jobs import Jobs
from portal.live import open_hub
from portal.mail import MailRoom, by_log, by_nobody, by_smtp
from portal.security import AsgiApp, RateLimiter, ReverseProxy
from portal.settings import Settings
from portal.shared_limits import shared_limits
from portal.static_files import StaticFiles
from portal.streams import StreamRegistry
from portal.supervisor import copy_number, is_first_copy
from portal.town.service import TownCache

SLICES = (
    "portal.accounts",
    "portal.town",
    "portal.notices",
    "portal.home",
    "helpdesk.trust",
    "helpdesk.board",
    "helpdesk.matching",
    "helpdesk.moderation",
    "meetings.rooms",
    "meetings.sittings",
    "meetings.attendance",
    "meetings.ballots",
    "meetings.floor",
    "meetings.minutes",
    "meetings.rulebook",
)
"""Every slice, in the order in which they register. A slice's ``web`` and ``live`` modules each have a `register`."""

ROOT = Path(__file__).parent.parent
MAX_BODY = 256 * 1024
"""Bytes of a request's body; a route that takes a file raises it for itself."""

log = structlog.get_logger(__name__)


class ApiDescription(OpenAPIProvider):
    """The OpenAPI description: the API's routes, without the pages."""

    def generate_rules(self) -> Iterable[Rule]:
        """Routes below ``/api/``."""
        return (rule for rule in super().generate_rules() if rule.rule.startswith("/api/"))


def create_app(settings: Settings, clock: Clock = utc_now) -> tuple[AsgiApp, Portal]:
    """The whole portal as one ASGI application: sockets, then static files, then pages."""
    app, portal = build(settings, clock)
    stack = portal.hub.asgi(portal.static.wrap(app))
    return ReverseProxy(stack, settings.trusted_proxies), portal


def build(settings: Settings, clock: Clock = utc_now) -> tuple[Quart, Portal]:
    """The pages and the parts behind them, before they are stacked: tests ask the pages directly."""
    i18n.load_catalogues()
    app = Quart("portal", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    portal = _parts(settings, clock)
    QuartSchema(
        app,
        info=Info(title="Parvis", version="1"),
        openapi_path="/api/openapi.json",
        swagger_ui_path=None,
        redoc_ui_path=None,
        scalar_ui_path=None,
        openapi_provider_class=ApiDescription,
    )
    pages.install(app, portal, _template_folders())
    health.register(app, portal)
    figures = metrics.register(app, portal, worker=str(copy_number()))
    retention.register(portal.jobs)
    for name in SLICES:
        for edge in ("web", "live"):
            if find_spec(name) and find_spec(f"{name}.{edge}"):
                import_module(f"{name}.{edge}").register(app, portal)
    portal.start.append(figures.start)
    portal.stop.append(figures.stop)
    if settings.redis_url is not None:
        limits = shared_limits(portal.limits, settings.redis_url, settings.host)
        portal.start.append(limits.start)
        portal.stop.append(limits.stop)
    _add_lifespan(app, portal)
    return app, portal


def _parts(settings: Settings, clock: Clock) -> Portal:
    database = Database(settings.database_url)
    log_of_events = EventLog(database, clock)
    identify = Identification(database, clock)
    streams = StreamRegistry(database, log_of_events)
    hub = open_hub(settings, identify, streams)
    log_of_events.on_advanced(hub.advance)
    deliver = by_smtp(settings.smtp_url) if settings.smtp_url else by_log if settings.demo else by_nobody
    return Portal(
        settings=settings,
        database=database,
        log=log_of_events,
        clock=clock,
        limits=RateLimiter(time.monotonic, secret_key=settings.secret_key),
        mail=MailRoom(database, clock, deliver, settings.mail_from),
        jobs=Jobs(database, clock),
        static=StaticFiles(ROOT / "static", settings.data / "cache" / "static"),
        streams=streams,
        hub=hub,
        identify=identify,
        town_view=TownCache(database),
        names=names_by_id,
    )


def _template_folders() -> dict[str, Path]:
    folders = {name.rpartition(".")[2]: ROOT / Path(*name.split(".")) / "templates" for name in SLICES}
    return {prefix: folder for prefix, folder in folders.items() if folder.is_dir()}


def _add_lifespan(app: Quart, portal: Portal) -> None:
    @app.before_serving
    async def start() -> None:
        if portal.settings.smtp_url is None and not portal.settings.demo and is_first_copy():
            log.warning("no mail server is set: mail waits for one, two days at most", setting="PARVIS_SMTP_URL")
        # Started again while the database is away, it is no use to end and be started once more.
        await portal.database.wait()
        await portal.hub.start()
        await portal.mail.start()
        for begin in portal.start:
            await begin()
        await portal.jobs.start()
        log.info("serving", public_url=portal.settings.public_url)

    @app.after_serving
    async def stop() -> None:
        await portal.jobs.stop()
        for end in reversed(portal.stop):
            await end()
        # Stopped before the server waited (portal.serving); again is harmless where nothing did.
        await portal.hub.stop()
        await portal.mail.stop()
        await portal.database.close()
