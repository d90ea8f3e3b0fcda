"""The event log: what is pushed, replayed after a gap, audited, counted and federated is the event, nothing else.

Each stream (the town's board, a room, a sitting, a person's own) has one dense sequence. A use case calls `record`
in its transaction; the numbers are taken last, under the lock of the stream's row, so that they are committed in
order and a reader who saw 11 never misses 10. An event holds ids and names of changed fields, never personal text or
a place: content is read for the viewer when it is pushed or replayed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import JSON, BigInteger, Index, String, select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from portal.clock import Clock
from portal.db import Base, Database, IdColumn

log = structlog.get_logger(__name__)

Advanced = Callable[[str, int], Awaitable[None]]
"""Told after a commit: the stream's name and its new head. This is all that crosses the bus between workers."""

_PENDING = "parvis.pending_events"
_COMMITTED = "parvis.committed_heads"
_FIRST = "parvis.committed_events_heard_first"

_HEADS_AT_ONCE = 500
"""Streams asked for in one statement: databases bound the number of its parameters."""


class Stream(Base):
    """A stream's head: the number of its last event. The row is the lock under which numbers are given."""

    __tablename__ = "stream"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    head: Mapped[int] = mapped_column(BigInteger)


class Event(Base):
    """One event of a stream, never changed and never deleted before its retention ends."""

    __tablename__ = "event"
    __table_args__ = (Index("ix_event_subject", "subject_id"),)

    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(60))
    subject_id: Mapped[str] = mapped_column(IdColumn)
    version: Mapped[int]
    changed: Mapped[list[str]] = mapped_column(JSON)
    actor_id: Mapped[str | None] = mapped_column(IdColumn)


@dataclass(frozen=True)
class DomainEvent:
    """What a use case says happened: `kind` in the past tense (``help_request.posted``), ids only."""

    stream: str
    kind: str
    subject_id: str
    version: int
    changed: tuple[str, ...] = ()
    actor_id: str | None = None


Happened = Callable[[DomainEvent], Awaitable[None]]
"""Told of one event after its commit, in the worker that committed it."""


def record(db: AsyncSession, event: DomainEvent) -> None:
    """Add an event to the transaction. It is numbered and written when the transaction commits."""
    db.info.setdefault(_PENDING, []).append(event)


class EventLog:
    """Numbers events at commit, tells of new heads after it, and reads streams back."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Attach the log to a database: every `Database.write` from now on commits its events."""
        self._database = database
        self._clock = clock
        self._listeners: list[Advanced] = []
        self._first: dict[str, Happened] = {}
        database.before_commit = self._number
        database.after_commit = self._tell

    def on_advanced(self, listener: Advanced) -> None:
        """Call `listener` after each commit that advanced a stream."""
        self._listeners.append(listener)

    def before_advanced(self, kind: str, listener: Happened) -> None:
        """Call `listener` after each commit of an event of this kind, before anybody hears that its stream advanced.

        For what the event itself changes about who may see the stream.
        """
        self._first[kind] = listener

    async def _number(self, db: AsyncSession) -> None:
        pending: list[DomainEvent] = db.info.pop(_PENDING, [])
        if not pending:
            return
        by_stream: dict[str, list[DomainEvent]] = defaultdict(list)
        for item in pending:
            by_stream[item.stream].append(item)
        at = self._clock()
        heads: dict[str, int] = {}
        # Sorted, so that two transactions over the same streams cannot wait for each other.
        for name in sorted(by_stream):
            events = by_stream[name]
            heads[name] = head = await self._advance(db, name, len(events))
            for number, item in enumerate(events, start=head - len(events) + 1):
                db.add(_row(item, number, at))
        await db.flush()
        db.info[_COMMITTED] = heads
        db.info[_FIRST] = [item for item in pending if item.kind in self._first]

    async def _advance(self, db: AsyncSession, name: str, count: int) -> int:
        insert = sqlite_insert if self._database.is_sqlite else postgresql_insert
        statement = insert(Stream).values(name=name, head=count)
        upsert = statement.on_conflict_do_update(
            index_elements=[Stream.name], set_={"head": Stream.head + count}
        ).returning(Stream.head)
        return (await db.execute(upsert, execution_options={"populate_existing": True})).scalar_one()

    async def _tell(self, db: AsyncSession) -> None:
        first: list[DomainEvent] = db.info.pop(_FIRST, [])
        for item in first:
            with _logged_failure(item.stream, kind=item.kind):
                await self._first[item.kind](item)
        heads: dict[str, int] = db.info.pop(_COMMITTED, {})
        for name, head in heads.items():
            for listener in self._listeners:
                with _logged_failure(name, head=head):
                    await listener(name, head)

    async def head(self, stream: str) -> int:
        """The number of the stream's last event, 0 for one that has none."""
        async with self._database.read() as db:
            return await stream_head(db, stream)

    async def heads(self, streams: Collection[str]) -> dict[str, int]:
        """The heads of those of the streams that have an event."""
        names = sorted(streams)
        found: dict[str, int] = {}
        async with self._database.read() as db:
            for start in range(0, len(names), _HEADS_AT_ONCE):
                asked = names[start : start + _HEADS_AT_ONCE]
                rows = await db.execute(select(Stream.name, Stream.head).where(Stream.name.in_(asked)))
                found.update((name, head) for name, head in rows)
        return found

    async def after(self, stream: str, number: int, limit: int) -> Sequence[Event]:
        """Events of a stream beyond `number`, in order, at most `limit`."""
        async with self._database.read() as db:
            rows = await db.scalars(
                select(Event).where(Event.stream == stream, Event.number > number).order_by(Event.number).limit(limit)
            )
            return rows.all()


async def stream_head(db: AsyncSession, stream: str) -> int:
    """The stream's head as this session sees it: taken with a page's content, so that following on misses nothing."""
    return await db.scalar(select(Stream.head).where(Stream.name == stream)) or 0


@contextmanager
def _logged_failure(stream: str, **about: object) -> Iterator[None]:
    # What is on disk has happened: nobody is told that it failed, and the others still hear of it.
    try:
        yield
    except Exception:
        log.exception("listener failed", stream_kind=stream.partition(":")[0], **about)


def _row(item: DomainEvent, number: int, at: datetime) -> Event:
    return Event(
        stream=item.stream,
        number=number,
        at=at,
        kind=item.kind,
        subject_id=item.subject_id,
        version=item.version,
        changed=list(item.changed),
        actor_id=item.actor_id,
    )
