"""The stream of a sitting: whoever may see it is pushed their screen anew as the journal goes on.

An audience is a screen, the seat it is drawn for, and a language: ``public.fr``, ``seat.<mandate>.fr``,
``clerk.<mandate>.en``. A clerk who sits in the body has both screens, and so has everybody the public one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from quart import Quart
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.panels import Screen, Sittings
from meetings.sittings.service.held import Look, look
from meetings.sittings.service.permissions import CONDUCT, PREPARE
from portal.context import Portal
from portal.errors import NotFound
from portal.events import Event
from portal.i18n import speaking
from portal.permissions import Actor, may
from realtime.messages import Json
from realtime.sources import Connection

LOOKS_KEPT = 50
CLERKS_ONLY = frozenset({"sitting.answered"})
"""Answers of members to their convocation are the clerk's to see."""


def register(app: Quart, portal: Portal) -> None:
    """Own the streams of sittings."""
    portal.streams.add("sitting", SittingStream(app, Sittings.of(app)))


class SittingStream:
    """Entries carry the screen as it stands after them; only the last of several does."""

    def __init__(self, app: Quart, sittings: Sittings) -> None:
        """Draw with this application's templates."""
        self._app = app
        self._sittings = sittings
        self._public: tuple[tuple[str, int, str], dict[str, str]] | None = None
        self._looks: OrderedDict[str, tuple[int, Look]] = OrderedDict()
        """By sitting, how it stood when the event of that number was first drawn: seventy audiences read it once."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """Which screens the connection may see; nobody learns of a sitting that was not called."""
        who = connection.principal if isinstance(connection.principal, Actor) else None
        try:
            found = await look(db, self._sittings.chamber, who, key)
        except NotFound:
            return None
        seat = found.own_seat
        if may(who, CONDUCT) or may(who, PREPARE):
            return f"clerk.{seat.mandate_id if seat else ''}.{connection.locale}"
        if not found.sitting.was_called:
            return None
        return f"seat.{seat.mandate_id}.{connection.locale}" if seat else f"public..{connection.locale}"

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """The audience's screens with the last event that concerns it."""
        kind, seat_id, locale = audience.split(".")
        if self._concerns_others(key, events, seat_id, Screen(kind)):
            return {}
        found = replace(await self._look(db, key, events[-1].number), db=db, seat_id=seat_id)
        told = [event for event in events if self._is_told(event.kind, Screen(kind), found)]
        if not told:
            return {}
        with speaking(locale):
            screens: dict[str, Json] = {Screen.PUBLIC.value: await self._draw_public(found, locale)}
            if found.own_seat is not None:
                screens[Screen.SEAT.value] = await self._draw(found, Screen.SEAT)
            if kind == Screen.CLERK.value:
                screens[Screen.CLERK.value] = await self._draw(found, Screen.CLERK)
        return {told[-1].number: {"screens": screens, "phase": found.progress.phase.value}}

    async def _look(self, db: AsyncSession, key: str, number: int) -> Look:
        kept = self._looks.get(key)
        if kept is None or kept[0] < number:
            kept = self._looks[key] = (number, await look(db, self._sittings.chamber, None, key))
            self._looks.move_to_end(key)
            while len(self._looks) > LOOKS_KEPT:
                self._looks.popitem(last=False)
        return kept[1]

    def _concerns_others(self, key: str, events: Sequence[Event], seat_id: str, screen: Screen) -> bool:
        """Whether nothing of it changes this screen; told without the database, since a vote is told to everybody.

        Who presides is as it was drawn last: that somebody else does is an event that is not quiet.
        """
        kept = self._looks.get(key)
        if (
            screen is Screen.CLERK
            or kept is None
            or any(event.kind not in self._sittings.chamber.quiet for event in events)
        ):
            return False
        return not seat_id or kept[1].progress.chair_id != seat_id

    def _is_told(self, kind: str, screen: Screen, found: Look) -> bool:
        if screen is Screen.CLERK:
            return True
        return kind not in CLERKS_ONLY and (kind not in self._sittings.chamber.quiet or found.presides)

    async def _draw(self, found: Look, screen: Screen) -> dict[str, str]:
        return await self._sittings.panels.draw(found, screen, self._render)

    async def _draw_public(self, found: Look, locale: str) -> dict[str, str]:
        key = (found.sitting.id, found.course.number, locale)
        if self._public is None or self._public[0] != key:
            self._public = (key, await self._draw(replace(found, seat_id=""), Screen.PUBLIC))
        return self._public[1]

    async def _render(self, template: str, **context: object) -> str:
        return await self._app.jinja_env.get_template(template).render_async(**context)
