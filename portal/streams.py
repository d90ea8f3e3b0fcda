"""Streams as the sockets see them: each kind says who may follow it and what each audience reads in an event."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import aclosing
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from portal.db import Database
from portal.events import Event, EventLog, stream_head
from realtime.messages import Entry, Json, Page
from realtime.sources import Connection, Ending, Endings


class StreamKind(Protocol):
    """One kind of stream (``board``, ``room``, ``person``), given by the slice that owns it."""

    async def audience(self, db: AsyncSession, key: str, connection: Connection) -> str | None:
        """The audience the connection belongs to (``public``, ``participants``, ``staff``), or none: refused."""

    async def render(
        self, db: AsyncSession, key: str, events: Sequence[Event], audience: str
    ) -> Mapping[int, Mapping[str, Json]]:
        """What this audience reads, by event number, with today's content; events it may not see are left out."""


class StreamRegistry:
    """The portal's `realtime.StreamSource`: finds a stream's kind by the part of its name before the colon."""

    def __init__(self, database: Database, log: EventLog) -> None:
        """Read streams from this log."""
        self._database = database
        self._log = log
        self._kinds: dict[str, StreamKind] = {}
        self._endings: dict[str, Endings] = {}

    def add(self, kind: str, source: StreamKind) -> None:
        """Let a slice own every stream named `kind` or ``kind:key``."""
        if kind in self._kinds:
            raise ValueError(f"stream kind {kind} is registered twice")
        self._kinds[kind] = source

    def ends_connections(self, kind: str, endings: Endings) -> None:
        """Let the streams of a kind tell when connections that rest on them end (`realtime.sources.Footing`)."""
        self._endings[kind] = endings

    async def endings(self, stream: str, after: int) -> Sequence[Ending]:
        """What in a stream ends connections, after a number."""
        endings = self._endings.get(stream.partition(":")[0])
        return await endings(stream, after) if endings is not None else ()

    async def audience(self, stream: str, connection: Connection) -> str | None:
        """Who the connection is to this stream, or none."""
        kind, _, key = stream.partition(":")
        source = self._kinds.get(kind)
        if source is None:
            return None
        async with self._database.read() as db:
            return await source.audience(db, key, connection)

    async def head(self, stream: str) -> int:
        """The number of the stream's last event."""
        return await self._log.head(stream)

    async def heads(self, streams: Collection[str]) -> Mapping[str, int]:
        """The same of many streams."""
        return await self._log.heads(streams)

    async def page(self, stream: str, audience: str, after: int, limit: int) -> Page:
        """The next events this audience may see beyond `after`, and the last number they cover."""
        async with aclosing(self.pages(stream, (audience,), after, limit)) as pages:
            async for _audience, page in pages:
                return page
        raise LookupError(f"{stream} has no page for {audience}")

    async def pages(
        self, stream: str, audiences: Sequence[str], after: int, limit: int
    ) -> AsyncGenerator[tuple[str, Page]]:
        """The same for several audiences, from one state of the database; each is asked what it may see of its own.

        What fails for one is raised when the others have theirs.
        """
        kind, _, key = stream.partition(":")
        failed: Exception | None = None
        async with self._database.read() as db:
            found = await db.scalars(
                select(Event).where(Event.stream == stream, Event.number > after).order_by(Event.number).limit(limit)
            )
            events = found.all()
            nothing = Page(entries=(), upto=max(after, await stream_head(db, stream))) if not events else None
            for audience in audiences:
                try:
                    page = nothing or await self._page(db, kind, key, events, audience)
                except Exception as error:  # noqa: BLE001 - the edge to a slice: raised below, after the others'
                    failed = failed or error
                else:
                    yield audience, page
        if failed is not None:
            raise failed

    async def _page(self, db: AsyncSession, kind: str, key: str, events: Sequence[Event], audience: str) -> Page:
        bodies = await self._kinds[kind].render(db, key, events, audience)
        entries = tuple(
            Entry(number=event.number, kind=event.kind, body=bodies[event.number])
            for event in events
            if event.number in bodies
        )
        return Page(entries=entries, upto=events[-1].number)
