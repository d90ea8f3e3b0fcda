"""The live channel's edge: who opens a socket, from which page, and how its errors read."""

from __future__ import annotations

from dataclasses import dataclass

from portal import i18n
from portal.context import Identify
from portal.db import digest
from portal.errors import NotSignedIn, problem_of
from portal.pages import LOCALE_COOKIE, LOGIN_COOKIE, VISIT_COOKIE
from portal.permissions import Actor, Guest
from portal.relay import RedisRelay
from portal.security import same_origin
from portal.settings import Settings
from portal.streams import StreamRegistry
from realtime.hub import Hub
from realtime.limits import Limits
from realtime.messages import Problem
from realtime.sources import Connection, Footing, Handshake, Identity


@dataclass(frozen=True)
class LiveEdge:
    """Answers the hub's questions for the portal."""

    settings: Settings
    identify: Identify

    async def authenticate(self, handshake: Handshake) -> Identity:
        """The person behind the sign-in cookie, or a guest known by their browser's visit."""
        who = await self.identify(handshake.cookies.get(LOGIN_COOKIE, ""))
        chosen = handshake.cookies.get(LOCALE_COOKIE) or (who.locale if who else "")
        locale = chosen if chosen in i18n.LOCALES else self._accepted(handshake)
        visit = handshake.cookies.get(VISIT_COOKIE, "")
        principal = who or (Guest(digest(visit)) if visit else None)
        return Identity(
            principal=principal,
            login=who.login_id if who else None,
            locale=locale,
            footing=Footing(who.stream, who.seen) if who and who.stream else None,
        )

    def is_our_page(self, origin: str | None, handshake: Handshake) -> bool:
        """Whether the page that opens the socket is the portal's own."""
        return same_origin(origin, handshake.headers.get("host"), self.settings.public_url)

    def translate(self, error: BaseException, connection: Connection | None) -> Problem:
        """The one error shape, in the connection's language."""
        with i18n.speaking(connection.locale if connection else self.settings.locale):
            return problem_of(error)[0]

    def _accepted(self, handshake: Handshake) -> str:
        tags = [item.split(";")[0].strip() for item in handshake.headers.get("accept-language", "").split(",")]
        return i18n.best_locale(tags, default=self.settings.locale)


def open_hub(settings: Settings, identify: Identify, streams: StreamRegistry) -> Hub:
    """A hub that knows the portal's people, pages and streams, and the hubs of other workers where there is a Redis."""
    edge = LiveEdge(settings, identify)
    limits = Limits(
        connections_per_address=settings.sockets_per_address,
        visitors=settings.sockets_of_visitors,
    )
    return Hub(
        authenticate=edge.authenticate,
        origins=edge.is_our_page,
        source=streams,
        translate=edge.translate,
        endings=streams.endings,
        limits=limits,
        # The key is one for all workers of a portal, and no two portals have the same.
        relay=RedisRelay(settings.redis_url, digest(settings.secret_key)[:16]) if settings.redis_url else None,
    )


def actor_of(connection: Connection) -> Actor:
    """The signed-in person at the other end. Raises `NotSignedIn` for a visitor."""
    if not isinstance(connection.principal, Actor):
        raise NotSignedIn
    return connection.principal
