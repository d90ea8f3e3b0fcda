"""What comes round by itself in trust: people are told of what ends, and what is old is forgotten."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from helpdesk.trust.model import KEPT, RENEWAL, Block, Check
from helpdesk.trust.service.notices import ENDS_SOON
from portal.clock import civil_date
from portal.jobs import Job, Jobs, Run
from portal.notices.service import tell

BATCH = 500
TITLES_KEPT = timedelta(days=90)
"""The line by which a block is recognised: as long as the words of what it was taken from."""


def register(jobs: Jobs) -> None:
    """Have people told of what ends, and what ended long ago forgotten."""
    jobs.add(Job("trust.renewal", timedelta(hours=6), tell_of_endings, BATCH))
    jobs.add(Job("trust.forgetting", timedelta(hours=24), forget_checks, BATCH))
    jobs.add(Job("trust.titles", timedelta(hours=24), forget_titles, BATCH))


async def tell_of_endings(db: AsyncSession, run: Run) -> int:
    """Tell people, once, a month before a check ends."""
    soon = civil_date(run.now + RENEWAL)
    due = select(Check).where(Check.ended_at.is_(None), Check.told_at.is_(None), Check.valid_until <= soon)
    found = (await db.scalars(due.order_by(Check.valid_until).limit(BATCH))).all()
    for check in found:
        check.told_at = run.now
        await tell(db, person_id=check.person_id, kind=ENDS_SOON, subject_id=check.id, at=run.now)
    return len(found)


async def forget_checks(db: AsyncSession, run: Run) -> int:
    """Delete checks that ended a year ago."""
    before = run.now - KEPT
    old = (Check.ended_at < before) | (Check.valid_until < civil_date(before))
    ids = (await db.scalars(select(Check.id).where(old).limit(BATCH))).all()
    await db.execute(delete(Check).where(Check.id.in_(ids)))
    return len(ids)


async def forget_titles(db: AsyncSession, run: Run) -> int:
    """Take the line of what it was about out of older blocks; the block stands."""
    old = select(Block.id).where(Block.at < run.now - TITLES_KEPT, Block.title != "").limit(BATCH)
    ids = (await db.scalars(old)).all()
    await db.execute(update(Block).where(Block.id.in_(ids)).values(title=""))
    return len(ids)
