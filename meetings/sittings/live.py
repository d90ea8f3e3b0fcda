"""The stream of a sitting: whoever may see it is pushed their screen anew as the journal goes on.

An audience is a screen, the seat it is drawn for, and a language: ``public.fr``, ``seat.<mandate>.fr``,
``clerk.<mandate>.en``. A clerk who sits in the body has both screens, and so has everybody the public one.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from quart import Quart
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from meetings.sittings.model.progress import DOORS_CLOSED, DOORS_OPENED, SITTING_CLOSED
from meetings.sittings.panels import Drawn, Screen, Sittings
from meetings.sittings.service.agenda import stream_of
from meetings.sittings.service.audience import require_known
from meetings.sittings.service.held import Look, look
from meetings.sittings.service.permissions import CONDUCT, PREPARE
from portal.clock import Clock
from portal.context import Portal
from portal.errors import NotFound
from portal.events import Event, stream_head
from portal.fragments import fragments
from portal.i18n import speaking
from portal.permissions import Actor, may
from realtime.messages import Json
from realtime.sources import Connection

SITTINGS_KEPT = 50
CLERKS_ONLY = frozenset({"sitting.answered"})
"""Answers of members to their convocation are the clerk's to see."""


def register(app: Quart, portal: Portal) -> None:
    """Own the streams of sittings."""
    portal.streams.add("sitting", SittingStream(app, Sittings.of(app), portal.clock))


@dataclass
class _Kept:
    """A sitting as it stood after an event, and what was drawn of it since: each panel once for all who share it."""

    number: int
    """Of the event, in the sitting's stream."""
    look: Look
    drawn: Drawn


class SittingStream:
    """Entries carry the screens that have changed, as they stand after them; only the last of several does."""

    def __init__(self, app: Quart, sittings: Sittings, clock: Clock) -> None:
        """Draw with this application's templates."""
        self._clock = clock
        self._templates = fragments(app)
        self._sittings = sittings
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        """By sitting: seventy audiences read and draw it once."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """Which screens the connection may see; nobody learns of one they may not know of."""
        who = connection.principal if isinstance(connection.principal, Actor) else None
        try:
            kept = await self._stands(db, key, await stream_head(db, stream_of(key)))
        except NotFound:
            return None
        found = replace(kept.look, actor=who)
        seat = found.own_seat
        if may(who, CONDUCT) or may(who, PREPARE):
            return f"clerk.{seat.mandate_id if seat else ''}.{connection.locale}"
        try:
            await require_known(db, who, found.sitting, self._clock())
        except NotFound:
            return None
        return f"seat.{seat.mandate_id}.{connection.locale}" if seat else f"public..{connection.locale}"

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """The audience's screens with the last event that concerns one of them."""
        name, seat_id, locale = audience.split(".")
        kept = await self._stands(db, key, events[-1].number)
        found = replace(kept.look, db=db, seat_id=seat_id)
        told: dict[Screen, int] = {}
        if name == Screen.PUBLIC and kept.look.progress.had_closed_session:
            events = await _told_outside(db, key, events)
        for event in events:
            told.update(dict.fromkeys(self._screens_of(event, Screen(name), found), event.number))
        if not told:
            return {}
        with speaking(locale):
            screens: dict[str, Json] = {screen.value: await self._draw(kept, found, screen) for screen in told}
        return {max(told.values()): {"screens": screens}}

    async def _stands(self, db: AsyncSession, key: str, number: int) -> _Kept:
        """The sitting after an event, or after a later one."""
        before = self._kept.get(key)
        if before is not None and before.number >= number:
            return before
        if not self._kept:
            # When the first page begins to follow, and not when the first ballot opens.
            for name in self._sittings.panels.templates:
                self._templates.get_template(name)
        drawn = await self._still_right(db, key, before) if before is not None else {}
        kept = _Kept(number, await look(db, self._sittings.chamber, None, key), drawn)
        known = self._kept.get(key)
        if known is None or known.number < number:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > SITTINGS_KEPT:
                self._kept.popitem(last=False)
        return kept

    async def _still_right(self, db: AsyncSession, key: str, before: _Kept) -> Drawn:
        """What was drawn and has not changed since: all but a few panels where nothing but what is quiet happened."""
        found = await db.scalars(
            select(Event.kind).where(Event.stream == stream_of(key), Event.number > before.number).distinct()
        )
        kinds, quiet = set(found), self._sittings.chamber.quiet
        if not kinds <= quiet.keys():
            return {}
        changed = frozenset[str]().union(*(quiet[kind].panels for kind in kinds))
        return {which: html for which, html in before.drawn.items() if which[0] not in changed}

    def _screens_of(self, event: Event, widest: Screen, found: Look) -> Iterator[Screen]:
        """Which of an audience's screens an event changes."""
        if widest is Screen.CLERK:
            yield Screen.CLERK
        own = found.own_seat
        if event.kind in CLERKS_ONLY:
            return
        if event.kind not in self._sittings.chamber.quiet:
            yield Screen.PUBLIC
        elif not (found.presides or (own is not None and own.mandate_id == event.subject_id)):
            return
        if own is not None:
            yield Screen.SEAT

    async def _draw(self, kept: _Kept, found: Look, screen: Screen) -> dict[str, str]:
        if screen is Screen.PUBLIC:
            found = replace(found, seat_id="")
        return await self._sittings.panels.draw(found, screen, self._render, kept.drawn)

    async def _render(self, template: str, **context: object) -> str:
        return self._templates.get_template(template).render(**context)


async def _told_outside(db: AsyncSession, key: str, events: Sequence[Event]) -> list[Event]:
    """What the public hears of: that the doors are closed and opened, and nothing of what happens between."""
    marks = await db.scalars(
        select(Event)
        .where(Event.stream == stream_of(key), Event.number <= events[-1].number)
        .where(Event.kind.in_((DOORS_CLOSED, DOORS_OPENED, SITTING_CLOSED)))
        .order_by(Event.number)
    )
    doors = marks.all()
    told = []
    for event in events:
        before = [mark for mark in doors if mark.number < event.number]
        is_behind = bool(before) and before[-1].kind == DOORS_CLOSED
        if not is_behind or event.kind in {DOORS_OPENED, SITTING_CLOSED}:
            told.append(event)
    return told
