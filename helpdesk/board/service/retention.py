"""What ends by itself on the board, and what is forgotten of what has ended (docs/board.md names the periods)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, delete, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.board.model import HelpOffer, HelpRequest, Picture, PostingState
from helpdesk.board.service.cards import AnyPosting
from helpdesk.board.service.hiding import end_withheld
from helpdesk.board.service.own_data import ERASED
from helpdesk.board.service.postings import KINDS, OFFERS, PostingKind
from helpdesk.board.service.tallying import write_down_all
from helpdesk.board.service.turns import Turn, Turned, turned
from portal.clock import civil_date
from portal.jobs import Job, Jobs, Run, midnight

EXPIRY_EVERY = timedelta(minutes=10)
EXPIRY_BATCH = 200
BATCH = 500

WITHHELD_FOR = timedelta(days=30)
"""What moderation has not put back by then has ended on the day on which it was withheld."""
PLACE_KEPT = timedelta(days=30)
"""The exact place of what has ended: long enough to open it again, or to bring back a borrowed ladder.

Its pictures go with it: they may show where it was.
"""
WORDS_KEPT = timedelta(days=90)
"""Title and details; afterwards a posting counts in the figures and says nothing."""


def register(jobs: Jobs) -> None:
    """Have it done."""
    jobs.add(Job("board.expiry", EXPIRY_EVERY, expire_due, EXPIRY_BATCH, also_at=midnight))
    jobs.add(Job("board.weekly", EXPIRY_EVERY, come_round, EXPIRY_BATCH, also_at=midnight))
    jobs.add(Job("board.withheld", timedelta(hours=6), end_what_is_withheld, EXPIRY_BATCH))
    jobs.add(Job("board.places", timedelta(hours=6), forget_places, BATCH))
    jobs.add(Job("board.pictures", timedelta(hours=6), forget_pictures, BATCH))
    jobs.add(Job("board.words", timedelta(hours=6), forget_words, BATCH))


async def expire_due(db: AsyncSession, run: Run) -> int:
    """End what still has room and whose last day has passed, a batch of it."""
    count = 0
    for kind in KINDS.values():
        count += await _expire_batch(db, kind, run.now, EXPIRY_BATCH - count)
    return count


def own_day(kind: PostingKind) -> ColumnElement[date | None]:
    """The last day that a posting's author gave it, in a query; none of what stands until further notice."""
    if kind is OFFERS:
        return HelpOffer.available_until.expression
    return case((HelpRequest.weekdays != "", HelpRequest.ends_on), else_=HelpRequest.needed_by)


async def come_round(db: AsyncSession, run: Run) -> int:
    """Say the next day of weekly requests whose day has passed."""
    today = civil_date(run.now)
    due = (
        select(HelpRequest)
        # Spelled out, so that both databases use the index over what is weekly.
        .where(text("weekdays <> ''"), HelpRequest.needed_by < today)
        .where(HelpRequest.state.in_((PostingState.OPEN, PostingState.RESERVED, PostingState.ENGAGED)))
        .where(HelpRequest.ends_on.is_(None) | (HelpRequest.ends_on >= today))
        .order_by(HelpRequest.needed_by)
        .limit(EXPIRY_BATCH)
        .with_for_update(skip_locked=True)
    )
    found = (await db.scalars(due)).all()
    await write_down_all(db, [(request, request.come_round(today, run.now)) for request in found], None)
    return len(found)


async def _expire_batch(db: AsyncSession, kind: PostingKind, now: datetime, limit: int) -> int:
    model: Any = kind.model
    query = (
        select(model)
        # The state is spelled out, not bound: only so do both databases use the index over what is open.
        .where(text("state = 'open'"), model.expires_on < civil_date(now))
        # What has no day of its own ends only after its author was asked.
        .where(own_day(kind).is_not(None) | model.asked_at.is_not(None))
        .order_by(model.expires_on)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    due: Sequence[AnyPosting] = (await db.scalars(query)).all()
    await write_down_all(db, [(posting, posting.expire(now)) for posting in due], None)
    for posting in due:
        await turned(db, Turned(Turn.ENDED, posting, now, happened=posting.accepted > 0))
    return len(due)


async def end_what_is_withheld(db: AsyncSession, run: Run) -> int:
    """End what was held or hidden a while ago and had not ended before, so that it is forgotten as all else."""
    count = 0
    for kind in KINDS.values():
        model: Any = kind.model
        query = (
            select(model)
            .where(model.withheld_at <= run.now - WITHHELD_FOR, model.ended_at.is_(None))
            .order_by(model.withheld_at)
            .limit(EXPIRY_BATCH - count)
            .with_for_update(skip_locked=True)
        )
        due: Sequence[AnyPosting] = (await db.scalars(query)).all()
        for posting in due:
            await end_withheld(db, posting, run.now)
        count += len(due)
    return count


async def forget_places(db: AsyncSession, run: Run) -> int:
    """Erase the exact places of what ended a while ago."""
    done = 0
    for kind in KINDS.values():
        model: Any = kind.model
        ids = await _ended(db, kind, run.now - PLACE_KEPT, BATCH - done, model.sealed_place != b"")
        await db.execute(update(model).where(model.id.in_(ids)).values(sealed_place=b""))
        done += len(ids)
    return done


async def forget_pictures(db: AsyncSession, run: Run) -> int:
    """Delete the pictures of what ended a while ago."""
    done = 0
    for kind in KINDS.values():
        model: Any = kind.model
        over = select(model.id).where(model.ended_at < run.now - PLACE_KEPT)
        old = select(Picture.id).where(Picture.thing_id.in_(over)).limit(BATCH - done)
        ids = (await db.scalars(old)).all()
        await db.execute(delete(Picture).where(Picture.id.in_(ids)))
        done += len(ids)
    return done


async def forget_words(db: AsyncSession, run: Run) -> int:
    """Erase what was written in what ended long ago."""
    done = 0
    for kind in KINDS.values():
        model: Any = kind.model
        ids = await _ended(db, kind, run.now - WORDS_KEPT, BATCH - done, model.title != ERASED)
        await db.execute(update(model).where(model.id.in_(ids)).values(title=ERASED, details=""))
        done += len(ids)
    return done


async def _ended(db: AsyncSession, kind: PostingKind, before: datetime, limit: int, holds: Any) -> Sequence[str]:
    """Ids of postings that ended before an instant and still hold something."""
    model: Any = kind.model
    query = select(model.id).where(model.ended_at < before, holds).order_by(model.ended_at).limit(limit)
    return (await db.scalars(query)).all()
