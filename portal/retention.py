"""How long the portal keeps what it writes down by the way, and the jobs that delete it afterwards.

docs/privacy tables quote these. The periods follow the CNIL's recommendation on logging (délibération 2021-122: six
months to a year) and the rule that nothing is kept longer than it is of use (GDPR article 5.1.e).
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from portal.audit import AuditEntry
from portal.commands import CommandReceipt
from portal.events import Event, Stream
from portal.jobs import Job, Jobs, Run, Work
from portal.mail import OutgoingMail

RECEIPTS = timedelta(days=30)
"""A form that waited in a sleeping browser is sent within days; after a month a repetition is a new command."""
GIVEN_UP_MAIL = timedelta(days=30)
"""Its recipient and subject stay that long, so that an operator can see what did not arrive."""
AUDIT = timedelta(days=365)
EVENTS = timedelta(days=365)
REPLAYED = 1000
"""Newest events of a stream that stay whatever their age: more than a browser is ever given after a gap."""
KEPT_FOR_REPLAY_ONLY = ("board", "person:%")
"""Streams whose events nobody needs later. Those of rooms and sittings are kept with what they belong to."""

BATCH = 2000


def register(jobs: Jobs) -> None:
    """Have what is too old deleted."""
    hourly, daily = timedelta(hours=1), timedelta(days=1)
    jobs.add(Job("portal.receipts", hourly, _older(CommandReceipt, CommandReceipt.at, RECEIPTS), BATCH))
    given_up = OutgoingMail.given_up.is_(True)
    jobs.add(Job("portal.mail", hourly, _older(OutgoingMail, OutgoingMail.due_at, GIVEN_UP_MAIL, given_up), BATCH))
    jobs.add(Job("portal.audit", daily, _older(AuditEntry, AuditEntry.at, AUDIT), BATCH))
    jobs.add(Job("portal.events", daily, delete_old_events, BATCH))


def _older(model: Any, at: Any, period: timedelta, *wishes: ColumnElement[bool]) -> Work:
    """A job's work: delete a batch of rows whose time `at` is longer ago than the period."""
    key = list(model.__table__.primary_key)

    async def work(db: AsyncSession, run: Run) -> int:
        old = select(*key).where(at < run.now - period, *wishes).limit(BATCH)
        return await _delete(db, model, key, old)

    return work


async def delete_old_events(db: AsyncSession, run: Run) -> int:
    """Delete a batch of events that nobody can be given any more."""
    key = [Event.stream, Event.number]
    kept = or_(*(Event.stream.like(name) for name in KEPT_FOR_REPLAY_ONLY))
    old = (
        select(*key)
        .join(Stream, and_(Stream.name == Event.stream, Event.number <= Stream.head - REPLAYED))
        .where(kept, Event.at < run.now - EVENTS)
        .limit(BATCH)
    )
    return await _delete(db, Event, key, old)


async def _delete(db: AsyncSession, model: Any, key: list[Any], old: Any) -> int:
    rows = [tuple(row) for row in await db.execute(old)]
    if rows:
        await db.execute(delete(model).where(tuple_(*key).in_(rows)))
    return len(rows)
